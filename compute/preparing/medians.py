"""Medians of long columns, and of their absolute deviations, without sorting them.

A sample of rows brackets the median of each column. One pass over all rows counts what lies below
the bracket and keeps what lies in it, so that the middle is looked for among a few values. Where
a bracket turns out to miss, the column is left to NumPy.
"""

from collections.abc import Sequence

import numpy as np

from compute.engine.compiled import kernel
from compute.preparing.table import Values
from domain.arrays import Array

_SAMPLE = 8192
_WIDTH = 3.0
"""Standard errors of the sample's median that a bracket reaches to either side."""


def column_medians(values: Values, centre: Array | None = None) -> Array:
    """The median of each column, or of its absolute distances from a centre, leaving out NaN.

    Args:
        values: float32, shape (rows, columns).
        centre: float32, shape (columns,).

    Returns:
        float32, shape (columns,); NaN where a column is empty. Of two middle values it is half
        the sum, in float32.

    Source:
        `numpy.nanmedian`, whose bits these are, but for values above half of float32's largest,
        whose medians it may let overflow.
    """
    columns = values.shape[1]
    is_distance = centre is not None
    middle = np.zeros(columns, np.float32) if centre is None else centre
    low, high = _brackets(values, middle, is_distance)
    kept = np.empty((columns, int(len(values) * _WIDTH / _SAMPLE**0.5) + _SAMPLE), np.float32)
    tally = np.zeros((5, columns), np.int32)
    _collect(values, middle, is_distance, low, high, tally, kept)
    medians = np.full(columns, np.nan, np.float32)
    for column in np.flatnonzero(tally[0]):
        median = _median(tally[:, column].tolist(), low[column], high[column], kept[column])
        if median is None:  # the bracket missed
            left = values[:, column]
            median = np.nanmedian(np.abs(left - middle[column]) if is_distance else left)
        medians[column] = median
    return medians


def _median(
    tally: Sequence[int], low: np.float32, high: np.float32, kept: Array
) -> np.float32 | None:
    """The median of a column by what was collected of it; None where that is too little."""
    count, below, to_low, inside, to_high = tally
    places = (count - 1) // 2, count // 2
    wanted = [place - to_low for place in places if to_low <= place < to_low + inside]
    if wanted:
        if inside > len(kept):
            return None
        kept[:inside].partition(wanted)
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


def _brackets(values: Values, middle: Array, is_distance: bool) -> tuple[Array, Array]:
    """Where the median lies but for bad luck: the least and the largest value it should have."""
    if len(values) <= _SAMPLE:
        infinite = np.full(len(middle), np.inf, np.float32)
        return -infinite, infinite
    rows = np.random.default_rng(0).integers(0, len(values), _SAMPLE)
    sample = values[np.sort(rows)]
    if is_distance:
        sample = np.abs(sample - middle)
    sample = np.sort(sample.T, axis=1)
    found = (~np.isnan(sample)).sum(axis=1)
    reach = _WIDTH / 2 * np.sqrt(found)
    last = np.maximum(found - 1, 0)
    places = (np.clip(found / 2 + side * reach, 0, last).astype(np.int64) for side in (-1, 1))
    low, high = (np.take_along_axis(sample, one[:, None], axis=1)[:, 0] for one in places)
    return low, high


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
        tally: Zeros, filled; int32, shape (5, columns): how many values there are, are below the
            lower end, at most the lower end, between the ends, and at most the upper end.
        kept: Filled, shape (columns, room), with the values between the ends; what there is no
            room for is counted only.
    """
    columns, room = values.shape[1], kept.shape[1]
    found, below, to_low, inside, to_high = tally[0], tally[1], tally[2], tally[3], tally[4]
    line = np.empty(columns, np.float32)
    # Few values lie in a bracket, so eight columns are asked at once whether any does.
    eights = np.zeros((columns + 7) // 8, np.int64)
    is_inside = eights.view(np.int8)
    for row in range(len(values)):
        for column in range(columns):
            line[column] = values[row, column] - middle[column]
        if is_distance:
            for column in range(columns):
                line[column] = abs(line[column])
        for column in range(columns):
            found[column] += np.int32(line[column] == line[column])
        for column in range(columns):
            below[column] += np.int32(line[column] < low[column])
        for column in range(columns):
            to_low[column] += np.int32(line[column] <= low[column])
        for column in range(columns):
            to_high[column] += np.int32(line[column] <= high[column])
        for column in range(columns):
            is_inside[column] = (line[column] > low[column]) & (line[column] < high[column])
        for eight in range(len(eights)):
            if eights[eight]:
                for column in range(8 * eight, min(8 * eight + 8, columns)):
                    if is_inside[column]:
                        if inside[column] < room:
                            kept[column, inside[column]] = line[column]
                        inside[column] += 1
