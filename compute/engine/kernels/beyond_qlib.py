"""Rolling operators that Qlib lacks, one step a row however long the window.

Rows are cut into blocks as long as the window. A window then is the end of one block and the
beginning of the next, for which there is one number each: the blocks' ends are worked out backwards
when a block is full, the beginnings forwards as rows come. Nothing is ever taken out of a sum or a
product again, so that no error is carried along and a value of 1e12 leaves no trace.

A cell without a finite value takes no part; where none of a window does, the result is NaN. A
window of 0 is all rows up to today. `out` may not be `x`.
"""

import numpy as np
import numpy.typing as npt

from compute.engine.compiled import kernel

Tile = npt.NDArray[np.float64]
"""Shape (rows, lanes)."""


def product(x: Tile, window: int, out: Tile) -> None:
    """Multiply the values of the window.

    Where the product of some of them is beyond float64, so may be the result, or NaN next to a 0.
    """
    _product(x, _rows_of(window, x), out)


def decay_linear(x: Tile, window: int, out: Tile) -> None:
    """The linearly weighted mean: today weighs as much as the window has days, the oldest 1.

    A missing day's weight is left out of the sum of weights, too, and so are those of days before
    the first row. With a window of 0 the first row that has a value weighs 1.
    """
    if window == 0:
        _decay_of_all(x, out)
    else:
        _decay_linear(x, window, out)


def latest_max(x: Tile, window: int, out: Tile) -> None:
    """The day of the largest value: `window` is today, 1 is window - 1 days ago.

    Of equal values the most recent counts.

    Args:
        x: The values.
        window: At least 1, for without a length days have no such numbers.
        out: Where the days go.
    """
    _latest_extreme(x, window, 1.0, out)


def latest_min(x: Tile, window: int, out: Tile) -> None:
    """The day of the smallest value, as `latest_max`."""
    _latest_extreme(x, window, -1.0, out)


def _rows_of(window: int, x: Tile) -> int:
    return window if 0 < window < len(x) else max(1, len(x))


@kernel
def _product(x: Tile, window: int, out: Tile) -> None:
    rows, lanes = x.shape
    ends, counts = np.ones((window + 1, lanes)), np.zeros((window + 1, lanes), np.int64)
    begun, begun_count = np.ones(lanes), np.zeros(lanes, np.int64)
    for row in range(rows):
        place = row % window
        if place == 0:
            begun[:], begun_count[:] = 1.0, 0
        for lane in range(lanes):
            if np.isfinite(x[row, lane]):
                begun[lane] *= x[row, lane]
                begun_count[lane] += 1
            has_value = begun_count[lane] + counts[place + 1, lane] > 0
            out[row, lane] = ends[place + 1, lane] * begun[lane] if has_value else np.nan
        if place == window - 1:
            for back in range(window - 1, -1, -1):
                older = row - (window - 1) + back
                for lane in range(lanes):
                    is_finite = np.isfinite(x[older, lane])
                    factor = x[older, lane] if is_finite else 1.0
                    ends[back, lane] = ends[back + 1, lane] * factor
                    counts[back, lane] = counts[back + 1, lane] + is_finite


@kernel
def _decay_linear(x: Tile, window: int, out: Tile) -> None:
    """Of a block's end and beginning the weights rise from 1; the beginning is then lifted.

    Sums are of values, of weighted values, and the same of ones for the weights themselves.
    """
    rows, lanes = x.shape
    ends, weights = np.zeros((window + 1, lanes)), np.zeros((window + 1, lanes), np.int64)
    values, rising = np.zeros(lanes), np.zeros(lanes)
    counts, steps = np.zeros(lanes, np.int64), np.zeros(lanes, np.int64)
    for row in range(rows):
        place = row % window
        if place == 0:
            values[:], rising[:], counts[:], steps[:] = 0.0, 0.0, 0, 0
        lift = window - place - 1
        for lane in range(lanes):
            if np.isfinite(x[row, lane]):
                values[lane] += x[row, lane]
                rising[lane] += (place + 1) * x[row, lane]
                counts[lane] += 1
                steps[lane] += place + 1
            total = ends[place + 1, lane] + (rising[lane] + lift * values[lane])
            weight = weights[place + 1, lane] + steps[lane] + lift * counts[lane]
            out[row, lane] = total / weight if weight > 0 else np.nan
        if place == window - 1:
            values[:], counts[:] = 0.0, 0
            for back in range(window - 1, -1, -1):
                older = row - (window - 1) + back
                for lane in range(lanes):
                    if np.isfinite(x[older, lane]):
                        values[lane] += x[older, lane]
                        counts[lane] += 1
                    ends[back, lane] = ends[back + 1, lane] + values[lane]
                    weights[back, lane] = weights[back + 1, lane] + counts[lane]


@kernel
def _decay_of_all(x: Tile, out: Tile) -> None:
    rows, lanes = x.shape
    totals, weights = np.zeros(lanes), np.zeros(lanes, np.int64)
    ages = np.zeros(lanes, np.int64)
    for row in range(rows):
        for lane in range(lanes):
            is_finite = np.isfinite(x[row, lane])
            if is_finite or ages[lane] > 0:
                ages[lane] += 1
            if is_finite:
                totals[lane] += ages[lane] * x[row, lane]
                weights[lane] += ages[lane]
            out[row, lane] = totals[lane] / weights[lane] if weights[lane] > 0 else np.nan


@kernel
def _latest_extreme(x: Tile, window: int, sign: float, out: Tile) -> None:
    """Rows of the largest `sign * x`; -1 where there is none."""
    rows, lanes = x.shape
    ends, end_rows = np.empty((window + 1, lanes)), np.empty((window + 1, lanes), np.int64)
    begun, begun_rows = np.empty(lanes), np.empty(lanes, np.int64)
    ends[:], end_rows[:] = -np.inf, -1
    for row in range(rows):
        place = row % window
        if place == 0:
            begun[:], begun_rows[:] = -np.inf, -1
        for lane in range(lanes):
            value = sign * x[row, lane]
            if np.isfinite(value) and value >= begun[lane]:
                begun[lane], begun_rows[lane] = value, row
            is_begun = begun[lane] >= ends[place + 1, lane]
            latest = begun_rows[lane] if is_begun else end_rows[place + 1, lane]
            out[row, lane] = window - row + latest if latest >= 0 else np.nan
        if place == window - 1:
            ends[window], end_rows[window] = -np.inf, -1
            for back in range(window - 1, -1, -1):
                older = row - (window - 1) + back
                for lane in range(lanes):
                    value = sign * x[older, lane]
                    is_larger = np.isfinite(value) and value > ends[back + 1, lane]
                    ends[back, lane] = value if is_larger else ends[back + 1, lane]
                    end_rows[back, lane] = older if is_larger else end_rows[back + 1, lane]
