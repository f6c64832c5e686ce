"""Rolling skewness and excess kurtosis, to the bit of pandas 3.1.1.

Source: roll_skew and roll_kurt of pandas/_libs/window/aggregations.pyx, with the updates and
results of pandas/_libs/algos.pxd. Central sums of powers are measured from the window's first
value; a lane is summed anew when its mean has drifted from there, or when its sum of squares is
far below the square of the largest deviation that it ever took.
"""

from typing import TypeAlias

import numpy as np

from compute.engine.compiled import inlined, kernel
from compute.engine.kernels.blocks import BLOCK, Floats, Output

_QUANTITIES = 8
_COUNT, _MEAN, _ORIGIN, _SQUARES, _CUBES, _FOURTHS, _PEAK, _SUSPECT = (
    k * BLOCK for k in range(_QUANTITIES)
)

_Sums: TypeAlias = tuple[float, float, float, float, float, float, float]
"""The quantities of one lane, in this order, without the last."""

_LARGEST_ORIGIN = float(np.sqrt(np.finfo(np.float64).max))
_PEAK_LIMIT = float(np.finfo(np.float64).eps) / (float(np.finfo(np.float64).eps) * 1e3)
_DRIFT_LIMIT = 1.0 / 16.0


@kernel
def skew(x: Floats, window: int, out: Output) -> None:
    """Write the skewness of the last `window` rows of each lane, corrected for bias.

    Args:
        x: Shape (rows, lanes), without infinities; NaN is no observation.
        window: Rows; 0 takes all rows so far.
        out: Same shape; NaN where fewer than three observations are, or all are equal.

    Source:
        pandas.Series.rolling(window, min_periods=1).skew().
    """
    _roll(x, window, out, False)


@kernel
def kurt(x: Floats, window: int, out: Output) -> None:
    """Write the excess kurtosis of the last `window` rows of each lane, corrected for bias.

    Args:
        x: Shape (rows, lanes), without infinities; NaN is no observation.
        window: Rows; 0 takes all rows so far.
        out: Same shape; NaN where fewer than four observations are, or all are equal.

    Source:
        pandas.Series.rolling(window, min_periods=1).kurt().
    """
    _roll(x, window, out, True)


@inlined
def _doubtful(sums: _Sums) -> bool:
    """Whether the sums lost digits that a ratio of them needs, or are NaN."""
    _, mean, _, squares, cubes, fourths, peak = sums
    return (
        (squares != squares)
        | (cubes != cubes)
        | (fourths != fourths)
        | (mean * mean * _DRIFT_LIMIT > squares)
        | (peak * peak * _PEAK_LIMIT > squares)
    )


@inlined
def _add(value: float, sums: _Sums, fourth: bool) -> tuple[_Sums, bool]:
    """Sums after a value came, and whether to doubt them; NaN changes nothing."""
    count, mean, origin, squares, cubes, fourths, peak = sums
    comes = value == value
    if comes & (count == 0.0):
        # Deviations from a larger origin could overflow.
        origin = value if abs(value) < _LARGEST_ORIGIN else 0.0
    n = count + 1.0
    shifted = value - origin
    delta = shifted - mean
    step = delta / n
    term = delta * step * (n - 1.0)
    if fourth:
        inner = 6.0 * squares + term * (n * n - 3.0 * n + 3.0)
        more = fourths + step * (-4.0 * cubes + step * inner)
        fourths = more if comes else fourths
    deviation = abs(shifted - (mean + step))
    after = (
        n if comes else count,
        mean + step if comes else mean,
        origin,
        squares + term if comes else squares,
        cubes + step * (term * (n - 2.0) - 3.0 * squares) if comes else cubes,
        fourths,
        deviation if comes & (deviation > peak) else peak,
    )
    return after, comes & _doubtful(after)


