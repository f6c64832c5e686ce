"""What is wrong with an input, all of it at once, so that a form can show every fault."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from domain.errors import BadInputError


@dataclass(frozen=True, slots=True)
class InputIssue:
    """One fault: a full sentence, and the path of the input that has it."""

    message: str
    field: str


class InvalidInputError(BadInputError):
    """An input has one fault or several.

    Args:
        message: The sentences of all issues.
        field: The path at fault where there is only one.
        issues: Every fault, in the order of the input.
    """

    def __init__(
        self, message: str, field: str | None = None, issues: tuple[InputIssue, ...] = ()
    ) -> None:
        super().__init__(message, field)
        self.issues = issues

    @classmethod
    def of(cls, issues: Sequence[InputIssue]) -> Self:
        """The error that tells these issues; there must be one at least."""
        fields = {issue.field for issue in issues}
        message = " ".join(issue.message for issue in issues)
        return cls(message, fields.pop() if len(fields) == 1 else None, tuple(issues))
