"""Where errors become answers: what we say of ourselves is told, what is a bug is masked."""

import logging
from collections.abc import Iterator
from typing import Any

from graphql import GraphQLError
from strawberry.extensions import SchemaExtension

from domain.errors import ComputationFailedError, ComputingError, QatlasError
from domain.ids import NodeId, NodeKind

logger = logging.getLogger(__name__)
INTERNAL = "INTERNAL"


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
    logger.error("An error that nobody foresaw, at %s", error.path, exc_info=cause)
    return _with(
        error, "Something went wrong here; the server's log says what.", {"code": INTERNAL}
    )


def _extensions(error: QatlasError) -> dict[str, Any]:
    extensions: dict[str, Any] = {"code": error.code}
    if error.field is not None:
        extensions["field"] = error.field
    if isinstance(error, ComputingError | ComputationFailedError):
        extensions["runId"] = str(NodeId(NodeKind.RUN, error.run_id))
    return extensions


def _with(error: GraphQLError, message: str, extensions: dict[str, Any]) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        original_error=error.original_error,
        extensions=extensions,
    )


class TellErrors(SchemaExtension):
    """Turns the errors of every operation into what clients see."""

    def on_operation(self) -> Iterator[None]:
        """Look at the answer once it is there."""
        yield
        result = self.execution_context.result
        if result is not None and getattr(result, "errors", None):
            result.errors = [told(error) for error in result.errors]  # type: ignore[union-attr]
