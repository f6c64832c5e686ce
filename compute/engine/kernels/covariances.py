"""Rolling covariance and correlation, to the bit of pandas 3.1.1.

Source: roll_cov and roll_corr of pandas/_libs/window/aggregations.pyx, which keep the same sums:
of products and squares around running means, all of them measured from the window's first pair. A
lane with a sum far below the square of the largest deviation that it ever took is summed anew.
"""

from typing import TypeAlias

import numpy as np

from compute.engine.compiled import inlined, kernel
from compute.engine.kernels.blocks import BLOCK, Floats, Output

_QUANTITIES = 12
_COUNT, _PRODUCTS, _SUSPECT, _NEAR, _X, _Y = (k * BLOCK for k in (0, 1, 2, 3, 4, 8))
_MEAN, _ORIGIN, _SQUARES, _PEAK = (k * BLOCK for k in range(4))

_Side: TypeAlias = tuple[float, float, float, float]
"""Mean, origin, sum of squares and largest deviation of one side of the pairs."""

_CANCELLATION = float(np.finfo(np.float64).eps) * 1e3
_LARGEST_ORIGIN = float(np.sqrt(np.finfo(np.float64).max))
"""Deviations from a larger one could overflow."""

_SPLITTER = 2.0**27 + 1.0
_LEAST_EXACT = 1e-270
_FLAT = 2e-5


@kernel
def cov(x: Floats, y: Floats, window: int, out: Output) -> None:
    """Write the covariance (ddof 1) of the last `window` rows of each lane.

    Args:
        x: Shape (rows, lanes), without infinities.
        y: Same shape; a pair counts where both are numbers.
        window: Rows; 0 takes all rows so far.
        out: Same shape; NaN where fewer than two pairs are.

    Source:
        pandas.Series.rolling(window, min_periods=1).cov(other).
    """
    _roll(x, y, window, out, False, 0.0)


def corr(x: Floats, y: Floats, window: int, out: Output) -> None:
    """Write the correlation of the last `window` rows of each lane.

    Args:
        x: Shape (rows, lanes), without infinities.
        y: Same shape; a pair counts where both are numbers.
        window: Rows; 0 takes all rows so far.
        out: Same shape, in [-1, 1]; NaN where fewer than two pairs are or a side is constant.

    Source:
        pandas.Series.rolling(window, min_periods=1).corr(other). Qlib's Corr also blanks what is
        nearly constant: see `blank_flat`.
    """
    # Not compiled: a power whose exponent the compiler knows to be 1/2 becomes a square root, and
    # pandas has the power's bits (see _correlate).
    _roll(x, y, window, out, True, 0.5)


@kernel
def blank_flat(out: Output, spread: Floats) -> None:
    """Write NaN where a standard deviation is within 2e-5 of zero; where it is NaN, nothing.

    The distance is absolute: the unit of prices decides what is flat.

    Args:
        out: Shape (rows, lanes).
        spread: Standard deviations, same shape.

    Source:
        numpy.isclose(spread, 0, atol=2e-5) in Corr and Rsquare of qlib/data/ops.py.
    """
    rows, lanes = spread.shape
    for row in range(rows):
        for lane in range(lanes):
            out[row, lane] = np.nan if abs(spread[row, lane]) <= _FLAT else out[row, lane]


@inlined
def _with_value(value: float, comes: bool, count: float, side: _Side) -> tuple[_Side, float, float]:
    """A side as the value comes that makes it `count`; the value's distance from both means."""
    mean, origin, squares, peak = side
    if comes & (count == 1.0):
        origin = value if abs(value) < _LARGEST_ORIGIN else 0.0
    shifted = value - origin
    before = shifted - mean
    moved = mean + before / count
    after = shifted - moved
    grown = (
        moved if comes else mean,
        origin,
        squares + after * before if comes else squares,
        abs(after) if comes & (abs(after) > peak) else peak,
    )
    return grown, before, after


