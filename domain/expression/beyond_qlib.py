"""The operators of the language that Qlib lacks: more of time, and all of the cross-section."""

from typing import Final

from domain.expression.signatures import (
    ARITHMETIC,
    CROSS_SECTION,
    ROLLING,
    Memory,
    Operator,
    Parameter,
    Role,
)

_X = Parameter("x", Role.SERIES)
_WINDOW = Parameter("N", Role.WINDOW)
_BOUNDED_WINDOW = Parameter("N", Role.WINDOW, takes_zero=False)


def _rolling(name: str, parameters: tuple[Parameter, ...], description: str) -> Operator:
    return Operator(name, ROLLING, parameters, description, Memory.WINDOW, is_qlibs=False)


def _cross_section(name: str, description: str, *more: Parameter) -> Operator:
    return Operator(
        name,
        CROSS_SECTION,
        (_X, *more),
        description,
        is_cross_sectional=True,
        is_qlibs=False,
    )


BEYOND_QLIB: Final = (
    Operator(
        "SignedPower",
        ARITHMETIC,
        (_X, Parameter("a", Role.VALUE)),
        "Sign of x times the power a of its absolute value.",
        is_qlibs=False,
    ),
    _rolling(
        "DecayLinear",
        (_X, _WINDOW),
        "Linearly weighted mean: today weighs N, N-1 days ago weighs 1, and the sum is divided by "
        "the weights of the days that have a value. N = 0: the first value weighs 1.",
    ),
    _rolling(
        "TsArgMax",
        (_X, _BOUNDED_WINDOW),
        "Day of the largest value: N is today, 1 is N-1 days ago; the most recent of equals.",
    ),
    _rolling(
        "TsArgMin",
        (_X, _BOUNDED_WINDOW),
        "Day of the smallest value: N is today, 1 is N-1 days ago; the most recent of equals.",
    ),
    _rolling("Product", (_X, _WINDOW), "Product."),
    _rolling(
        "Adv",
        (_WINDOW,),
        "Mean money traded a day, short for Mean($close*$volume, N): adjusted prices times "
        "adjusted volumes are the money that was paid.",
    ),
    _cross_section(
        "CSRank", "Rank among the members over their number, above 0 and up to 1; ties averaged."
    ),
    _cross_section(
        "CSZScore",
        "Distance from the members' mean in standard deviations (ddof 1); NaN where all are equal.",
    ),
    _cross_section("CSDemean", "Distance from the members' mean."),
    _cross_section(
        "CSScale", "Share of the sum of the members' absolute values; NaN where that is 0."
    ),
    _cross_section(
        "CSWinsorize",
        "x, but no less than the members' q-quantile and no more than their (1-q)-quantile, "
        "interpolated linearly.",
        Parameter("q", Role.TAIL),
    ),
    _cross_section(
        "CSNeutralize",
        "With the word sector as by: distance from the mean of the members of the same sector. "
        "With an expression: what the day's least-squares line on it leaves of x.",
        Parameter("by", Role.BY),
    ),
)
"""In the order of the guide."""
