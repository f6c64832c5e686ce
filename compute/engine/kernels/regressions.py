"""Regressions of a lane's last values on their positions, to the bit of Qlib 0.9.7.

Source: Slope, Rsquare and Resi of qlib/data/_libs/rolling.pyx and expanding.pyx, which keep the
same sums. A rolling window has its newest row at position `window`, whatever it holds; an expanding
one counts positions from the lane's first row, which is 1.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from compute.engine.compiled import inlined, kernel
from compute.engine.kernels.blocks import BLOCK, Floats, Output

_QUANTITIES = 10
_COUNT, _X, _XX, _Y, _YY, _XY, _START, _SLOPE, _RSQUARE, _RESI = (
    k * BLOCK for k in range(_QUANTITIES)
)

_Sums: TypeAlias = tuple[float, float, float, float, float, float]
"""Count, positions, their squares, values, their squares, and products, of one lane."""


@kernel
def regressions(
    x: Floats,
    window: int,
    starts: npt.NDArray[np.int64],
    slope: Output,
    rsquare: Output,
    resi: Output,
) -> None:
    """Write slope, R squared and last residual of each lane's regression on positions.

    An infinity makes its lane NaN from there on, as in Qlib.

    Args:
        x: Shape (rows, lanes); NaN is no observation, but takes a position.
        window: Rows; 0 takes all rows since the lane's start.
        starts: The row of each lane's first position, shape (lanes,); read where window is 0.
        slope: Shape (rows, lanes), per position. Of fewer than two observations it is a rounding
            error over zero: NaN or infinite.
        rsquare: Same shape. Of equal observations it is rounding error over rounding error: NaN or
            anything; Qlib then blanks what is flat, see `blank_flat`.
        resi: Same shape, in the unit of x; NaN also where the newest row has no observation.

    Source:
        rolling_slope, rolling_rsquare, rolling_resi and their expanding namesakes of qlib.
    """
    rows, lanes = x.shape
    nothing = np.full(BLOCK, np.nan)
    state = np.empty(_QUANTITIES * BLOCK)
    for first in range(0, lanes, BLOCK):
        last = min(first + BLOCK, lanes)
        state[:] = 0.0
        for lane in range(last - first):
            state[_START + lane] = starts[first + lane]
        for row in range(rows):
            new = x[row, first:last]
            if window <= 0:
                _grow(new, row + 1.0, state)
            elif row < window:
                _roll(nothing[: last - first], new, float(window), state)
            else:
                _roll(x[row - window, first:last], new, float(window), state)
            _copy(state, _SLOPE, slope[row, first:last])
            _copy(state, _RSQUARE, rsquare[row, first:last])
            _copy(state, _RESI, resi[row, first:last])


@inlined
def _with_value(value: float, position: float, sums: _Sums) -> _Sums:
    count, x, xx, y, yy, xy = sums
    comes = value == value
    return (
        count + 1.0 if comes else count,
        x + position if comes else x,
        xx + position * position if comes else xx,
        y + value if comes else y,
        yy + value * value if comes else yy,
        xy + position * value if comes else xy,
    )


@inlined
def _without_value(value: float, sums: _Sums) -> _Sums:
    """Sums after all positions moved back by one and the value at 0 left."""
    count, x, xx, y, yy, xy = sums
    leaves = value == value
    return (
        count - 1.0 if leaves else count,
        x - count,
        xx + count - 2.0 * x,
        y - value if leaves else y,
        yy - value * value if leaves else yy,
        xy - y,
    )


@inlined
def _keep(value: float, position: float, sums: _Sums, lane: int, state: Floats) -> None:
    """Keep a lane's sums, and the results that they give."""
    count, x, xx, y, yy, xy = sums
    state[_COUNT + lane] = count
    state[_X + lane] = x
    state[_XX + lane] = xx
    state[_Y + lane] = y
    state[_YY + lane] = yy
    state[_XY + lane] = xy
    products = count * xy - x * y
    squares = count * xx - x * x
    slope = products / squares
    correlation = products / np.sqrt(squares * (count * yy - y * y))
    intercept = y / count - slope * (x / count)
    state[_SLOPE + lane] = slope
    state[_RSQUARE + lane] = correlation * correlation
    state[_RESI + lane] = value - (slope * position + intercept)


@inlined
def _sums_at(lane: int, state: Floats) -> _Sums:
    return (
        state[_COUNT + lane],
        state[_X + lane],
        state[_XX + lane],
        state[_Y + lane],
        state[_YY + lane],
        state[_XY + lane],
    )


@kernel
def _roll(old: Floats, new: Floats, window: float, state: Floats) -> None:
    for lane in range(min(len(new), BLOCK)):
        value = new[lane]
        sums = _without_value(old[lane], _sums_at(lane, state))
        _keep(value, window, _with_value(value, window, sums), lane, state)


@kernel
def _grow(new: Floats, passed: float, state: Floats) -> None:
    for lane in range(min(len(new), BLOCK)):
        value = new[lane]
        position = passed - state[_START + lane]
        sums = _with_value(value, position, _sums_at(lane, state))
        _keep(value, position, sums, lane, state)


@kernel
def _copy(state: Floats, results: int, out: Output) -> None:
    for lane in range(min(len(out), BLOCK)):
        out[lane] = state[results + lane]
