"""Largest and smallest values of trailing windows, and where in its window the first of them is.

The extreme of 2**k rows is made of two extremes of 2**(k-1) rows, and that of any other window of
two that overlap, so the work grows with the logarithm of the window and runs over whole rows. A
minimum is the negated maximum of negated values, which changes no bit.

Source: pandas rolling max and min, and IdxMax and IdxMin of qlib.data.ops.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from compute.engine.compiled import kernel
from compute.engine.kernels.scratch import fits_float32

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Cells = npt.NDArray[Any]
"""Of some number type; flat, all lanes of one row after those of another, unless it says more."""

BLOCK_ROWS = 256
"""So few that a block of them stays near the core."""


@kernel
def maxima(x: Floats, windows: Integers, outs: Cells) -> None:
    """Take the largest value of each window, NaN left out.

    Args:
        x: Shape (rows, lanes), without infinities.
        windows: Rows per window, fewer at the start; 0 is all rows so far.
        outs: Shape (windows, rows, lanes), float64 or float32, written whole; NaN where a window
            has no value.
    """
    _maxima_of_signed(x, 1.0, windows, outs)


@kernel
def minima(x: Floats, windows: Integers, outs: Cells) -> None:
    """Take the smallest value of each window, NaN left out; arguments as for `maxima`."""
    _maxima_of_signed(x, -1.0, windows, outs)


@kernel
def first_max(x: Floats, window: int, starts: Integers, out: Cells) -> None:
    """Number the first largest value of each window, 1 for its oldest row.

    Args:
        x: Shape (rows, lanes), without infinities.
        window: Rows per window, 0 for all; cut at each lane's start, where numbers begin.
        starts: The first row of each lane, shape (lanes,).
        out: Shape (rows, lanes), float64 or float32, written whole. A NaN in the window counts
            as its largest value; NaN where the window has nothing else.
    """
    first_maxima(x, np.full(1, window), starts, out.reshape((1, *out.shape)))


@kernel
def first_min(x: Floats, window: int, starts: Integers, out: Cells) -> None:
    """Number the first smallest value of each window; all else as for `first_max`."""
    first_minima(x, np.full(1, window), starts, out.reshape((1, *out.shape)))


@kernel
def first_maxima(x: Floats, windows: Integers, starts: Integers, outs: Cells) -> None:
    """Do `first_max` for several windows at once; outs has shape (windows, rows, lanes)."""
    _first_of_signed(x, 1.0, windows, starts, outs)


@kernel
def first_minima(x: Floats, windows: Integers, starts: Integers, outs: Cells) -> None:
    """Do `first_min` for several windows at once; outs has shape (windows, rows, lanes)."""
    _first_of_signed(x, -1.0, windows, starts, outs)


@kernel
def _maxima_of_signed(x: Floats, sign: float, windows: Integers, outs: Cells) -> None:
    lengths = _lengths(windows, len(x))
    block = max(BLOCK_ROWS, 2 * lengths.max())
    shape = (2, min(len(x), block + lengths.max()) * x.shape[1])
    if fits_float32(x):
        narrow = np.empty(shape, np.float32)
        for row in range(0, len(x), block):
            _maxima_of_block(x, row, block, np.float32(sign), lengths, narrow, outs)
    else:
        best = np.empty(shape)
        for row in range(0, len(x), block):
            _maxima_of_block(x, row, block, sign, lengths, best, outs)


@kernel
def _lengths(windows: Integers, rows: int) -> Integers:
    lengths = np.minimum(windows, rows)
    lengths[windows == 0] = rows
    return lengths


@kernel
def _maxima_of_block(
    x: Floats, row: int, block: int, sign: Any, lengths: Integers, scratch: Cells, outs: Cells
) -> None:
    lanes = x.shape[1]
    end, begin = min(row + block, len(x)), max(0, row + 1 - lengths.max())
    cells, here = (end - begin) * lanes, (row - begin) * lanes
    best, doubled = scratch[0, :cells], scratch[1, :cells]
    _sign_values(x[begin:end].ravel(), sign, best)
    span = 1
    for k in np.argsort(lengths):
        while 2 * span <= lengths[k]:
            step = span * lanes
            doubled[:step] = best[:step]
            _take_larger(best[:-step], best[step:], doubled[step:])
            best, doubled = doubled, best
            span *= 2
        back = (lengths[k] - span) * lanes
        whole = max(here, back)
        out = outs[k, row:end].ravel()
        _write_larger(best[here:whole], best[here:whole], sign, out[: whole - here])
        _write_larger(best[whole - back :], best[whole:], sign, out[whole - here :])


@kernel
def _sign_values(x: Cells, sign: Any, best: Cells) -> None:
    for i in range(len(best)):
        best[i] = sign * x[i] if x[i] == x[i] else -np.inf


@kernel
def _take_larger(older: Cells, newer: Cells, larger: Cells) -> None:
    """Prefer the newer of two equal values, as pandas does: zeros have signs."""
    for i in range(len(larger)):
        larger[i] = older[i] if older[i] > newer[i] else newer[i]


@kernel
def _write_larger(older: Cells, newer: Cells, sign: Any, out: Cells) -> None:
    for i in range(len(out)):
        larger = older[i] if older[i] > newer[i] else newer[i]
        out[i] = sign * larger if larger > -np.inf else np.nan


@kernel
def _first_of_signed(
    x: Floats, sign: float, windows: Integers, starts: Integers, outs: Cells
) -> None:
    lengths, firsts = _lengths(windows, len(x)), starts.astype(np.int32)
    block = max(BLOCK_ROWS, 2 * lengths.max())
    shape = (2, min(len(x), block + lengths.max()) * x.shape[1])
    known, places = np.full((block + 1, x.shape[1]), -1, np.int32), np.empty(shape, np.int32)
    narrow = fits_float32(x)
    small = np.empty(shape if narrow else (2, 0), np.float32)
    best = np.empty((2, 0) if narrow else shape)
    for row in range(0, len(x), block):
        _find_known(x, row, known)
        if narrow:
            _first_of_block(x, row, np.float32(sign), lengths, firsts, small, places, known, outs)
        else:
            _first_of_block(x, row, sign, lengths, firsts, best, places, known, outs)


@kernel
def _find_known(x: Floats, first: int, known: Any) -> None:
    """Find the row of the latest value up to each row of a block; -1 before the first.

    The first row of `known` is that before the block.
    """
    known[0] = known[-1]
    for row in range(first, min(first + len(known) - 1, len(x))):
        here, before, latest = x[row], known[row - first], known[row - first + 1]
        for lane in range(len(here)):
            earlier = before[lane]
            latest[lane] = np.int32(row) if here[lane] == here[lane] else earlier


@kernel
def _first_of_block(
    x: Floats,
    row: int,
    sign: Any,
    lengths: Integers,
    starts: Any,
    values: Cells,
    places: Cells,
    known: Any,
    outs: Cells,
) -> None:
    lanes = x.shape[1]
    end, begin = min(row + len(known) - 1, len(x)), max(0, row + 1 - lengths.max())
    cells, here = (end - begin) * lanes, (row - begin) * lanes
    best, doubled = values[0, :cells], values[1, :cells]
    place, moved = places[0, :cells], places[1, :cells]
    _put_gaps_first(x[begin:end], begin, sign, starts, best, place)
    span = 1
    for k in np.argsort(lengths):
        while 2 * span <= lengths[k]:
            step = span * lanes
            doubled[:step] = best[:step]
            _take_first_larger(best[:-step], best[step:], doubled[step:])
            _take_place(best, place, 0, step, moved)
            best, doubled, place, moved = doubled, best, moved, place
            span *= 2
        _take_place(best, place, here, (lengths[k] - span) * lanes, moved)
        for today in range(row, end):
            numbered = moved[(today - begin) * lanes :]
            oldest = np.int32(today + 1 - lengths[k])
            _write_numbers(numbered, known[today - row + 1], oldest, starts, outs[k, today])


@kernel
def _put_gaps_first(x: Floats, begin: int, sign: Any, starts: Any, best: Cells, place: Any) -> None:
    """Let a gap win over all values, and rows before a lane's start lose against all."""
    lanes = x.shape[1]
    for row in range(len(x)):
        here, best_here = x[row], best[row * lanes : (row + 1) * lanes]
        for lane in range(lanes):
            gap = np.inf if begin + row >= starts[lane] else -np.inf
            best_here[lane] = sign * here[lane] if here[lane] == here[lane] else gap
        place[row * lanes : (row + 1) * lanes] = begin + row


@kernel
def _take_first_larger(older: Cells, newer: Cells, larger: Cells) -> None:
    for i in range(len(larger)):
        larger[i] = newer[i] if newer[i] > older[i] else older[i]


@kernel
def _take_place(best: Cells, place: Any, here: int, back: int, moved: Any) -> None:
    """Move to the place of the larger of two cells, `back` apart, from the cell `here` on."""
    whole = max(here, back)
    moved[here:whole] = place[here:whole]
    older, newer, out = best[whole - back :], best[whole:], moved[whole:]
    early_place, late_place = place[whole - back :], place[whole:]
    for i in range(len(out)):
        early, late = early_place[i], late_place[i]
        out[i] = late if newer[i] > older[i] else early


@kernel
def _write_numbers(place: Any, known: Any, oldest: Any, starts: Any, out: Cells) -> None:
    for lane in range(len(out)):
        start = starts[lane]
        first = oldest if oldest > start else start
        number = np.float64(np.int32(place[lane] - first + 1))
        out[lane] = number if known[lane] >= first else np.nan
