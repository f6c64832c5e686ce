"""The application: GraphQL, the page in which people write it, files, and what watches it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute

from domain.downloads import ROOT as DOWNLOADS
from resolvers.asking import Asking
from resolvers.services import Services
from schema.context import Context
from schema.schema import schema
from server.assembly import LOCAL_ADMIN, export_files, limits_of, opened
from server.database import trouble
from server.downloads import Downloads
from server.graphql_http import GraphQLEndpoint
from server.guard import middleware
from server.pages import Assets, page
from server.settings import Settings
from server.uploads import UPLOADS, Uploads


def create_app(settings: Settings) -> Starlette:
    """The application of one server; its database must have been migrated."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with opened(settings) as services:
            app.state.services = services
            app.state.export_files = await export_files(settings, services)
            yield

    def make_context(asking: Asking) -> Context:
        services: Services = app.state.services
        return Context(services, asking)

    origins = settings.allowed_origins
    endpoint = GraphQLEndpoint(
        schema, limits_of(settings), make_context, page, LOCAL_ADMIN, origins
    )
    routes = [
        Route("/", to_graphql),
        Route("/graphql", endpoint),
        WebSocketRoute("/graphql", endpoint),
        Route(f"{DOWNLOADS}/{{address:path}}", Downloads()),
        Route(UPLOADS, Uploads(settings)),
        Route("/health", health),
        Route("/ready", ready),
        Mount("/assets", Assets()),
    ]
    app = Starlette(routes=routes, middleware=middleware(settings), lifespan=lifespan)
    return app


async def to_graphql(_request: Request) -> Response:
    """Send a browser to the page."""
    return RedirectResponse("/graphql")


async def health(_request: Request) -> Response:
    """Whether the process answers at all."""
    return JSONResponse({"status": "ok"})


async def ready(request: Request) -> Response:
    """Whether the server can answer questions: its database is there and up to date."""
    services: Services = request.app.state.services
    if reason := await trouble(services.database):
        return JSONResponse({"status": "not ready", "reason": reason}, 503)
    return JSONResponse({"status": "ready"})
