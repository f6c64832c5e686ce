"""The expression language: Qlib's and more, read by a parser so that no text is ever evaluated."""

from domain.expression.checks import STANDARD_FIELDS
from domain.expression.language import Expression, check, parse
from domain.expression.operators import OPERATORS, Operator
from domain.expression.problems import ExpressionProblem, InvalidExpressionError
from domain.severity import Severity

__all__ = [
    "OPERATORS",
    "STANDARD_FIELDS",
    "Expression",
    "ExpressionProblem",
    "InvalidExpressionError",
    "Operator",
    "Severity",
    "check",
    "parse",
]
