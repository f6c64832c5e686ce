"""Medians of long columns, and of their absolute deviations, without sorting them.

A sample of rows brackets the median of each column. One pass over all rows counts what lies below
the bracket and keeps what lies in it, so that the middle is looked for among a few values. Where
a bracket turns out to miss, the column is left to NumPy.
"""

from collections.abc import Sequence

import numpy as np

from compute.engine.compiled import inlined, kernel
from compute.preparing.cores import cores_for, share
from compute.preparing.lanes import ROWS_AT_ONCE, repeated
from compute.preparing.table import Values
from domain.arrays import Array

_SAMPLE = 4096
_INSIDE = 4
"""Where the number of values that were kept stands among the counts."""
_ONES = np.uint64(0x0101010101010101)
"""A one in each byte."""
_WIDTH = 3.0
"""Standard errors of the sample's median that a bracket reaches to either side."""


def sorted_sample(values: Values) -> Array:
    """Some values of each column, ascending, by which medians are looked for.

    Args:
        values: float32, shape (rows, columns).

    Returns:
        float32, shape (columns, size), the size being 0 for short columns, which need none.
    """
    if len(values) <= _SAMPLE:
        return np.empty((values.shape[1], 0), np.float32)
    rows = np.random.default_rng(0).integers(0, len(values), _SAMPLE)
    sample = np.ascontiguousarray(values[np.sort(rows)].T)
    cores = min(cores_for(sample.size), len(sample))
    share(len(sample), cores, lambda first, last: sample[first:last].sort(axis=1))
    return sample


def column_medians(
    values: Values, centre: Array | None = None, sample: Array | None = None
) -> Array:
    """The median of each column, or of its absolute distances from a centre, leaving out NaN.

    Args:
        values: float32, shape (rows, columns).
        centre: float32, shape (columns,).
        sample: That of the values, where it is known already.

    Returns:
        float32, shape (columns,); NaN where a column is empty. Of two middle values it is half
        the sum, in float32.

    Source:
        `numpy.nanmedian`, whose bits these are, but for values above half of float32's largest,
        whose medians it may let overflow.
    """
    columns, cores = values.shape[1], cores_for(values.size)
    is_distance = centre is not None
    middle = np.zeros(columns, np.float32) if centre is None else centre
    known = sorted_sample(values) if sample is None else sample
    low, high = _brackets(known, middle, is_distance)
    room = int(len(values) * _WIDTH / _SAMPLE**0.5) + _SAMPLE

    def collect(first: int, last: int) -> tuple[Array, Array]:
        tally, kept = np.zeros((5, columns), np.int64), np.empty((columns, room), np.float32)
        _collect(values[first:last], middle, is_distance, low, high, tally, kept)
        return tally, kept

    collected = share(len(values), cores, collect)
    tallies = np.sum([tally for tally, _ in collected], axis=0).T.tolist() if collected else []
    medians = np.full(columns, np.nan, np.float32)

    def look(first: int, last: int) -> None:
        for column, tally in enumerate(tallies[first:last], first):
            if not tally[0]:
                continue
            kept = np.concatenate(
                [room[column, : tally[_INSIDE, column]] for tally, room in collected]
            )
            median = _median(tally, low[column], high[column], kept)
            if median is None:  # the bracket missed
                left = values[:, column]
                median = np.nanmedian(np.abs(left - middle[column]) if is_distance else left)
            medians[column] = median

    share(columns, min(cores, columns), look)
    return medians


def _median(
    tally: Sequence[int], low: np.float32, high: np.float32, kept: Array
) -> np.float32 | None:
    """The median of a column by what was collected of it; None where that is too little."""
    count, below, to_low, to_high, inside = tally
    places = (count - 1) // 2, count // 2
    wanted = [place - to_low for place in places if to_low <= place < to_low + inside]
    if wanted:
        if inside > len(kept):
            return None
        kept.partition(wanted[-1])
        if wanted[0] < wanted[-1]:  # a second place to part at would take half as long again
            kept[wanted[0]] = kept[: wanted[-1]].max()
    values = []
    for place in places:
        if place < below or place >= to_high:
            return None
        if place < to_low:
            values.append(low)
        else:
            values.append(kept[place - to_low] if place < to_low + inside else high)
    with np.errstate(over="ignore", invalid="ignore"):
        return values[0] if count % 2 else (values[0] + values[1]) / np.float32(2)


