"""The falls of a series of daily returns, each from a high until that high is reached again."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from compute.analysis.risk import drawdown_curve
from domain.arrays import BoolPanel, DateArray, FloatArray
from domain.risk import AccumulationMode


@dataclass(frozen=True, slots=True)
class Drawdown:
    """One fall. Lengths are in trading days.

    Attributes:
        start: The day of the high; the day after it is the first below.
        bottom: The deepest day, the first of equals.
        recovery: The first day at the height of `start` or above; None if there is none yet.
        depth: How deep it went, a fraction below 0.
        days_down: From `start` to `bottom`.
        days_up: From `bottom` to `recovery`; None if there is none yet.
        days: From `start` to `recovery`, or to the last day of the series.
    """

    start: date
    bottom: date
    recovery: date | None
    depth: float
    days_down: int
    days_up: int | None
    days: int


def drawdowns(
    returns: FloatArray, dates: DateArray, mode: AccumulationMode, most: int
) -> tuple[Drawdown, ...]:
    """The deepest falls of a series, which never overlap.

    Args:
        returns: Fractions, shape (n,).
        dates: Their days as datetime64[D], ascending, same shape.
        mode: Whether returns are added or compounded.
        most: How many to return.

    Returns:
        The deepest first, the earlier of equals first; the depth of the first is the
        `max_drawdown` of `risk_analysis`. None for a series with a missing day.

    Source:
        Start, bottom and recovery as peak, valley and recovery in pyfolio; quantstats'
        drawdown_details begins a day later, with the first day below.
    """
    if np.isnan(returns).any():
        return ()
    curve = drawdown_curve(returns, mode)
    found = [_drawdown(curve, dates, first, stop) for first, stop in _stretches(curve < 0)]
    return tuple(sorted(found, key=lambda one: one.depth)[:most])


def _stretches(is_below: BoolPanel) -> list[tuple[int, int]]:
    """First rows of the stretches below a high, and the rows after them, ascending."""
    edges = np.diff(np.concatenate([[False], is_below, [False]]).astype(np.int8))
    return list(zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True))


def _drawdown(curve: FloatArray, dates: DateArray, first: int, stop: int) -> Drawdown:
    high = first - 1  # the first day is a high itself, so there always is one
    bottom = first + int(np.argmin(curve[first:stop]))
    is_over = stop < len(curve)
    end = stop if is_over else len(curve) - 1
    return Drawdown(
        start=dates[high].item(),
        bottom=dates[bottom].item(),
        recovery=dates[stop].item() if is_over else None,
        depth=float(curve[bottom]),
        days_down=bottom - int(high),
        days_up=int(stop) - bottom if is_over else None,
        days=int(end) - int(high),
    )
