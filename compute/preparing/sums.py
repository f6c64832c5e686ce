"""Sums of columns in float32 with the bits of NumPy and bottleneck.

float32 sums differ in their last bits with the order of additions, and whatever is divided by a
small spread shows it. pandas takes means through NumPy, whose sums are pairwise, and deviations
through bottleneck, whose sums go down the column. Here whole rows are added at a time, each
column in the order of the library.
"""

import numpy as np

from compute.engine.compiled import inlined, kernel
from compute.preparing.lanes import ROWS_AT_ONCE, repeated
from compute.preparing.table import Values
from domain.arrays import Array

LEAF = 128
"""Rows that NumPy adds in eight strands before it begins to halve."""
_ADD = -1
"""Among the counts of rows that wait to be added: add the last two sums to each other."""


@inlined
def _term(value: np.float32, centre: np.float32, is_squared: bool) -> np.float32:
    """A value, or its squared distance from the centre; zero where there is none."""
    if is_squared:
        distance = value - centre
        term = distance * distance
    else:
        term = value
    return term if value == value else np.float32(0)


@kernel
def _leaf(
    values: Values,
    first: int,
    count: int,
    centres: Array,
    is_squared: bool,
    strands: Array,
    found: Array,
) -> None:
    """Add up to 128 rows into the first strand, and count their values while they are at hand.

    Eight rows go at once, one into each strand; strands and counts lie one behind the other.
    """
    width, eight = values.shape[1], len(strands)
    cells = values[first : first + count].reshape(count * width)
    if len(found):
        for begin in range(0, len(cells), eight):
            some = cells[begin : begin + eight]
            for cell in range(len(some)):
                found[cell] += np.int32(some[cell] == some[cell])
    if count < 8:
        strands[:width] = np.float32(0)
        whole = 0
    else:
        for cell in range(eight):
            strands[cell] = _term(cells[cell], centres[cell], is_squared)
        whole = count - count % 8
        for begin in range(eight, whole * width, eight):
            some = cells[begin : begin + eight]
            for cell in range(len(some)):
                strands[cell] += _term(some[cell], centres[cell], is_squared)
        _join(strands, width)
    for row in range(whole, count):
        some = cells[row * width : (row + 1) * width]
        for column in range(width):
            strands[column] += _term(some[column], centres[column], is_squared)


@kernel
def _join(strands: Array, width: int) -> None:
    """Add all strands into the first."""
    rows = strands.reshape(8, width)
    for column in range(width):
        low = (rows[0, column] + rows[1, column]) + (rows[2, column] + rows[3, column])
        high = (rows[4, column] + rows[5, column]) + (rows[6, column] + rows[7, column])
        rows[0, column] = low + high


@kernel
def pairwise_sums(
    values: Values,
    first: int,
    last: int,
    centre: Array,
    is_squared: bool,
    sums: Array,
    found: Array,
) -> None:
    """Add the rows from `first` to before `last`, each column as NumPy adds a contiguous one.

    Args:
        values: float32, shape (rows, columns).
        first: A row.
        last: Another.
        centre: Shape (columns,), read where distances from it are squared before they are added.
        is_squared: Whether they are.
        sums: Filled; float32, shape (columns,).
        found: How many values there are is added to it; int32, shape (columns,), or (0,) where
            nobody asks.
    """
    width = values.shape[1]
    depth, row = _depth(last - first), first
    strands, centres = np.empty(ROWS_AT_ONCE * width, np.float32), repeated(centre)
    counted = np.zeros(ROWS_AT_ONCE * len(found), np.int32)
    done, added = np.empty((depth, width), np.float32), 0
    waiting, left = np.empty(2 * depth, np.int64), 1
    waiting[0] = last - first
    # NumPy's recursion by hand, since numba cannot load one from its cache.
    while left:
        left -= 1
        count = waiting[left]
        if count == _ADD:
            added -= 1
            for column in range(width):
                done[added - 1, column] += done[added, column]
        elif count > LEAF:
            half = first_half(count)
            waiting[left], waiting[left + 1], waiting[left + 2] = _ADD, count - half, half
            left += 3
        else:
            _leaf(values, row, count, centres, is_squared, strands, counted)
            done[added, :] = strands[:width]
            row, added = row + count, added + 1
    for column in range(width):
        sums[column] = done[0, column] + np.float32(0)
    for cell in range(len(counted)):
        found[cell % width] += counted[cell]


@kernel
def first_half(count: int) -> int:
    """How many of more than 128 rows NumPy adds up before it adds the others."""
    half = count // 2
    return half - half % 8


@kernel
def _depth(count: int) -> int:
    """More than how often a number of rows is halved."""
    depth = 2
    while count > LEAF:
        count = count // 2 + 8
        depth += 1
    return depth


@kernel
def running_sums(
    values: Values, first: int, last: int, centre: Array, is_squared: bool, sums: Array
) -> None:
    """As `pairwise_sums`, uncounted, but each column is added from its first row to its last."""
    sums[:] = np.float32(0)
    for row in range(first, last):
        for column in range(values.shape[1]):
            sums[column] += _term(values[row, column], centre[column], is_squared)


@kernel
def counts(values: Values, first: int, last: int, found: Array) -> None:
    """Count the values that are there; `found` is filled, int32, shape (columns,)."""
    found[:] = 0
    for row in range(first, last):
        for column in range(values.shape[1]):
            found[column] += np.int32(values[row, column] == values[row, column])
