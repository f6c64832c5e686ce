"""A plan's steps: each computes one thing from fields, literal numbers and earlier steps."""

from dataclasses import dataclass

from compute.engine.kinds import Kind, Number

FIELD = "Field"
OBSERVED = "Observed"
"""As float64, infinities taken for missing: what pandas' windows see."""
WIDENED = "Widened"
"""As float64, infinities kept: what Qlib's regressions see."""
UNLESS_FLAT = "UnlessFlat"
"""Nothing where a standard deviation is next to zero."""


@dataclass(frozen=True, slots=True)
class Step:
    """One operation on whole panels; equal steps have equal values.

    Attributes:
        operator: Qlib's name of it, or one of the words above.
        inputs: Earlier steps by their place in the plan, and literal numbers.
        numbers: What does not vary by day: windows, weights, levels.
        kind: Of the values, as NumPy would have it.
        field: The name of the field, where it is one.
    """

    operator: str
    inputs: tuple["Input", ...]
    numbers: tuple[Number, ...]
    kind: Kind
    field: str = ""


@dataclass(frozen=True, slots=True)
class Literal:
    """A number that stands in an expression; `1` and `1.0` are two."""

    value: Number
    is_whole: bool


Input = int | Literal
"""The place of a step, or a number."""
