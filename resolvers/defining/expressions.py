"""Texts of factors and labels, read and checked against a market."""

from collections.abc import Collection

from domain.errors import BadInputError
from domain.expression import (
    Expression,
    ExpressionProblem,
    InvalidExpressionError,
    Severity,
    check,
)
from domain.specs import FactorSpec

LABEL_FIELD = "input.label"


def require_read(
    checked: tuple[Expression | None, tuple[ExpressionProblem, ...]], field: str
) -> Expression:
    """The expression that a check found, if there was no error.

    Args:
        checked: What `check` said of a text.
        field: Where the text stands in the input.

    Raises:
        InvalidExpressionError: It is none, or the market lacks what it needs.
    """
    expression, problems = checked
    if expression is None:
        errors = [problem for problem in problems if problem.severity is Severity.ERROR]
        raise InvalidExpressionError(errors, field)
    return expression


def read_label(text: str, known_fields: Collection[str] | None, days: int | None) -> str:
    """Read a label and return its canonical text.

    Args:
        text: What was written.
        known_fields: The market's fields; None where it is unknown, and every field is taken.
        days: How many trading days the market has; None where it is unknown.

    Raises:
        InvalidExpressionError: It is no expression that the market can answer.
        BadInputError: It reads no later day, and so there is nothing to predict.
    """
    expression = require_read(check(text, known_fields, days=days), LABEL_FIELD)
    if not expression.looks_ahead:
        raise BadInputError(
            f"The label {text!r} reads no later day, so there is nothing to predict; use Ref with "
            "a negative number of days, as in Ref($close,-2)/Ref($close,-1)-1.",
            LABEL_FIELD,
        )
    return expression.canonical


def factor_spec(expression: Expression) -> FactorSpec:
    """What the catalogue keeps of a factor's expression."""
    return FactorSpec(
        expression=expression.text,
        canonical=expression.canonical,
        input_fields=expression.fields,
        lookback_days=expression.lookback_days,
        looks_ahead=expression.looks_ahead,
        is_cross_sectional=expression.is_cross_sectional,
    )
