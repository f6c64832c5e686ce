"""Rolling sums, means and counts, to the bit of pandas 3.1.1.

Source: roll_sum and roll_mean of pandas/_libs/window/aggregations.pyx. A sum follows each value
that comes and each that leaves, each with a compensation of its own (Kahan). Where all values of a
window are the same, the result is made of that value instead, free of rounding.
"""

import numpy as np

from compute.engine.compiled import inlined, kernel
from compute.engine.kernels.blocks import BLOCK, Floats, Output

_SUM, _ADDED, _REMOVED, _COUNT, _RUN, _LAST, _NEGATIVES = (k * BLOCK for k in range(7))


@kernel
def total(x: Floats, window: int, out: Output) -> None:
    """Write the sum of the last `window` rows of each lane.

    Args:
        x: Shape (rows, lanes), without infinities; NaN is no observation.
        window: Rows; 0 takes all rows so far.
        out: Same shape; NaN where a window has no value.

    Source:
        pandas.Series.rolling(window, min_periods=1).sum().
    """
    _roll(x, window, out, False)


@kernel
def mean(x: Floats, window: int, out: Output) -> None:
    """Write the mean of the last `window` rows of each lane.

    Args:
        x: Shape (rows, lanes), without infinities; NaN is no observation.
        window: Rows; 0 takes all rows so far.
        out: Same shape; NaN where a window has no value.

    Source:
        pandas.Series.rolling(window, min_periods=1).mean().
    """
    _roll(x, window, out, True)


@kernel
def count(x: Output, window: int, out: Output) -> None:
    """Write how many of the last `window` rows of each lane have a value.

    Args:
        x: Shape (rows, lanes); infinities are values, NaN is none.
        window: Rows; 0 takes all rows so far.
        out: Same shape; 0 where a window has no value.

    Source:
        pandas.Series.rolling(window, min_periods=1).count().
    """
    rows, lanes = x.shape
    counts = np.zeros(lanes)
    for row in range(rows):
        if window and row >= window:
            for lane in range(lanes):
                counts[lane] -= 1.0 if x[row - window, lane] == x[row - window, lane] else 0.0
        for lane in range(lanes):
            counts[lane] += 1.0 if x[row, lane] == x[row, lane] else 0.0
            out[row, lane] = counts[lane]


@kernel
def _roll(x: Floats, window: int, out: Output, averages: bool) -> None:
    rows, lanes = x.shape
    if window == 1:
        # pandas begins anew where windows do not overlap, so that nothing is ever taken out.
        out[:] = x
        return
    nothing = np.full(BLOCK, np.nan)
    state = np.empty(7 * BLOCK)
    for first in range(0, lanes, BLOCK):
        last = min(first + BLOCK, lanes)
        state[:] = 0.0
        state[_LAST : _LAST + BLOCK] = np.nan
        for row in range(rows):
            is_full = (window > 0) & (row >= window)
            old = x[row - window, first:last] if is_full else nothing[: last - first]
            if averages:
                _step_mean(old, x[row, first:last], state, out[row, first:last])
            else:
                _step_total(old, x[row, first:last], state, out[row, first:last])


@inlined
def _added(value: float, comes: bool, sum_: float, carried: float) -> tuple[float, float]:
    """Sum and compensation after a value came, where one does."""
    corrected = value - carried
    grown = sum_ + corrected
    kept = grown - sum_ - corrected
    return grown if comes else sum_, kept if comes else carried


@inlined
def _slide(old: float, new: float, lane: int, state: Floats) -> tuple[float, float, float, bool]:
    """Sum, count and last value after one left and another came; whether all are that value."""
    leaves, comes = old == old, new == new
    sum_, removed = _added(-old, leaves, state[_SUM + lane], state[_REMOVED + lane])
    sum_, added = _added(new, comes, sum_, state[_ADDED + lane])
    count = state[_COUNT + lane] - (1.0 if leaves else 0.0) + (1.0 if comes else 0.0)
    run, last = state[_RUN + lane], state[_LAST + lane]
    run = (run + 1.0 if new == last else 1.0) if comes else run
    last = new if comes else last
    state[_SUM + lane] = sum_
    state[_REMOVED + lane] = removed
    state[_ADDED + lane] = added
    state[_COUNT + lane] = count
    state[_RUN + lane] = run
    state[_LAST + lane] = last
    return sum_, count, last, run >= count


@inlined
def _minus(value: float) -> float:
    """1 for a value that bears a minus sign, zero among them; else 0."""
    return 1.0 if (value == value) & (np.copysign(1.0, value) < 0.0) else 0.0


@kernel
def _step_total(old: Floats, new: Floats, state: Floats, out: Output) -> None:
    for lane in range(min(len(new), BLOCK)):
        sum_, count, last, is_constant = _slide(old[lane], new[lane], lane, state)
        result = last * count if is_constant else sum_
        out[lane] = result if count >= 1.0 else np.nan


@kernel
def _step_mean(old: Floats, new: Floats, state: Floats, out: Output) -> None:
    for lane in range(min(len(new), BLOCK)):
        sum_, count, last, is_constant = _slide(old[lane], new[lane], lane, state)
        negatives = state[_NEGATIVES + lane] + _minus(new[lane]) - _minus(old[lane])
        state[_NEGATIVES + lane] = negatives
        result = sum_ / count
        # Without a negative value a mean is none, whatever rounding left; nor the other way.
        result = 0.0 if (negatives == 0.0) & (result < 0.0) else result
        result = 0.0 if (negatives == count) & (result > 0.0) else result
        result = last if is_constant else result
        out[lane] = result if count >= 1.0 else np.nan