@inlined
def _without_value(
    value: float, leaves: bool, count: float, side: _Side
) -> tuple[_Side, float, float]:
    """A side as the value leaves that makes it `count`; the value's distance from both means."""
    mean, origin, squares, peak = side
    empty = leaves & (count == 0.0)
    shifted = value - origin
    before = shifted - mean
    moved = mean - before / count
    after = shifted - moved
    shrunk = (
        0.0 if empty else (moved if leaves else mean),
        0.0 if empty else origin,
        0.0 if empty else (squares - after * before if leaves else squares),
        0.0 if empty else (abs(after) if leaves & (abs(after) > peak) else peak),
    )
    return shrunk, before, after


@inlined
def _doubtful(products: float, x_side: _Side, y_side: _Side) -> bool:
    """Whether a sum shrank so far that it may be all rounding, or is NaN."""
    _, _, xx, peak_x = x_side
    _, _, yy, peak_y = y_side
    return (
        (products != products)
        | (xx != xx)
        | (yy != yy)
        | (peak_x * peak_y * _CANCELLATION > abs(products))
        | (peak_x * peak_x * _CANCELLATION > xx)
        | (peak_y * peak_y * _CANCELLATION > yy)
    )


@inlined
def _add(
    x: float, y: float, count: float, products: float, x_side: _Side, y_side: _Side
) -> tuple[float, float, _Side, _Side, bool]:
    """State after a pair came, and whether it is to be doubted; NaN changes nothing."""
    comes = (x == x) & (y == y)
    more = count + 1.0
    x_side, _, after = _with_value(x, comes, more, x_side)
    y_side, before, _ = _with_value(y, comes, more, y_side)
    products = products + after * before if comes else products
    suspect = comes & _doubtful(products, x_side, y_side)
    return more if comes else count, products, x_side, y_side, suspect


@inlined
def _remove(
    x: float, y: float, count: float, products: float, x_side: _Side, y_side: _Side
) -> tuple[float, float, _Side, _Side, bool]:
    """State after a pair left, and whether it is to be doubted; NaN changes nothing."""
    leaves = (x == x) & (y == y)
    fewer = count - 1.0
    empty = leaves & (fewer == 0.0)
    x_side, _, after = _without_value(x, leaves, fewer, x_side)
    y_side, before, _ = _without_value(y, leaves, fewer, y_side)
    products = 0.0 if empty else (products - after * before if leaves else products)
    suspect = leaves & (not empty) & _doubtful(products, x_side, y_side)
    return fewer if leaves else count, products, x_side, y_side, suspect


@inlined
def _side_at(place: int, state: Floats) -> _Side:
    return (
        state[_MEAN + place],
        state[_ORIGIN + place],
        state[_SQUARES + place],
        state[_PEAK + place],
    )


@inlined
def _keep(
    lane: int, state: Floats, count: float, products: float, x_side: _Side, y_side: _Side
) -> None:
    state[_COUNT + lane] = count
    state[_PRODUCTS + lane] = products
    mean, origin, squares, peak = x_side
    state[_X + _MEAN + lane] = mean
    state[_X + _ORIGIN + lane] = origin
    state[_X + _SQUARES + lane] = squares
    state[_X + _PEAK + lane] = peak
    mean, origin, squares, peak = y_side
    state[_Y + _MEAN + lane] = mean
    state[_Y + _ORIGIN + lane] = origin
    state[_Y + _SQUARES + lane] = squares
    state[_Y + _PEAK + lane] = peak


