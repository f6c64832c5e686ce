"""Medians of long columns, and of their absolute deviations, without sorting them.

A sample of rows brackets the median of each column. One pass over all rows counts what lies below
the bracket and keeps what lies in it, so that the middle is looked for among a few values. Where
a bracket turns out to miss, the column is left to NumPy.
"""

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
        `numpy.nanmedian`, whose bits these are.
    """
    columns = values.shape[1]
    is_distance = centre is not None
    middle = np.zeros(columns, np.float32) if centre is None else centre
    low, high = _brackets(values, middle, is_distance)
    kept = np.empty((columns, int(len(values) * _WIDTH / _SAMPLE**0.5) + _SAMPLE), np.float32)
    found, below, inside = (np.zeros(columns, np.int32) for _ in range(3))
    _collect(values, middle, is_distance, low, high, found, below, inside, kept)
    medians = np.full(columns, np.nan, np.float32)
    for column in np.flatnonzero(found):
        count, place = found[column], found[column] // 2 - below[column]
        is_even = count % 2 == 0
        if is_even <= place < inside[column] <= kept.shape[1]:
            medians[column] = _middle(kept[column, : inside[column]], place, is_even)
        else:
            left = values[:, column]
            medians[column] = np.nanmedian(np.abs(left - middle[column]) if is_distance else left)
    return medians


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


def _middle(values: Array, place: int, is_even: bool) -> np.float32:
    """The median where `place` is that of the upper of two middle values, or of the only one."""
    values.partition(place)
    upper = values[place]
    if not is_even:
        return np.float32(upper)
    return np.float32((values[:place].max() + upper) / np.float32(2))


@kernel
def _collect(
    values: Values,
    middle: Array,
    is_distance: bool,
    low: Array,
    high: Array,
    found: Array,
    below: Array,
    inside: Array,
    kept: Array,
) -> None:
    """Count the values that are there, below a bracket and in it, and keep the last.

    What `kept` has no room for is counted only.
    """
    columns, room = values.shape[1], kept.shape[1]
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
            is_inside[column] = (line[column] >= low[column]) & (line[column] <= high[column])
        for eight in range(len(eights)):
            if eights[eight]:
                for column in range(8 * eight, min(8 * eight + 8, columns)):
                    if is_inside[column]:
                        if inside[column] < room:
                            kept[column, inside[column]] = line[column]
                        inside[column] += 1
