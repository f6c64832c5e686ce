"""Where errors become answers: what we say of ourselves is told, what is a bug is masked."""

import logging
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.types import ExecutionContext

from domain.errors import ComputationFailedError, ComputingError, QatlasError
from domain.ids import NodeId, NodeKind

logger = logging.getLogger(__name__)
INTERNAL = "INTERNAL"


class TellingSchema(strawberry.Schema):
    """A schema whose errors are what clients may see, by whatever way an operation came."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Replace each error of an answer, before anybody is told, by what is told of it."""
        errors[:] = [told(error) for error in errors]


def told(error: GraphQLError) -> GraphQLError:
    """The error as the client sees it.

    Ours carry their code, the input at fault and the run. An error of GraphQL itself stays as it
    is. Anything else is a bug: it is logged, and the client hears that something went wrong.
    """
    cause = error.original_error
    if isinstance(cause, QatlasError):
        return _with(error, cause.message, _extensions(cause))
    if cause is None or isinstance(cause, GraphQLError):
        return error
    logger.error("An error that nobody foresaw, at %s", _place(error), exc_info=cause)
    return _with(
        error, "Something went wrong here; the server's log says what.", {"code": INTERNAL}
    )


def _place(error: GraphQLError) -> str:
    return ".".join(str(step) for step in error.path or ()) or "the operation"


def _extensions(error: QatlasError) -> dict[str, Any]:
    extensions: dict[str, Any] = {"code": error.code}
    if error.field is not None:
        extensions["field"] = error.field
    if isinstance(error, ComputingError | ComputationFailedError):
        extensions["runId"] = str(NodeId(NodeKind.RUN, error.run_id))
    return extensions


def _with(error: GraphQLError, message: str, extensions: dict[str, Any]) -> GraphQLError:
    # Without its cause, since it has been told by now and is not to be told again.
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )
