"""What a client can mend, as members of the results of mutations."""

from collections.abc import Callable
from typing import Any

import strawberry

from domain.errors import (
    AmbiguousNameError,
    BadInputError,
    ConflictError,
    NameTakenError,
    NotFoundError,
    QatlasError,
)
from domain.expression import InvalidExpressionError
from domain.input_issues import InputIssue as Issue
from domain.input_issues import InvalidInputError
from schema.context import Info
from schema.entities import Entity, entity_of


@strawberry.interface(
    description=(
        "What the client can mend. Where several things are wrong, they are told together as "
        "InvalidInput, whatever each would be alone."
    )
)
class Problem:
    """The fields that every problem has."""

    message: str = strawberry.field(
        description="Full sentences that name the input and say what would be right."
    )
    field: str | None = strawberry.field(
        description="The input's path, such as input.segments.test.end; null for several."
    )


@strawberry.type(description="One thing that is wrong with an input.")
class InputIssue:
    """One issue."""

    message: str = strawberry.field(description="A full sentence that says what would be right.")
    field: str | None = strawberry.field(
        description="The input's path, such as input.segments.test.end."
    )


@strawberry.type(description="Things are wrong with the input; nothing was written.")
class InvalidInput(Problem):
    """Everything that is wrong."""

    issues: list[InputIssue] = strawberry.field(
        description="All that is wrong, so that a form can show it at once."
    )


@strawberry.type(description="A text is no expression, or reads what the market does not have.")
class InvalidExpression(Problem):
    """A place in a text."""

    start: int = strawberry.field(description="The first character at fault, counted from 0.")
    end: int = strawberry.field(description="The character after the last one at fault.")


@strawberry.type(description="The name is in use; archived names stay taken.")
class NameTaken(Problem):
    """A taken name."""

    existing: Entity = strawberry.field(description="What has the name, in its latest version.")


@strawberry.type(description="A reference points at nothing.")
class NotFound(Problem):
    """A missing thing."""


@strawberry.type(description="The latest version is not the one that the edit was made from.")
class Conflict(Problem):
    """A lost race."""


async def problem_of(error: QatlasError, info: Info) -> Problem:
    """The problem that an error is to a client.

    Raises:
        QatlasError: It is none that the client can mend.
    """
    if isinstance(error, NameTakenError):
        existing = await info.context.loaders.entity(error.entity_id)
        return NameTaken(message=error.message, field=error.field, existing=entity_of(existing))
    for kind, convert in _CONVERSIONS:
        if isinstance(error, kind):
            return convert(error)
    raise error


def _invalid_input(error: QatlasError) -> InvalidInput:
    alone = (Issue(error.message, error.field or "input"),)
    issues = error.issues if isinstance(error, InvalidInputError) else alone
    told = [InputIssue(message=issue.message, field=issue.field) for issue in issues]
    return InvalidInput(message=error.message, field=error.field, issues=told)


def _invalid_expression(error: InvalidExpressionError) -> InvalidExpression:
    return InvalidExpression(
        message=error.message, field=error.field, start=error.start, end=error.end
    )


def _not_found(error: QatlasError) -> NotFound:
    return NotFound(message=error.message, field=error.field)


def _conflict(error: QatlasError) -> Conflict:
    return Conflict(message=error.message, field=error.field)


_CONVERSIONS: tuple[tuple[type[QatlasError], Callable[[Any], Problem]], ...] = (
    (InvalidExpressionError, _invalid_expression),
    (BadInputError, _invalid_input),
    (AmbiguousNameError, _invalid_input),
    (NotFoundError, _not_found),
    (ConflictError, _conflict),
)
