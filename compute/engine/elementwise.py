"""Operators that look at one day at a time: NumPy's own functions, so they have its bits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from compute.engine.kinds import FLOAT32, TRUTH, WHOLE, Kind, Number, common, stored
from compute.engine.plan import COMPARISONS, UFUNCS

Values: TypeAlias = npt.NDArray[Any]
"""Shape (rows, lanes), stored as `kinds.stored` says."""


@dataclass(frozen=True, slots=True, eq=False)
class Operand:
    """What an operator is given: values, or a literal number."""

    values: Values | Number
    kind: Kind | Number
    """The kind of the values; the number itself where it is a literal."""

    @property
    def is_literal(self) -> bool:
        """Whether it is a number."""
        return not isinstance(self.values, np.ndarray)

    def stored_as(self, kind: Kind) -> Values | Number:
        """The values as an array of another kind; a literal is what it is."""
        if not isinstance(self.values, np.ndarray) or self.values.dtype == kind:
            return self.values
        return self.values.astype(kind)


def compute(name: str, operands: Sequence[Operand], kind: Kind, out: Values) -> None:
    """Compute an operator into `out`.

    Where the values of a series are not there, what comes out is for the caller to blank.

    Args:
        name: The operator.
        operands: What it takes.
        kind: What it gives.
        out: Shape (rows, lanes), of the kind that stores `kind`.
    """
    if name in COMPARISONS:
        out[...] = _compared(name, operands)
    elif name == "Power":
        base, exponent = (_as_numpy_has_it(one) for one in operands)
        out[...] = np.power(base, exponent)
    elif name == "SignedPower":
        base, power = operands[0].values, operands[1].values
        np.multiply(np.sign(base), np.power(np.abs(base), power), out=out)
    elif name == "If":
        _choose(operands, kind, out)
    elif name == "Sign":
        np.sign(operands[0].stored_as(FLOAT32), out=out)
    elif name in ("And", "Or", "Not"):
        _join(name, operands, out)
    elif kind == TRUTH and name == "Add":
        np.maximum(operands[0].values, operands[1].values, out=out)
    else:
        _calculate(name, operands, kind, out)


def _calculate(name: str, operands: Sequence[Operand], kind: Kind, out: Values) -> None:
    function = getattr(np, UFUNCS[name])
    if kind == FLOAT32:
        function(*(one.stored_as(FLOAT32) for one in operands), out=out)
    else:
        function(*(_wide(one) for one in operands), out=out)
    if kind == WHOLE:
        out += 0.0  # whole numbers have no zero below zero


def _wide(operand: Operand) -> Values | Number:
    """What NumPy takes for float64, which widens as it goes."""
    return operand.values if isinstance(operand.values, np.ndarray) else float(operand.values)


def _compared(name: str, operands: Sequence[Operand]) -> Values:
    kind = stored(common([one.kind for one in operands]))
    left, right = (
        kind.type(one.values) if one.is_literal else one.stored_as(kind) for one in operands
    )
    compared: Values = getattr(np, UFUNCS[name])(left, right)
    return compared


def _as_numpy_has_it(operand: Operand) -> Values | Number:
    """Whole numbers and truth values as such: powers of them have loops of their own."""
    for kind in (TRUTH, WHOLE):
        if operand.kind == kind and isinstance(operand.values, np.ndarray):
            return operand.values.astype(kind)
    return operand.values


def _choose(operands: Sequence[Operand], kind: Kind, out: Values) -> None:
    condition, left, right = operands
    # NaN is not zero, so it holds.
    holds = np.not_equal(condition.values, 0)
    np.copyto(out, _fitting(right, kind), casting="unsafe")
    np.copyto(out, _fitting(left, kind), where=holds, casting="unsafe")


def _fitting(operand: Operand, kind: Kind) -> Values | Number:
    return stored(kind).type(operand.values) if operand.is_literal else operand.values


def _join(name: str, operands: Sequence[Operand], out: Values) -> None:
    """Join truth values; one that a shift left open holds for nothing."""
    held = [np.equal(one.values, 1) for one in operands]
    match name:
        case "And":
            out[...] = held[0] & held[1]
        case "Or":
            # pandas takes no for an answer where the left side is missing, whatever the right is.
            out[...] = held[0] | (held[1] & ~np.isnan(operands[0].values))
        case "Not":
            out[...] = ~held[0]


def shift(values: Values, rows: int, out: Values) -> None:
    """Copy values, moved down so many rows, or up where negative; NaN moves in."""
    if rows > 0:
        out[:rows] = np.nan
        out[rows:] = values[: max(0, len(values) - rows)]
    else:
        out[rows:] = np.nan
        out[: max(0, len(values) + rows)] = values[-rows:]


def first_values(values: Values, starts: npt.NDArray[np.int64]) -> Values:
    """The value in each lane's first row, NaN be it or not, shape (lanes,)."""
    return values[starts, np.arange(values.shape[1])]
