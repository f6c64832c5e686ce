"""What kind of number a step gives, as NumPy would have it, and how it is stored.

Qlib lets NumPy decide: float32 bars stay float32 through arithmetic with each other and with
literal numbers, windows give float64, comparisons booleans, and `If` of whole numbers integers.
Bits depend on it, so kinds are found by asking NumPy. What is not float32 is stored as float64,
which holds booleans and whole numbers exactly.
"""

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

import numpy as np

Kind: TypeAlias = np.dtype[Any]
Number: TypeAlias = int | float

FLOAT32: Final[Kind] = np.dtype(np.float32)
FLOAT64: Final[Kind] = np.dtype(np.float64)
WHOLE: Final[Kind] = np.dtype(np.int64)
TRUTH: Final[Kind] = np.dtype(np.bool_)
GAPPED: Final[Kind] = np.dtype(object)
"""Truth values that a shift has moved, with NaN where it reached past the data."""

LARGEST_WHOLE: Final = 2**53
"""Up to here a float64 holds every whole number."""


def stored(kind: Kind) -> Kind:
    """The kind of the array that holds values of a kind."""
    return FLOAT32 if kind == FLOAT32 else FLOAT64


def common(operands: Sequence[Kind | Number]) -> Kind:
    """The kind in which NumPy compares, chooses between or joins operands.

    A literal number takes the kind of what it meets, where that can hold it.
    """
    if GAPPED in operands:
        return FLOAT64
    return np.result_type(*operands)


def of_ufunc(name: str, operands: Sequence[Kind | Number]) -> Kind:
    """The kind of what a NumPy function gives."""
    samples = [np.ones(1, one) if isinstance(one, np.dtype) else one for one in operands]
    with np.errstate(all="ignore"):
        result: Kind = getattr(np, name)(*samples).dtype
    return result
