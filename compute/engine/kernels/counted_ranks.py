"""Ranks in trailing windows by comparing with every value of the window, 32 lanes at a time.

One pass goes back from today, row by row, and the counts are read where a window ends, so that
many windows cost as much as the longest. A comparison takes a small part of a nanosecond, since
the loop runs over a flat run of rows with all their lanes.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from compute.engine.compiled import kernel
from compute.engine.kernels.scratch import aligned, fits_float32

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Cells = npt.NDArray[Any]

LANES = 32
"""Lanes in a group: a constant, so that the compiler knows how far apart rows are."""

BACK = 5
"""Rows that are compared at once, while the count stays in a register; the windows of Alpha158 are
multiples of it."""

BLOCK_ROWS = 64
"""So few that a block and its counts stay next to the core."""

LOADED_ROWS = 256


@kernel
def rank_by_counting(x: Floats, lengths: Integers, which: Integers, outs: Cells) -> None:
    """Rank each value among those of its window, as `order_statistics.ranks` says.

    Args:
        x: Shape (rows, lanes), without infinities.
        lengths: Rows per window, at least 1, ascending.
        which: For each length, the member of `outs` that it fills.
        outs: Shape (windows, rows, lanes), float64 or float32.
    """
    loaded = max(LOADED_ROWS, lengths[-1])
    size = (loaded + lengths[-1]) * LANES
    seen = aligned(size, np.int32)
    if fits_float32(x):
        narrow = aligned(size, np.float32)
        for row in range(0, len(x), loaded):
            for lane in range(0, x.shape[1], LANES):
                _rank_block(x, row, lane, loaded, lengths, which, narrow, seen, outs)
    else:
        values = aligned(size, np.float64)
        for row in range(0, len(x), loaded):
            for lane in range(0, x.shape[1], LANES):
                _rank_block(x, row, lane, loaded, lengths, which, values, seen, outs)


@kernel
def _rank_block(
    x: Floats,
    row: int,
    lane: int,
    loaded: int,
    lengths: Integers,
    which: Integers,
    values: Cells,
    seen: Any,
    outs: Cells,
) -> None:
    """Rank some rows of a group of lanes; values begin with the longest window's past."""
    past = lengths[-1]
    end = min(row + loaded, len(x))
    _load(x, row - past, end, lane, values, seen)
    twice = aligned(BLOCK_ROWS * LANES, np.int32)
    for first in range(row, end, BLOCK_ROWS):
        rows = min(BLOCK_ROWS, end - first)
        counted = 0
        twice[:] = 0
        for k in range(len(lengths)):
            _compare(values, first - row + past, rows, counted, lengths[k], np.int32(1), twice)
            counted = lengths[k]
            for today in range(rows):
                at = first + today - row + past
                _write(
                    values, seen, twice, at, today, counted, x, outs, which[k], first + today, lane
                )


@kernel
def _load(x: Floats, begin: int, end: int, first: int, values: Cells, seen: Any) -> None:
    """Copy rows of a group, NaN where the tile has none, and number the values of each lane."""
    lanes = min(LANES, x.shape[1] - first)
    values[:] = np.nan
    count = np.zeros(LANES, np.int32)
    for row in range(begin, end):
        at = (row - begin) * LANES
        if row >= 0:
            _load_row(x, row, first, lanes, values, at, count)
        seen[at : at + LANES] = count


@kernel
def _load_row(
    x: Floats, row: int, first: int, lanes: int, values: Cells, at: int, count: Any
) -> None:
    source, target = x[row, first : first + lanes], values[at : at + lanes]
    for lane in range(lanes):
        target[lane] = source[lane]
    for lane in range(lanes):
        count[lane] += np.int32(source[lane] == source[lane])


@kernel
def _compare(
    values: Cells, today: int, rows: int, counted: int, length: int, one: Any, twice: Any
) -> None:
    """Go from one window's oldest row to the next window's.

    The 1 that is added is an argument, for a known 1 makes the compiler turn masks into numbers.
    """
    back = counted
    while back + BACK <= length:
        _compare_several(values, today, rows, back, one, twice)
        back += BACK
    while back < length:
        _compare_one(values, today, rows, back, one, twice)
        back += 1


@kernel
def _compare_several(values: Cells, today: int, rows: int, back: int, one: Any, twice: Any) -> None:
    """Add 2 for each smaller value and 1 for each equal one."""
    cells = rows * LANES
    now = values[today * LANES : today * LANES + cells]
    past = values[(today - back - BACK + 1) * LANES :][: cells + (BACK - 1) * LANES]
    for i in range(cells):
        value, count = now[i], twice[i]
        for k in range(BACK):
            other = past[i + k * LANES]
            count = count + one if other < value else count
            count = count + one if other <= value else count
        twice[i] = count


@kernel
def _compare_one(values: Cells, today: int, rows: int, back: int, one: Any, twice: Any) -> None:
    cells = rows * LANES
    now = values[today * LANES : today * LANES + cells]
    past = values[(today - back) * LANES :][:cells]
    for i in range(cells):
        count = twice[i]
        count = count + one if past[i] < now[i] else count
        count = count + one if past[i] <= now[i] else count
        twice[i] = count


@kernel
def _write(
    values: Cells,
    seen: Any,
    twice: Any,
    at: int,
    today: int,
    length: int,
    x: Floats,
    outs: Cells,
    k: int,
    row: int,
    first: int,
) -> None:
    lanes = min(LANES, x.shape[1] - first)
    out = outs[k, row, first : first + lanes]
    now = values[at * LANES :][:lanes]
    upto = seen[at * LANES :][:lanes]
    before = seen[(at - length) * LANES :][:lanes]
    doubled = twice[today * LANES :][:lanes]
    for lane in range(lanes):
        rank = (np.float64(doubled[lane]) + 1) / 2
        share = rank / np.float64(upto[lane] - before[lane])
        out[lane] = share if now[lane] == now[lane] else np.nan
