"""GraphQL over websockets, where each operation states its terms in `extensions`."""

import copy
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Protocol, cast

from graphql import GraphQLError
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
    Operation,
)
from strawberry.subscriptions.protocols.graphql_transport_ws.types import Message, SubscribeMessage

from domain.errors import BadInputError
from resolvers.services import Limits
from server.terms import Terms, terms_of_extensions

# An operation runs in a task of its own, which sees this as it was when the operation came.
_context: ContextVar[object] = ContextVar("context of the operation")


class TermedEndpoint(Protocol):
    """What makes the contexts of operations."""

    limits: Limits

    def context_of(self, terms: Terms) -> object:
        """The context of an operation that comes now."""


class TextAdapter(ASGIWebSocketAdapter):
    """Sends JSON as text, as the protocol wants it."""

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Send one message."""
        await self.ws.send_text(self.view.encode_json_string(message))


class TermedHandler(BaseGraphQLTransportWSHandler[object, None]):
    """Gives each operation of a websocket terms and a context of its own."""

    async def handle_message(self, message: Message) -> None:
        """Take one message; one that is not of the protocol ends the connection."""
        if not _is_well_formed(message):
            await self.handle_invalid_message("The message is not one of graphql-transport-ws")
            return
        await super().handle_message(message)

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Begin an operation, or say what is wrong with its terms."""
        endpoint = cast(TermedEndpoint, self.view)
        extensions = message["payload"].get("extensions") or {}
        default = Terms(endpoint.limits.wait_seconds)
        try:
            terms = terms_of_extensions(extensions, default, endpoint.limits)
        except BadInputError as error:
            problem = GraphQLError(error.message, extensions={"code": error.code})
            payload = [problem.formatted]
            await self.send_message({"id": message["id"], "type": "error", "payload": payload})
            return
        _context.set(endpoint.context_of(terms))
        await super().handle_subscribe(message)

    async def run_operation(self, operation: Operation[object, None]) -> None:
        """Execute an operation in its own context."""
        one = copy.copy(self)  # shares the connection, and knows of this operation's context
        one.context = _context.get()
        await super(TermedHandler, one).run_operation(operation)


def _is_well_formed(message: object) -> bool:
    if not isinstance(message, dict):
        return False
    if message.get("type") != "subscribe":
        return True
    payload = message.get("payload")
    return (
        isinstance(message.get("id"), str)
        and isinstance(payload, dict)
        and isinstance(payload.get("query"), str)
        and isinstance(payload.get("operationName"), str | None)
        and all(isinstance(payload.get(name), dict | None) for name in ("variables", "extensions"))
    )
