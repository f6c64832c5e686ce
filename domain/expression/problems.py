"""What is wrong or noteworthy in the text of an expression, and where."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from domain.errors import QatlasError
from domain.severity import Severity

_SHOWN_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class ExpressionProblem:
    """One remark about the characters from `start` up to, not including, `end`."""

    message: str
    start: int
    end: int
    severity: Severity


class InvalidExpressionError(QatlasError):
    """A text is not an expression of the language.

    Args:
        problems: At least one; the first gives the error its sentence and its place.
        field: The path of the input that held the text; None where there is no single one.
    """

    code = "INVALID_EXPRESSION"

    def __init__(self, problems: Sequence[ExpressionProblem], field: str | None = None) -> None:
        first = problems[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(f"At character {first.start}: {first.message}{more}", field)
        self.problems = tuple(problems)
        self.start = first.start
        self.end = first.end


def refusal(message: str, start: int, end: int) -> InvalidExpressionError:
    """The error for a text that cannot be read any further."""
    return InvalidExpressionError([ExpressionProblem(message, start, end, Severity.ERROR)])


def quoted(text: str) -> str:
    """The text in quotes and plain ASCII, cut where it is long."""
    if len(text) > _SHOWN_CHARACTERS:
        return ascii(text[:_SHOWN_CHARACTERS] + "...")
    return ascii(text)


def suggestion(name: str, known: Sequence[str], prefix: str = "") -> str:
    """A question that offers the nearest known name, or nothing where none is near."""
    by_lower = {other.lower(): other for other in known}
    matches = get_close_matches(name[:_SHOWN_CHARACTERS].lower(), by_lower, n=1)
    return f" Did you mean {prefix}{by_lower[matches[0]]}?" if matches else ""