@kernel
def _roll(x: Floats, y: Floats, window: int, out: Output, correlates: bool, half: float) -> None:
    rows, lanes = x.shape
    span = min(window, rows) if window > 0 else rows
    nothing = np.full(BLOCK, np.nan)
    state = np.empty(_QUANTITIES * BLOCK)
    for first in range(0, lanes, BLOCK):
        last = min(first + BLOCK, lanes)
        state[:] = 0.0
        for row in range(rows):
            old_x = x[row - span, first:last] if row >= span else nothing[: last - first]
            old_y = y[row - span, first:last] if row >= span else nothing[: last - first]
            if _step(old_x, old_y, x[row, first:last], y[row, first:last], state):
                begin = max(0, row + 1 - span)
                for lane in range(last - first):
                    if state[_SUSPECT + lane]:
                        values = x[begin : row + 1, first + lane]
                        _sum_anew(values, y[begin : row + 1, first + lane], lane, state)
            if correlates:
                _correlate(state, out[row, first:last], half)
            else:
                _covary(state, out[row, first:last])


@kernel
def _step(old_x: Floats, old_y: Floats, new_x: Floats, new_y: Floats, state: Floats) -> int:
    """Let one row leave and another come; tell whether a lane is to be doubted."""
    doubts = 0
    for lane in range(min(len(new_x), BLOCK)):
        count, products = state[_COUNT + lane], state[_PRODUCTS + lane]
        x_side, y_side = _side_at(_X + lane, state), _side_at(_Y + lane, state)
        count, products, x_side, y_side, doubt = _remove(
            old_x[lane], old_y[lane], count, products, x_side, y_side
        )
        count, products, x_side, y_side, doubt_too = _add(
            new_x[lane], new_y[lane], count, products, x_side, y_side
        )
        _keep(lane, state, count, products, x_side, y_side)
        state[_SUSPECT + lane] = 1.0 if doubt | doubt_too else 0.0
        doubts |= int(doubt | doubt_too)
    return doubts


@kernel
def _sum_anew(x: Floats, y: Floats, lane: int, state: Floats) -> None:
    """Set a lane's state from the pairs of its window alone."""
    count = products = 0.0
    x_side = y_side = (0.0, 0.0, 0.0, 0.0)
    for row in range(len(x)):
        count, products, x_side, y_side, _ = _add(x[row], y[row], count, products, x_side, y_side)
    _keep(lane, state, count, products, x_side, y_side)


@kernel
def _covary(state: Floats, out: Output) -> None:
    for lane in range(min(len(out), BLOCK)):
        others = state[_COUNT + lane] - 1.0
        out[lane] = state[_PRODUCTS + lane] / others if others > 0.0 else np.nan


@inlined
def _clipped(correlation: float) -> float:
    below = 1.0 if correlation > 1.0 else correlation
    return -1.0 if below < -1.0 else below


@kernel
def _correlate(state: Floats, out: Output, half: float) -> None:
    """Write correlations over pow(product of squares, 1/2), as pandas does.

    In one of a thousand numbers that power is not the square root, which is the nearest to the
    exact root; but its error is below 0.53 of its last place. Where the exact root is within 0.46
    of a last place of the square root, both are therefore the same, and the slow power need not
    be called. How far the exact root is, the square of the root tells, taken in two halves such
    that nothing is rounded.
    """
    near = 0
    for lane in range(min(len(out), BLOCK)):
        xx, yy = state[_X + _SQUARES + lane], state[_Y + _SQUARES + lane]
        varies = (state[_COUNT + lane] > 0.0) & (xx != 0.0) & (yy != 0.0)
        product = xx * yy
        root = np.sqrt(product)
        split = root * _SPLITTER
        high = split - (split - root)
        low = root - high
        lack = product - high * high - 2.0 * high * low - low * low
        same = (root + lack * 0.54 / root == root) & (product > _LEAST_EXACT)
        state[_NEAR + lane] = 1.0 if varies & (not same) else 0.0
        near |= int(varies & (not same))
        out[lane] = _clipped(state[_PRODUCTS + lane] / root) if varies else np.nan
    if near:
        for lane in range(min(len(out), BLOCK)):
            if state[_NEAR + lane]:
                product = state[_X + _SQUARES + lane] * state[_Y + _SQUARES + lane]
                out[lane] = _clipped(state[_PRODUCTS + lane] / product**half)