@inlined
def _remove(value: float, sums: _Sums, fourth: bool) -> tuple[_Sums, bool]:
    """Sums after a value left, and whether to doubt them; NaN changes nothing."""
    count, mean, origin, squares, cubes, fourths, peak = sums
    leaves = value == value
    n = count - 1.0
    empty = leaves & (n == 0.0)
    shifted = value - origin
    delta = shifted - mean
    step = delta / n
    term = step * delta * (n + 1.0)
    if fourth:
        inner = 6.0 * squares - term * (n * n + 3.0 * n + 3.0)
        less = fourths + step * (4.0 * cubes + step * inner)
        fourths = 0.0 if empty else (less if leaves else fourths)
    deviation = abs(shifted - (mean - step))
    fewer_cubes = cubes - step * (term * (n + 2.0) - 3.0 * squares)
    after = (
        n if leaves else count,
        0.0 if empty else (mean - step if leaves else mean),
        0.0 if empty else origin,
        0.0 if empty else (squares - term if leaves else squares),
        0.0 if empty else (fewer_cubes if leaves else cubes),
        fourths,
        0.0 if empty else (deviation if leaves & (deviation > peak) else peak),
    )
    return after, leaves & (not empty) & _doubtful(after)


@inlined
def _result(sums: _Sums, fourth: bool) -> float:
    n, _, _, squares, cubes, fourths, _ = sums
    if fourth:
        term = n * (n + 1.0) * (fourths / (squares * squares))
        correction = (n - 1.0) / ((n - 2.0) * (n - 3.0))
        return correction * (term - 3.0 * (n - 1.0)) if n > 3.0 else np.nan
    ratio = cubes / (squares * np.sqrt(squares))
    return ratio * (n * np.sqrt(n - 1.0) / (n - 2.0)) if n > 2.0 else np.nan


@inlined
def _keep(sums: _Sums, lane: int, state: Floats) -> None:
    count, mean, origin, squares, cubes, fourths, peak = sums
    state[_COUNT + lane] = count
    state[_MEAN + lane] = mean
    state[_ORIGIN + lane] = origin
    state[_SQUARES + lane] = squares
    state[_CUBES + lane] = cubes
    state[_FOURTHS + lane] = fourths
    state[_PEAK + lane] = peak


@kernel
def _roll(x: Floats, window: int, out: Output, fourth: bool) -> None:
    rows, lanes = x.shape
    span = min(window, rows) if window > 0 else rows
    nothing = np.full(BLOCK, np.nan)
    state = np.empty(_QUANTITIES * BLOCK)
    for first in range(0, lanes, BLOCK):
        last = min(first + BLOCK, lanes)
        state[:] = 0.0
        for row in range(rows):
            old = x[row - span, first:last] if row >= span else nothing[: last - first]
            results = out[row, first:last]
            if _step(old, x[row, first:last], state, results, fourth):
                begin = max(0, row + 1 - span)
                for lane in range(last - first):
                    if state[_SUSPECT + lane]:
                        values = x[begin : row + 1, first + lane]
                        results[lane] = _sum_anew(values, lane, state, fourth)


@kernel
def _step(old: Floats, new: Floats, state: Floats, out: Output, fourth: bool) -> int:
    """Let one row leave and another come; tell whether a lane is to be doubted."""
    doubts = 0
    for lane in range(min(len(new), BLOCK)):
        sums = (
            state[_COUNT + lane],
            state[_MEAN + lane],
            state[_ORIGIN + lane],
            state[_SQUARES + lane],
            state[_CUBES + lane],
            state[_FOURTHS + lane],
            state[_PEAK + lane],
        )
        sums, doubt = _remove(old[lane], sums, fourth)
        sums, doubt_too = _add(new[lane], sums, fourth)
        _keep(sums, lane, state)
        state[_SUSPECT + lane] = 1.0 if doubt | doubt_too else 0.0
        doubts |= int(doubt | doubt_too)
        out[lane] = _result(sums, fourth)
    return doubts


@kernel
def _sum_anew(values: Floats, lane: int, state: Floats, fourth: bool) -> float:
    """Set a lane's state from the values of its window alone, and give the result."""
    sums = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    for value in values:
        sums, _ = _add(value, sums, fourth)
    _keep(sums, lane, state)
    return _result(sums, fourth)
