"""Rolling variance and standard deviation, to the bit of pandas 3.1.1.

Source: roll_var of pandas/_libs/window/aggregations.pyx. Mean and sum of squares follow each value
that comes and each that leaves (Welford, each with a compensation of its own); a lane whose sum of
squares lost nearly all its digits is summed anew.
"""

import numpy as np

from compute.engine.compiled import inlined, kernel
from compute.engine.kernels.blocks import BLOCK, Floats, Output

_COUNT, _MEAN, _SQUARES, _ADDED, _REMOVED, _SUSPECT = (k * BLOCK for k in range(6))
_CANCELLATION = float(np.finfo(np.float64).eps) * 1e3
"""A sum of squares that shrinks by more than this factor has hardly a digit left."""


@kernel
def var(x: Floats, window: int, out: Output) -> None:
    """Write the variance (ddof 1) of the last `window` rows of each lane.

    Args:
        x: Shape (rows, lanes), without infinities; NaN is no observation.
        window: Rows; 0 takes all rows so far.
        out: Same shape; NaN where fewer than two observations are.

    Source:
        pandas.Series.rolling(window, min_periods=1).var().
    """
    _roll(x, window, out, False)


@kernel
def std(x: Floats, window: int, out: Output) -> None:
    """Write the standard deviation (ddof 1) of the last `window` rows of each lane.

    Args:
        x: Shape (rows, lanes), without infinities; NaN is no observation.
        window: Rows; 0 takes all rows so far.
        out: Same shape; NaN where fewer than two observations are.

    Source:
        pandas.Series.rolling(window, min_periods=1).std().
    """
    _roll(x, window, out, True)


@inlined
def _add(
    value: float, count: float, mean: float, squares: float, carried: float
) -> tuple[float, float, float, float, bool]:
    """State after a value came, and whether it is to be doubted; NaN changes nothing."""
    comes = value == value
    more = count + 1.0
    shifted = value - carried
    delta = shifted - mean
    kept = delta + mean - shifted
    moved = mean + delta / more
    grown = squares + (value - (mean - carried)) * (value - moved)
    suspect = comes & (squares * _CANCELLATION > grown)
    return (
        more if comes else count,
        moved if comes else mean,
        grown if comes else squares,
        kept if comes else carried,
        suspect,
    )


@inlined
def _remove(
    value: float, count: float, mean: float, squares: float, carried: float
) -> tuple[float, float, float, float, bool]:
    """State after a value left, and whether it is to be doubted; NaN changes nothing."""
    leaves = value == value
    fewer = count - 1.0
    remains = leaves & (fewer != 0.0)
    shifted = value - carried
    delta = shifted - mean
    kept = delta + mean - shifted
    moved = mean - delta / fewer
    shrunk = squares - (value - (mean - carried)) * (value - moved)
    suspect = remains & (squares * _CANCELLATION > shrunk)
    return (
        fewer if leaves else count,
        moved if remains else (0.0 if leaves else mean),
        shrunk if remains else (0.0 if leaves else squares),
        kept if remains else carried,
        suspect,
    )


@inlined
def _result(count: float, squares: float, root: bool) -> float:
    variance = squares / (count - 1.0) if count > 1.0 else np.nan
    if root:
        return 0.0 if variance < 0.0 else np.sqrt(variance)
    return variance


@kernel
def _roll(x: Floats, window: int, out: Output, root: bool) -> None:
    rows, lanes = x.shape
    span = min(window, rows) if window > 0 else rows
    nothing = np.full(BLOCK, np.nan)
    state = np.empty(6 * BLOCK)
    for first in range(0, lanes, BLOCK):
        last = min(first + BLOCK, lanes)
        state[:] = 0.0
        for row in range(rows):
            new, results = x[row, first:last], out[row, first:last]
            old = x[row - span, first:last] if row >= span else nothing[: last - first]
            if _step(old, new, state, results, root):
                begin = max(0, row + 1 - span)
                for lane in range(last - first):
                    if state[_SUSPECT + lane]:
                        _sum_anew(x[begin : row + 1, first + lane], lane, state)
                        results[lane] = _result(state[_COUNT + lane], state[_SQUARES + lane], root)


@kernel
def _step(old: Floats, new: Floats, state: Floats, out: Output, root: bool) -> int:
    """Let one row leave and another come; tell whether a lane is to be doubted."""
    doubts = 0
    for lane in range(min(len(new), BLOCK)):
        count, mean, squares, removed, doubt = _remove(
            old[lane],
            state[_COUNT + lane],
            state[_MEAN + lane],
            state[_SQUARES + lane],
            state[_REMOVED + lane],
        )
        count, mean, squares, added, doubt_too = _add(
            new[lane], count, mean, squares, state[_ADDED + lane]
        )
        state[_COUNT + lane] = count
        state[_MEAN + lane] = mean
        state[_SQUARES + lane] = squares
        state[_ADDED + lane] = added
        state[_REMOVED + lane] = removed
        state[_SUSPECT + lane] = 1.0 if doubt | doubt_too else 0.0
        doubts |= int(doubt | doubt_too)
        out[lane] = _result(count, squares, root)
    return doubts


@kernel
def _sum_anew(values: Floats, lane: int, state: Floats) -> None:
    """Set a lane's state from the values of its window alone."""
    count = mean = squares = added = 0.0
    for value in values:
        count, mean, squares, added, _ = _add(value, count, mean, squares, added)
    state[_COUNT + lane] = count
    state[_MEAN + lane] = mean
    state[_SQUARES + lane] = squares
    state[_ADDED + lane] = added
    state[_REMOVED + lane] = 0.0
