"""Medians of long columns, and of their absolute deviations, without sorting them.

A sample of rows brackets the median of each column. One pass over all rows counts what lies below
the bracket and keeps what lies in it, so that the middle is looked for among a few values. Where
a bracket turns out to miss, the column is left to NumPy.
"""

from collections.abc import Sequence

import numpy as np

from compute.engine.compiled import inlined, kernel
from compute.preparing.cores import cores_for, share
from compute.preparing.table import Values
from domain.arrays import Array

_SAMPLE = 8192
_ROWS_AT_ONCE = 255
_INSIDE = 4
"""Where the number of values that were kept stands among the counts."""
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
    medians = np.full(columns, np.nan, np.float32)

    def look(first: int, last: int) -> None:
        for column in range(first, last):
            tally, kept = _of_column(collected, column)
            if not tally[0]:
                continue
            median = _median(tally, low[column], high[column], kept)
            if median is None:  # the bracket missed
                left = values[:, column]
                median = np.nanmedian(np.abs(left - middle[column]) if is_distance else left)
            medians[column] = median

    share(columns, min(cores, columns), look)
    return medians


def _of_column(collected: Sequence[tuple[Array, Array]], column: int) -> tuple[list[int], Array]:
    """What the cores have counted and kept of a column."""
    counted = [tally[:, column].tolist() for tally, _ in collected]
    kept = [
        room[column, : tally[_INSIDE]] for tally, (_, room) in zip(counted, collected, strict=True)
    ]
    whole = [sum(counts) for counts in zip(*counted, strict=True)] or [0] * (_INSIDE + 1)
    return whole, np.concatenate(kept) if kept else np.empty(0, np.float32)


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
        kept.partition(wanted)
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
    # Four counts of a column in one number: fewer rows than overflow one of them go at a time.
    packed = np.empty(columns, np.uint32)
    # Few values lie in a bracket, so eight columns are asked at once whether any does.
    eights = np.zeros((columns + 7) // 8, np.int64)
    is_inside = eights.view(np.int8)
    for begin in range(0, len(values), _ROWS_AT_ONCE):
        packed[:] = 0
        for row in range(begin, min(begin + _ROWS_AT_ONCE, len(values))):
            for column in range(columns):
                value = _term(values[row, column], middle[column], is_distance)
                counts = np.uint32(value == value) | np.uint32(value < low[column]) << np.uint32(8)
                counts |= np.uint32(value <= low[column]) << np.uint32(16)
                counts |= np.uint32(value <= high[column]) << np.uint32(24)
                packed[column] += np.uint32(counts)
            for column in range(columns):
                value = _term(values[row, column], middle[column], is_distance)
                is_inside[column] = (value > low[column]) & (value < high[column])
            for eight in range(len(eights)):
                if eights[eight]:
                    for column in range(8 * eight, min(8 * eight + 8, columns)):
                        if is_inside[column]:
                            if inside[column] < room:
                                value = _term(values[row, column], middle[column], is_distance)
                                kept[column, inside[column]] = value
                            inside[column] += 1
        for column in range(columns):
            for place in range(4):
                tally[place, column] += (packed[column] >> np.uint32(8 * place)) & np.uint32(255)
