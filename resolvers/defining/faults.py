"""What is wrong with one input, gathered so that all of it is told at once."""

from collections.abc import Awaitable, Callable, Iterable
from typing import ParamSpec, TypeVar

from domain.errors import (
    AmbiguousNameError,
    BadInputError,
    NameTakenError,
    NotFoundError,
    QatlasError,
)
from domain.expression import InvalidExpressionError
from domain.input_issues import InputIssue, InvalidInputError

T = TypeVar("T")
P = ParamSpec("P")

_WHOLE_INPUT = "input"
_MENDABLE = (
    BadInputError,
    AmbiguousNameError,
    NotFoundError,
    NameTakenError,
    InvalidExpressionError,
)


class Faults:
    """Gathers what the client can mend. Anything else that goes wrong is raised as it is."""

    def __init__(self) -> None:
        self._errors: list[QatlasError] = []

    def add(self, message: str, field: str) -> None:
        """Gather one fault that was found in the input at `field`."""
        self._errors.append(BadInputError(message, field))

    def extend(self, issues: Iterable[InputIssue]) -> bool:
        """Gather faults; returns whether there was none."""
        found = list(issues)
        self._errors += [BadInputError(issue.message, issue.field) for issue in found]
        return not found

    def append(self, error: QatlasError) -> None:
        """Gather a fault that is an error of its own kind."""
        self._errors.append(error)

    def attempt(self, check: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """What a check returns, or None and its refusal is gathered."""
        try:
            return check(*args, **kwargs)
        except _MENDABLE as error:
            self._errors.append(error)
            return None

    async def look_up(self, reading: Awaitable[T]) -> T | None:
        """What is found, or None and its refusal is gathered."""
        try:
            return await reading
        except _MENDABLE as error:
            self._errors.append(error)
            return None

    def settle(self, value: T | None) -> T:
        """Return what was made of the input, if nothing is wrong with it.

        Raises:
            InvalidInputError: Several things are wrong, or one that is no error of another kind.
            QatlasError: The one thing that is wrong: NotFoundError, NameTakenError or
                InvalidExpressionError.
        """
        if len(self._errors) == 1 and not _is_issue(self._errors[0]):
            raise self._errors[0]
        if self._errors:
            raise InvalidInputError.of([i for error in self._errors for i in _issues(error)])
        assert value is not None, "what could not be made of the input is a fault"
        return value


def _is_issue(error: QatlasError) -> bool:
    return isinstance(error, BadInputError | AmbiguousNameError)


def _issues(error: QatlasError) -> tuple[InputIssue, ...]:
    if isinstance(error, InvalidInputError):
        return error.issues
    return (InputIssue(error.message, error.field or _WHOLE_INPUT),)