def _brackets(sample: Array, middle: Array, is_distance: bool) -> tuple[Array, Array]:
    """Where the median lies but for bad luck: the least and the largest value it should have."""
    low, high = (np.full(len(middle), end, np.float32) for end in (-np.inf, np.inf))
    if not sample.size:
        return low, high

    def look(first: int, last: int) -> None:
        columns, ascending = slice(first, last), sample[first:last]
        if is_distance:
            distances = np.abs(ascending - middle[columns, np.newaxis])
            ascending = np.sort(distances, axis=1, kind="stable")  # is quick, they fall and rise
        low[columns], high[columns] = _bracket(ascending)

    with np.errstate(all="ignore"):
        share(len(middle), min(cores_for(sample.size), len(middle)), look)
    return low, high


def _bracket(ascending: Array) -> tuple[Array, Array]:
    found = (~np.isnan(ascending)).sum(axis=1)
    reach = _WIDTH / 2 * np.sqrt(found)
    last = np.maximum(found - 1, 0)
    places = (np.clip(found / 2 + side * reach, 0, last).astype(np.int64) for side in (-1, 1))
    low, high = (np.take_along_axis(ascending, one[:, None], axis=1)[:, 0] for one in places)
    return low, high


@inlined
def _term(value: np.float32, middle: np.float32, is_distance: bool) -> np.float32:
    distance = value - middle
    return abs(distance) if is_distance else distance


@kernel
def _collect(
    values: Values,
    middle: Array,
    is_distance: bool,
    low: Array,
    high: Array,
    tally: Array,
    kept: Array,
) -> None:
    """Count values against a bracket of each column, and keep those between its ends.

    Args:
        values: float32, shape (rows, columns).
        middle: Subtracted from values; shape (columns,), as all that follow.
        is_distance: Whether the sign of what is left is dropped.
        low: The lower end of each bracket.
        high: The upper end.
        tally: Zeros, filled; int64, shape (5, columns): how many values there are, are below the
            lower end, at most the lower end, at most the upper end, and between the ends.
        kept: Filled, shape (columns, room), with the values between the ends; what there is no
            room for is counted only.
    """
    columns, room, inside = values.shape[1], kept.shape[1], tally[_INSIDE]
    # Several rows go through as one, so that few columns are left over from the lanes of a vector.
    width = ROWS_AT_ONCE * columns
    middles, lows, highs = repeated(middle), repeated(low), repeated(high)
    of_column = repeated(np.arange(columns))
    # Four counts in one number, taken out before one of them overflows.
    packed, turns = np.zeros(width, np.uint32), 0
    # Few values lie in a bracket, so eight are asked at once whether any does.
    eights = np.zeros(columns * ROWS_AT_ONCE // 8, np.uint64)
    is_inside = eights.view(np.int8)
    flat = values.reshape(values.size)
    for first in range(0, len(flat), width):
        cells = flat[first : first + width]
        for cell in range(len(cells)):
            value = _term(cells[cell], middles[cell], is_distance)
            counts = np.uint32(value == value) | np.uint32(value < lows[cell]) << np.uint32(8)
            counts |= np.uint32(value <= lows[cell]) << np.uint32(16)
            counts |= np.uint32(value <= highs[cell]) << np.uint32(24)
            packed[cell] += np.uint32(counts)
        for cell in range(len(cells)):
            value = _term(cells[cell], middles[cell], is_distance)
            is_inside[cell] = (value > lows[cell]) & (value < highs[cell])
        is_inside[len(cells) :] = 0
        for eight in range(len(eights)):
            left = eights[eight]
            while left:
                # Those below the lowest one that is set are as many as there are bytes before it.
                before = (left - np.uint64(1)) & ~left & _ONES
                cell = 8 * eight + int((before * _ONES) >> np.uint64(56))
                left &= left - np.uint64(1)
                column = of_column[cell]
                if inside[column] < room:
                    kept[column, inside[column]] = _term(cells[cell], middles[cell], is_distance)
                inside[column] += 1
        turns += 1
        if turns == 255:
            _unpack(packed, tally)
            turns = 0
    _unpack(packed, tally)


@kernel
def _unpack(packed: Array, tally: Array) -> None:
    """Add what was counted to the tally, and begin again at zero."""
    for cell in range(len(packed)):
        for place in range(4):
            found = (packed[cell] >> np.uint32(8 * place)) & np.uint32(255)
            tally[place, cell % tally.shape[1]] += np.int64(found)
    packed[:] = 0
