"""Order statistics of windows of thousands of rows, lane by lane.

A lane is sorted once, and each value given its place among all of the lane. A binary indexed tree
(Fenwick, 1994) then counts which places are in the window: to let a value come or go, to count up
to a place and to find the n-th place takes as many steps as the number of rows has bits. Equal
values have their places in order of time, for zeros have signs and the oldest leaves first.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from compute.engine.compiled import kernel

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Cells = npt.NDArray[Any]


@kernel
def interpolate_placed(x: Floats, length: int, levels: Floats, halves: bool, outs: Cells) -> None:
    """Do what `sorted_windows.interpolate_sorted` does, for long windows."""
    for lane in range(x.shape[1]):
        values, places = _sort(x[:, lane])
        tree = np.zeros(len(values) + 1, np.int64)
        count = 0
        for row in range(len(x)):
            count += _move_window(tree, places, row, length)
            for k in range(len(levels)):
                if count == 0:
                    outs[k, row, lane] = np.nan
                else:
                    exact = levels[k] * (count - 1)
                    outs[k, row, lane] = _interpolate(tree, values, exact, halves)


@kernel
def rank_by_places(x: Floats, length: int, out: Cells) -> None:
    """Rank each value among those of its window, as `order_statistics.ranks` says.

    Args:
        x: Shape (rows, lanes), without infinities.
        length: Rows per window, at least 1.
        out: Shape (rows, lanes), float64 or float32.
    """
    for lane in range(x.shape[1]):
        values, places = _sort(x[:, lane])
        first, last = _ties(values)
        tree = np.zeros(len(values) + 1, np.int64)
        count = 0
        for row in range(len(x)):
            count += _move_window(tree, places, row, length)
            out[row, lane] = np.nan
            if places[row] > 0:
                smaller = _count_upto(tree, first[places[row]] - 1)
                not_larger = _count_upto(tree, last[places[row]])
                out[row, lane] = (smaller + 1 + not_larger) / 2 / count


@kernel
def _sort(lane: Floats) -> tuple[Floats, Integers]:
    """The values of a lane, sorted, and for each row its place among them from 1; 0 for NaN."""
    rows = np.flatnonzero(lane == lane)
    order = np.argsort(lane[rows], kind="mergesort")
    places = np.zeros(len(lane), np.int64)
    places[rows[order]] = np.arange(1, len(rows) + 1)
    return lane[rows][order], places


@kernel
def _ties(values: Floats) -> tuple[Integers, Integers]:
    """The first and the last place that have the same value, by place."""
    count = len(values)
    first, last = np.arange(count + 1), np.arange(count + 1)
    for place in range(2, count + 1):
        if values[place - 1] == values[place - 2]:
            first[place] = first[place - 1]
    for place in range(count - 1, 0, -1):
        if values[place - 1] == values[place]:
            last[place] = last[place + 1]
    return first, last


@kernel
def _move_window(tree: Integers, places: Integers, row: int, length: int) -> int:
    """Let a row come and the oldest go; return by how much the number of values changes."""
    change = 0
    if places[row] > 0:
        _add(tree, places[row], 1)
        change += 1
    if row >= length and places[row - length] > 0:
        _add(tree, places[row - length], -1)
        change -= 1
    return change


@kernel
def _add(tree: Integers, place: int, change: int) -> None:
    while place < len(tree):
        tree[place] += change
        place += place & -place


@kernel
def _count_upto(tree: Integers, place: int) -> int:
    count = 0
    while place > 0:
        count += tree[place]
        place -= place & -place
    return count


@kernel
def _find(tree: Integers, position: int) -> int:
    """The place of the value that has `position` values below it."""
    place, step = 0, 1
    while 2 * step < len(tree):
        step *= 2
    while step > 0:
        if place + step < len(tree) and tree[place + step] <= position:
            place += step
            position -= tree[place]
        step //= 2
    return place + 1


@kernel
def _interpolate(tree: Integers, values: Floats, exact: float, halves: bool) -> float:
    position = int(exact)
    low = float(values[_find(tree, position) - 1])
    if exact == position:
        return low
    high = float(values[_find(tree, position + 1) - 1])
    return (low + high) / 2 if halves else low + (high - low) * (exact - position)
