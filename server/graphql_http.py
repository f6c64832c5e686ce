"""GraphQL over HTTP, and over websockets by graphql-transport-ws."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import orjson
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.asgi import GraphQL
from strawberry.http import process_result
from strawberry.schema import BaseSchema
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.execution import ExecutionResult
from strawberry.types.graphql import OperationType

from domain.errors import BadInputError
from resolvers.asking import Asking
from resolvers.services import Limits
from server.graphql_websocket import TermedHandler, TextAdapter
from server.negotiation import GRAPHQL, HTML, JSON, preferred
from server.operations import Operation, read_operation
from server.refusals import RefusedError
from server.terms import Terms, terms_of_extensions, terms_of_headers

VARY = "Prefer, Cache-Control, Accept"
Page = Callable[[], Response]
MakeContext = Callable[[Asking], object]


class GraphQLEndpoint(GraphQL[object, None]):
    """One schema at one path.

    Args:
        schema: What is asked.
        limits: How long operations wait and what they may start.
        make_context: Makes the context of one operation from its terms.
        page: What a browser is shown.
        requested_by: Who asks.
        allowed_origins: Origins besides the server's own that may open websockets.
    """

    graphql_transport_ws_handler_class = TermedHandler
    websocket_adapter_class = TextAdapter

    def __init__(
        self,
        schema: BaseSchema,
        limits: Limits,
        make_context: MakeContext,
        page: Page,
        requested_by: str,
        allowed_origins: Sequence[str] = (),
    ) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            allowed_origins=allowed_origins,
        )
        self.limits = limits
        self._make_context = make_context
        self._page = page
        self._requested_by = requested_by

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or one websocket."""
        if scope["type"] == "websocket":
            await super().__call__(scope, receive, send)
            return
        request = Request(scope, receive)
        accept = ",".join(request.headers.getlist("accept"))
        media_type = preferred(accept, (JSON, GRAPHQL))
        try:
            response = await self._respond(request, accept, media_type)
        except RefusedError as refusal:
            response = refusal.response(media_type or JSON)
        response.headers["Vary"] = VARY
        await response(scope, receive, send)

    async def get_context(self, request: Any, response: Any) -> object:
        """The context in which a websocket is opened; its operations have their own."""
        return self.context_of(Terms(self.limits.wait_seconds))

    def context_of(
        self, terms: Terms, arrived: float | None = None, *, is_reading: bool = False
    ) -> object:
        """The context of one operation.

        Args:
            terms: What it says about waiting.
            arrived: The loop's time when it came; now unless given.
            is_reading: Whether it came by GET.
        """
        if arrived is None:
            arrived = asyncio.get_running_loop().time()
        asking = Asking(
            requested_by=self._requested_by,
            deadline=arrived + terms.wait_seconds,
            only_if_cached=terms.only_if_cached,
            is_reading=is_reading,
            max_starts=self.limits.max_starts,
        )
        return self._make_context(asking)

    def encode_json(self, data: object) -> bytes:
        """JSON in which NaN and infinities are null; numpy arrays are taken as they are."""
        return orjson.dumps(data, _contiguous, orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)

    async def _respond(self, request: Request, accept: str, media_type: str | None) -> Response:
        arrived = asyncio.get_running_loop().time()
        if request.method not in ("GET", "POST"):
            message = f"{request.method} is not served here; ask by POST, or by GET."
            raise RefusedError(405, "METHOD_NOT_ALLOWED", message, {"Allow": "GET, POST"})
        if request.method == "GET" and preferred(accept, (JSON, GRAPHQL, HTML)) == HTML:
            return self._page()
        if media_type is None:
            message = f"None of the types in Accept is served; take {GRAPHQL} or {JSON}."
            raise RefusedError(406, "NOT_ACCEPTABLE", message)
        headers = request.headers
        terms = terms_of_headers(
            ",".join(headers.getlist("prefer")),
            ",".join(headers.getlist("cache-control")),
            self.limits,
        )
        operation = await read_operation(request)
        try:
            terms = terms_of_extensions(operation.extensions, terms, self.limits)
        except BadInputError as error:
            raise RefusedError(400, error.code, error.message) from None
        context = self.context_of(terms, arrived, is_reading=request.method == "GET")
        result = await self._execute(operation, context, request.method)
        return self._told(result, media_type, terms)

    async def _execute(self, operation: Operation, context: object, method: str) -> ExecutionResult:
        allowed = {OperationType.QUERY} | ({OperationType.MUTATION} if method == "POST" else set())
        try:
            return await self.schema.execute(
                operation.query,
                variable_values=operation.variables,
                context_value=context,
                operation_name=operation.operation_name,
                allowed_operation_types=allowed,
                operation_extensions=operation.extensions,
            )
        except CannotGetOperationTypeError:
            return ExecutionResult(None, [_unnamed(operation.operation_name)])
        except InvalidOperationTypeError as error:
            raise _misplaced(error.operation_type) from None

    def _told(self, result: ExecutionResult, media_type: str, terms: Terms) -> Response:
        """The answer: a request that could not be executed at all has no `data`."""
        answer: dict[str, Any] = dict(process_result(result))
        status = 200
        if is_request_error(result):
            del answer["data"]
            status = 400 if media_type == GRAPHQL else 200
        applied = {"Preference-Applied": ", ".join(terms.applied)} if terms.applied else None
        content_type = f"{media_type}; charset=utf-8"
        return Response(self.encode_json(answer), status, applied, content_type)


def is_request_error(result: ExecutionResult) -> bool:
    """Whether an operation failed before its first field: only then do errors have no path."""
    return result.data is None and all(error.path is None for error in result.errors or ())


def _contiguous(value: object) -> object:
    """What orjson does not take as it is: parts of arrays whose numbers lie apart."""
    if isinstance(value, np.ndarray) and not value.flags.c_contiguous:
        return np.ascontiguousarray(value)
    raise TypeError(f"{type(value).__name__} is no JSON")


def _unnamed(name: str | None) -> GraphQLError:
    if name is None:
        return GraphQLError(
            "The document has no operation, or several; say which by operationName."
        )
    return GraphQLError(f"The document has no operation named {name!r}.")


def _misplaced(operation_type: OperationType) -> RefusedError:
    if operation_type is OperationType.MUTATION:
        message = "A mutation changes things, which GET must not; send it by POST."
        return RefusedError(405, "METHOD_NOT_ALLOWED", message, {"Allow": "POST"})
    message = "A subscription has more than one answer; ask by websocket (graphql-transport-ws)."
    return RefusedError(400, "BAD_REQUEST", message)
