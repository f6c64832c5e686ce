"""Steps by the order within each day: ranks, and scores by median and absolute deviation."""

import numpy as np

from compute.engine.compiled import inlined, kernel
from compute.preparing.table import Values
from domain.arrays import Array, RowArray

_SPREAD = 3.46
"""Makes ranks between -1/2 and 1/2 about as wide as a standard normal, as Qlib rounds it."""
_NORMAL = np.float32(1.4826)
"""Standard deviations in a median absolute deviation of normal values, as Qlib rounds it."""
_NONE = np.uint64(0xFFFFFFFFFFFFFFFF)
"""Sorts behind every value."""


def rank(values: Values, starts: RowArray) -> None:
    """Put in place of each value its rank among its day's, spread about zero.

    The rank is a share of the values there are, ties having the mean of theirs; 1/2 is subtracted
    and the rest multiplied by 3.46. What is missing stays so.

    Args:
        values: float32, shape (rows, columns).
        starts: Where each day's rows start, and the end.

    Source:
        Qlib's CSRankNorm. It leaves float64; these are its values rounded to float32.
    """
    for first, last in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        keys = np.empty((values.shape[1], last - first), np.uint64)
        _keys(values, first, keys)
        keys.sort(axis=1)  # NumPy sorts by vectors of the processor
        _ranks(values, first, keys)


def robust_score(values: Values, starts: RowArray) -> None:
    """Subtract each day's median, divide by its median absolute deviation times 1.4826, and clip.

    Nothing is left beyond -3 and 3. A day whose deviation is zero has no values at its median
    afterwards. Arguments are those of `rank`.

    Source:
        Qlib's CSZScoreNorm of the method `robust` on float32, whose bits these are.
    """
    middle = np.empty(values.shape[1], np.float32)
    for first, last in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        columns = np.empty((values.shape[1], last - first), np.float32)
        _turn(values, first, columns)
        columns.sort(axis=1)
        _middles(columns, middle)
        _shift(values, first, middle, columns)
        columns.sort(axis=1)
        _middles(columns, middle)
        _divide(values, first, last, middle)


@inlined
def _key(value: np.float32, row: int) -> np.uint64:
    """A number that sorts as the value does, with its row in the lower half."""
    bits = np.uint32(np.float32(value + np.float32(0)).view(np.uint32))
    is_negative = bits >> np.uint32(31)
    ordered = ~bits if is_negative else bits | np.uint32(0x80000000)
    return (np.uint64(np.uint32(ordered)) << np.uint64(32)) | np.uint64(row)


@kernel
def _keys(values: Values, first: int, keys: Array) -> None:
    columns, rows = keys.shape
    for row in range(rows):
        for column in range(columns):
            value = values[first + row, column]
            keys[column, row] = _key(value, row) if value == value else _NONE


@kernel
def _ranks(values: Values, first: int, keys: Array) -> None:
    """Write ranks where the sorted keys say that values are."""
    rows, half = keys.shape[1], np.uint64(32)
    for column in range(keys.shape[0]):
        ordered = keys[column]
        count = rows
        while count and ordered[count - 1] == _NONE:
            count -= 1
        place = 0
        while place < count:
            end = place + 1
            while end < count and ordered[end] >> half == ordered[place] >> half:
                end += 1
            share = ((place + 1 + end) / 2) / count
            for tied in range(place, end):
                row = first + np.int64(ordered[tied] & np.uint64(0xFFFFFFFF))
                values[row, column] = np.float32((share - 0.5) * _SPREAD)
            place = end


@kernel
def _turn(values: Values, first: int, turned: Array) -> None:
    columns, rows = turned.shape
    for row in range(rows):
        for column in range(columns):
            turned[column, row] = values[first + row, column]


@kernel
def _shift(values: Values, first: int, middle: Array, turned: Array) -> None:
    """Subtract from the values of a day, and put how far they then are from zero into columns."""
    columns, rows = turned.shape
    for row in range(rows):
        for column in range(columns):
            value = values[first + row, column] - middle[column]
            values[first + row, column] = value
            turned[column, row] = abs(value)


@kernel
def _middles(columns: Array, middle: Array) -> None:
    """The median of each sorted column, whose missing values are last."""
    for column in range(columns.shape[0]):
        ordered = columns[column]
        count = len(ordered)
        while count and ordered[count - 1] != ordered[count - 1]:
            count -= 1
        half = count // 2
        if count == 0:
            middle[column] = np.float32(np.nan)
        elif count % 2:
            middle[column] = ordered[half]
        else:
            middle[column] = (ordered[half - 1] + ordered[half]) / np.float32(2)


@kernel
def _divide(values: Values, first: int, last: int, deviation: Array) -> None:
    low, high = np.float32(-3), np.float32(3)
    for row in range(first, last):
        for column in range(values.shape[1]):
            value = values[row, column] / deviation[column] / _NORMAL
            value = low if value < low else value
            values[row, column] = high if value > high else value
