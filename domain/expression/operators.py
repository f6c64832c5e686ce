"""The operators of the language, in the one table that checks, help and guide read.

These are the operators that Qlib 0.9.7 registers, but for some, and then those that it lacks. `P`,
`PRef` and `PFeature` read point-in-time statements, which no market here holds. `ChangeInstrument`
and `Mask` take the name of an instrument, and the language has no strings: a name in an expression
would become a file name. `Rolling` and `TResample` lose one argument in Qlib's own text, so that
two different expressions would share one cache entry. `Feature` is written `$close`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from domain.expression.beyond_qlib import BEYOND_QLIB
from domain.expression.signatures import (
    ARITHMETIC,
    COMPARISON,
    LOGIC,
    PAIR,
    REGRESSION,
    ROLLING,
    SHIFT,
    Memory,
    Operator,
    Parameter,
    Role,
)

__all__ = [
    "ARITHMETIC",
    "BY_SYMBOL",
    "COMPARISON",
    "LOGIC",
    "OPERATORS",
    "PAIR",
    "REGRESSION",
    "ROLLING",
    "SHIFT",
    "WITHHELD",
    "Memory",
    "Operator",
    "Parameter",
    "Role",
]

_X = Parameter("x", Role.SERIES)
_SERIES_PAIR = (_X, Parameter("y", Role.SERIES))
_VALUE_PAIR = (Parameter("x", Role.VALUE), Parameter("y", Role.VALUE))


def _elementwise(name: str, description: str) -> Operator:
    return Operator(name, ARITHMETIC, (_X,), description)


def _pairwise(group: str, name: str, description: str, symbol: str | None = None) -> Operator:
    return Operator(name, group, _VALUE_PAIR, description, symbol=symbol)


def _rolling(name: str, description: str, smallest: int = 1, group: str = ROLLING) -> Operator:
    window = Parameter("N", Role.WINDOW, smallest)
    return Operator(name, group, (_X, window), description, Memory.WINDOW)


def _rolling_pair(name: str, description: str) -> Operator:
    window = Parameter("N", Role.WINDOW, smallest=2, takes_zero=False)
    return Operator(name, PAIR, (*_SERIES_PAIR, window), description, Memory.WINDOW)


_LAG = Parameter("N", Role.LAG)
_STEP = Parameter("N", Role.WINDOW)
_SPAN = Parameter("N", Role.SPAN)
_CHOICE = (
    Parameter("condition", Role.SERIES),
    Parameter("x", Role.VALUE),
    Parameter("y", Role.VALUE),
)
_QUANTILE = (_X, Parameter("N", Role.WINDOW), Parameter("q", Role.LEVEL))

_QLIBS = (
    _pairwise(ARITHMETIC, "Add", "Sum. Of two truth values: whether either holds.", "+"),
    _pairwise(ARITHMETIC, "Sub", "Difference x minus y.", "-"),
    _pairwise(ARITHMETIC, "Mul", "Product. Of two truth values: whether both hold.", "*"),
    _pairwise(ARITHMETIC, "Div", "Quotient x over y; infinite or NaN where y is 0.", "/"),
    _pairwise(ARITHMETIC, "Power", "x to the power of y."),
    _pairwise(ARITHMETIC, "Greater", "The larger of x and y (a comparison is Gt)."),
    _pairwise(ARITHMETIC, "Less", "The smaller of x and y (a comparison is Lt)."),
    _elementwise("Abs", "Absolute value."),
    _elementwise("Sign", "-1, 0 or 1 by the sign of x."),
    _elementwise("Log", "Natural logarithm; NaN below 0, minus infinity at 0."),
    _pairwise(COMPARISON, "Gt", "Whether x is larger than y; false where either is NaN.", ">"),
    _pairwise(COMPARISON, "Ge", "Whether x is at least y; false where either is NaN.", ">="),
    _pairwise(COMPARISON, "Lt", "Whether x is smaller than y; false where either is NaN.", "<"),
    _pairwise(COMPARISON, "Le", "Whether x is at most y; false where either is NaN.", "<="),
    _pairwise(COMPARISON, "Eq", "Whether x equals y; false where either is NaN.", "=="),
    _pairwise(COMPARISON, "Ne", "Whether x differs from y; true where either is NaN.", "!="),
    Operator("And", LOGIC, _SERIES_PAIR, "Whether both truth values hold.", symbol="&"),
    Operator("Or", LOGIC, _SERIES_PAIR, "Whether either truth value holds.", symbol="|"),
    Operator("Not", LOGIC, (_X,), "Whether the truth value does not hold."),
    Operator(
        "If",
        LOGIC,
        _CHOICE,
        "x where the condition holds, else y. A number as condition holds unless it is 0: NaN "
        "holds, while a comparison with NaN, other than !=, does not.",
    ),
    Operator(
        "Ref",
        SHIFT,
        (_X, _LAG),
        "x of N trading days ago; of -N days ahead where N is negative, which looks into the "
        "future; of the instrument's first day where N is 0.",
        Memory.LAG,
    ),
    Operator(
        "Delta",
        SHIFT,
        (_X, _STEP),
        "x minus its value N trading days ago, or on the first day where N is 0.",
        Memory.BOTH_ENDS,
    ),
    Operator(
        "Mean",
        ROLLING,
        (_X, _SPAN),
        "Mean. With N between 0 and 1 the exponential mean that gives today the weight N.",
        Memory.WINDOW,
    ),
    _rolling("Sum", "Sum."),
    _rolling("Std", "Standard deviation (ddof 1).", smallest=2),
    _rolling("Var", "Variance (ddof 1).", smallest=2),
    _rolling("Skew", "Skewness, bias corrected.", smallest=3),
    _rolling("Kurt", "Excess kurtosis, bias corrected.", smallest=4),
    _rolling("Max", "Largest value."),
    _rolling("Min", "Smallest value."),
    _rolling("IdxMax", "Position of the largest value, 1 the oldest day; the first NaN wins."),
    _rolling("IdxMin", "Position of the smallest value, 1 the oldest day; the first NaN wins."),
    _rolling("Med", "Median."),
    _rolling("Mad", "Mean absolute deviation from the mean."),
    Operator(
        "Quantile", ROLLING, _QUANTILE, "The q-quantile, interpolated linearly.", Memory.WINDOW
    ),
    _rolling("Rank", "Rank of today's value among the window's, as a fraction; ties averaged."),
    _rolling("Count", "Number of values that are not NaN."),
    _rolling(
        "WMA",
        "Linearly weighted mean divided by the number of days in the window: Qlib 0.9.7 gives N "
        "times too little (microsoft/qlib#1993).",
    ),
    Operator(
        "EMA",
        ROLLING,
        (_X, _SPAN),
        "Exponential mean of span N, weight 2/(N+1), or of weight N between 0 and 1; it reaches "
        "back to the first day. N = 0: the span is the number of days so far.",
        Memory.EVERYTHING,
    ),
    _rolling("Slope", "Slope per day of the line fitted to the window.", 2, REGRESSION),
    _rolling("Rsquare", "R squared of the line fitted to the window.", 2, REGRESSION),
    _rolling("Resi", "Today's value minus the line fitted to the window.", 2, REGRESSION),
    _rolling_pair("Corr", "Correlation of x and y; NaN where either hardly moves (std <= 2e-5)."),
    _rolling_pair("Cov", "Covariance of x and y (ddof 1)."),
)

_TABLE = (*_QLIBS, *BEYOND_QLIB)

OPERATORS: Final[Mapping[str, Operator]] = MappingProxyType(
    {operator.name: operator for operator in _TABLE}
)

BY_SYMBOL: Final[Mapping[str, Operator]] = MappingProxyType(
    {operator.symbol: operator for operator in _TABLE if operator.symbol is not None}
)

WITHHELD: Final[Mapping[str, str]] = MappingProxyType(
    {
        "P": "it reads point-in-time statements, which no market here holds",
        "PRef": "it reads point-in-time statements, which no market here holds",
        "PFeature": "it reads point-in-time statements, which no market here holds",
        "ChangeInstrument": "it takes an instrument's name, and there are no strings",
        "Mask": "it takes an instrument's name, and there are no strings",
        "Rolling": "write the operator itself, such as Mean(x, N)",
        "TResample": "there is one frequency, the trading day",
        "Feature": "a field is written $close",
    }
)


def operator_table() -> str:
    """The operators as a Markdown table, one row each, for the guide."""
    rows = [
        f"| `{operator.signature}` | {_symbol_cell(operator)} | {_group_cell(operator)} "
        f"| {operator.description} |"
        for operator in _TABLE
    ]
    return "\n".join(["| operator | symbol | group | gives |", "|---|---|---|---|", *rows])


def _symbol_cell(operator: Operator) -> str:
    return f"`{operator.symbol}`".replace("|", "\\|") if operator.symbol else ""


def _group_cell(operator: Operator) -> str:
    return operator.group if operator.is_qlibs else f"{operator.group}, beyond Qlib"
