"""Rolling sums, means and counts, with the compensated summation of pandas."""

import numpy as np
import numpy.typing as npt

from compute.engine.compiled import inlined, kernel

Tile = npt.NDArray[np.float64]
Out = npt.NDArray[np.floating]

# Rows of the running state: what a window carries from one day to the next.
_SUM, _ADD_LOSS, _REMOVE_LOSS, _COUNT, _RUN, _LAST, _NEGATIVES = range(7)


@kernel
def total(x: Tile, window: int, out: Out) -> None:
    """Sum the values of the last `window` rows, as pandas' `rolling(window, 1).sum()`.

    Args:
        x: Shape (rows, lanes), no infinities.
        window: Rows, today's included; 0 for all there are.
        out: As `x`; NaN where a window has no value.
    """
    state, nothing = _started(x.shape[1])
    for row in range(x.shape[0]):
        if window == 1:
            _restart(state)
        _slide(state, _leaving(x, row, window, nothing), x[row])
        for lane in range(x.shape[1]):
            count = state[_COUNT, lane]
            is_constant = state[_RUN, lane] >= count
            result = state[_LAST, lane] * count if is_constant else state[_SUM, lane]
            out[row, lane] = result if count >= 1.0 else np.nan


@kernel
def mean(x: Tile, window: int, out: Out) -> None:
    """Average the values of the last `window` rows, as pandas' `rolling(window, 1).mean()`.

    Args:
        x: Shape (rows, lanes), no infinities.
        window: Rows, today's included; 0 for all there are.
        out: As `x`; NaN where a window has no value.
    """
    state, nothing = _started(x.shape[1])
    for row in range(x.shape[0]):
        if window == 1:
            _restart(state)
        leaving = _leaving(x, row, window, nothing)
        _slide(state, leaving, x[row])
        for lane in range(x.shape[1]):
            negatives = state[_NEGATIVES, lane] + _minus(x[row, lane]) - _minus(leaving[lane])
            state[_NEGATIVES, lane] = negatives
            count = state[_COUNT, lane]
            result = state[_SUM, lane] / count
            # Without a negative value a mean is none, whatever rounding left; nor the other way.
            result = 0.0 if (negatives == 0.0) & (result < 0.0) else result
            result = 0.0 if (negatives == count) & (result > 0.0) else result
            result = state[_LAST, lane] if state[_RUN, lane] >= count else result
            out[row, lane] = result if count >= 1.0 else np.nan


@kernel
def count(x: Out, window: int, out: Out) -> None:
    """Count the values of the last `window` rows, as pandas' `rolling(window, 1).count()`.

    Args:
        x: Shape (rows, lanes); infinities are values.
        window: Rows, today's included; 0 for all there are.
        out: As `x`; 0 where a window has no value.
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
def _started(lanes: int) -> tuple[Tile, Tile]:
    """A state that has seen nothing, and a row without values."""
    state = np.empty((7, lanes))
    _restart(state)
    return state, np.full(lanes, np.nan)


@kernel
def _restart(state: Tile) -> None:
    state[:] = 0.0
    state[_LAST] = np.nan


@kernel
def _leaving(x: Tile, row: int, window: int, nothing: Tile) -> Tile:
    """The values of the row that leaves the window; none while it fills."""
    is_full = (window > 1) & (row >= window)
    return x[row - window] if is_full else nothing


@kernel
def _slide(state: Tile, leaving: Tile, coming: Tile) -> None:
    """Let go of one row's values and take in another's; NaN changes nothing."""
    for lane in range(coming.shape[0]):
        value = leaving[lane]
        there = value == value
        before = state[_SUM, lane]
        corrected = -value - state[_REMOVE_LOSS, lane]
        after = before + corrected
        loss = after - before - corrected
        state[_REMOVE_LOSS, lane] = loss if there else state[_REMOVE_LOSS, lane]
        before = after if there else before
        gone = 1.0 if there else 0.0

        value = coming[lane]
        there = value == value
        corrected = value - state[_ADD_LOSS, lane]
        after = before + corrected
        loss = after - before - corrected
        state[_ADD_LOSS, lane] = loss if there else state[_ADD_LOSS, lane]
        state[_SUM, lane] = after if there else before
        state[_COUNT, lane] = state[_COUNT, lane] - gone + (1.0 if there else 0.0)
        run = state[_RUN, lane] + 1.0 if value == state[_LAST, lane] else 1.0
        state[_RUN, lane] = run if there else state[_RUN, lane]
        state[_LAST, lane] = value if there else state[_LAST, lane]


@inlined
def _minus(value: float) -> float:
    """1 for a value that bears a minus sign, zero among them; else 0."""
    return 1.0 if (value == value) & (np.copysign(1.0, value) < 0.0) else 0.0
