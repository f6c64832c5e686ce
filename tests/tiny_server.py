"""A tiny schema behind the real HTTP endpoint, and what its resolvers were told."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import numpy as np
import strawberry
from httpx import ASGITransport, AsyncClient
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route, WebSocketRoute
from strawberry.scalars import JSON

from resolvers.asking import Asking
from resolvers.services import Limits
from server.graphql_http import GraphQLEndpoint
from server.guard import middleware
from server.settings import Settings

Info = strawberry.Info[Asking, None]


@strawberry.type
class Query:
    """What there is to ask."""

    @strawberry.field
    async def remaining(self, info: Info) -> float:
        """Seconds that the operation still waits."""
        return info.context.remaining_seconds

    @strawberry.field
    async def terms(self, info: Info) -> list[str]:
        """What else the operation said."""
        asking = info.context
        return [asking.requested_by, str(asking.only_if_cached), str(asking.is_reading)]

    @strawberry.field
    async def column(self) -> JSON:
        """Numbers that lie apart, some of which JSON does not know."""
        table = np.array([[1.5, 0.0], [np.nan, 0.0], [np.inf, 0.0]])
        return JSON(table[:, 0])  # type: ignore[call-overload]

    @strawberry.field
    async def broken(self) -> int | None:
        """Fails, and takes nothing else with it."""
        raise ValueError("broken on purpose")

    @strawberry.field
    async def essential(self) -> int:
        """Fails, and takes the whole answer with it."""
        raise ValueError("broken on purpose")


@strawberry.type
class Mutation:
    """What there is to change."""

    @strawberry.mutation
    async def touch(self) -> bool:
        """Change nothing."""
        return True


@strawberry.type
class Subscription:
    """What there is to follow."""

    @strawberry.subscription
    async def count(self, info: Info, target: int) -> AsyncIterator[float]:
        """The remaining wait, so many times."""
        for _ in range(target):
            yield info.context.remaining_seconds


@dataclass
class TinyServer:
    """The endpoint over the tiny schema, and the settings that it goes by."""

    settings: Settings = field(default_factory=Settings)

    def app(self) -> Starlette:
        """An application that serves nothing else, guarded as the real one is."""
        schema = strawberry.Schema(Query, Mutation, Subscription)
        endpoint = GraphQLEndpoint(
            schema,
            Limits(wait_seconds=self.settings.wait_seconds),
            lambda asking: asking,
            lambda: HTMLResponse("<title>page</title>"),
            "somebody",
            self.settings.allowed_origins,
        )
        routes = [Route("/graphql", endpoint), WebSocketRoute("/graphql", endpoint)]
        return Starlette(routes=routes, middleware=middleware(self.settings))

    def client(self) -> AsyncClient:
        """A client without headers of its own."""
        client = AsyncClient(
            transport=ASGITransport(self.app()), base_url="http://127.0.0.1:8000", headers={}
        )
        for name in ("accept", "accept-encoding", "user-agent"):
            del client.headers[name]
        return client
