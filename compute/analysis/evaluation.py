"""How well a signal ranked the returns that followed it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from compute.analysis.correlation import (
    daily_autocorrelation,
    daily_correlation,
    daily_rank_correlation,
)
from compute.analysis.moments import defined_mean, information_ratio
from compute.analysis.quantiles import (
    QuantileReturnFigures,
    assign_quantiles,
    daily_quantile_returns,
    long_short_return,
    quantile_returns,
    require_quantiles,
    turnover,
)
from compute.analysis.ranks import Ordered, ordered
from compute.analysis.returns import forward_returns, require_horizon
from compute.analysis.sections import Sections
from domain.arrays import Array, BoolPanel, FloatArray, FloatPanel

WHOLE = slice(None)


@dataclass(frozen=True, slots=True, eq=False)
class SignalEvaluationFigures:
    """How a signal did over a period; NaN where a figure is undefined.

    `icir` and `rank_icir` are mean over standard deviation of the daily series, neither
    annualised nor corrected for the overlap of returns longer than a day. `days` counts the days
    that have an IC. `daily_ic` and `daily_rank_ic` have a value for each day of the period.
    """

    ic: float
    icir: float
    rank_ic: float
    rank_icir: float
    days: int
    coverage: float
    autocorrelation: float
    turnover: float
    quantile_returns: tuple[QuantileReturnFigures, ...]
    long_short_return: float
    daily_ic: FloatArray
    daily_rank_ic: FloatArray


@dataclass(frozen=True, slots=True)
class HorizonIc:
    """Mean IC and rank IC against the cumulative return of one horizon."""

    horizon_days: int
    ic: float
    rank_ic: float


@dataclass(frozen=True, slots=True, eq=False)
class Yardstick:
    """What signals are judged by: who was a member on which day, and what each earned later.

    `returns` are those of one horizon, by row of the sections, float32.
    """

    sections: Sections
    returns: Ordered


def yardstick(sections: Sections, close: FloatPanel, horizon_days: int) -> Yardstick:
    """What signals of some sections are judged by over one horizon.

    Args:
        sections: Who belonged to the universe on which day.
        close: Adjusted closes of the same instruments from the same first day on, shape
            (days, instruments). Closes behind the sections' days are used where there are any.
        horizon_days: Trading days that a return spans, at least 1.

    Raises:
        BadInputError: The horizon is below 1.
    """
    returns = sections.taken(forward_returns(close, horizon_days))
    return Yardstick(sections, ordered(returns, sections))


def judge(signal: Array, by: Yardstick, quantiles: int) -> SignalEvaluationFigures:
    """Judge a signal by the returns that followed it.

    Args:
        signal: By row of the yardstick's sections, unit-free; NaN where there is no value.
        by: Members and returns.
        quantiles: Groups that names are sorted into, 1 to 100; the top one's turnover is told.

    Raises:
        BadInputError: The number of quantiles is out of range.
    """
    sections, returns = by.sections, by.returns.values
    placed = ordered(signal, sections)
    ic = daily_correlation(placed.values, returns, sections)
    rank_ic = daily_rank_correlation(placed, by.returns, sections)
    assigned = assign_quantiles(placed, returns, sections, quantiles)
    by_quantile = daily_quantile_returns(assigned, returns, sections, quantiles)
    return SignalEvaluationFigures(
        ic=defined_mean(ic),
        icir=information_ratio(ic),
        rank_ic=defined_mean(rank_ic),
        rank_icir=information_ratio(rank_ic),
        days=int(np.count_nonzero(~np.isnan(ic))),
        coverage=coverage(placed, sections),
        autocorrelation=defined_mean(daily_autocorrelation(placed.values, sections)),
        turnover=turnover(assigned, sections, quantiles),
        quantile_returns=quantile_returns(by_quantile),
        long_short_return=long_short_return(by_quantile),
        daily_ic=ic,
        daily_rank_ic=rank_ic,
    )


def evaluate(
    signal: FloatPanel,
    close: FloatPanel,
    members: BoolPanel,
    horizon_days: int,
    quantiles: int,
    period: slice = WHOLE,
) -> SignalEvaluationFigures:
    """Judge a signal by the returns that followed it, over the days of a period.

    Args:
        signal: Shape (days, instruments), a row for each trading day, unit-free.
        close: Adjusted closes, same shape and rows.
        members: Who belonged to the universe on which day, same shape.
        horizon_days: Trading days that a return spans, at least 1.
        quantiles: As in `judge`.
        period: The rows that are judged. Returns of its last days use the closes behind it where
            the panel has them; signals and members outside it are not looked at, so the first
            day has neither autocorrelation nor turnover.

    Raises:
        ValueError: The shapes differ, or the period has a step.
        BadInputError: The horizon or the number of quantiles is out of range.
    """
    require_quantiles(quantiles)
    days = _days(signal, close, members, period)
    sections = Sections.of(members[days])
    by = yardstick(sections, close[days.start :], horizon_days)
    return judge(sections.taken(signal[days]), by, quantiles)


def decay(
    signal: FloatPanel,
    close: FloatPanel,
    members: BoolPanel,
    horizons_days: Sequence[int],
    period: slice = WHOLE,
) -> tuple[HorizonIc, ...]:
    """Judge a signal against the cumulative returns of several horizons, in the order asked.

    Arguments and errors are those of `evaluate`.
    """
    for horizon in horizons_days:
        require_horizon(horizon)
    days = _days(signal, close, members, period)
    sections = Sections.of(members[days])
    placed = ordered(sections.taken(signal[days]), sections)
    return tuple(
        horizon_ic(placed, yardstick(sections, close[days.start :], horizon), horizon)
        for horizon in horizons_days
    )


def coverage(signal: Ordered, sections: Sections) -> float:
    """Mean over days with members of the share of them that have a finite signal."""
    some = sections.sizes > 0
    return defined_mean(signal.counts[some] / sections.sizes[some])


def horizon_ic(signal: Ordered, by: Yardstick, horizon_days: int) -> HorizonIc:
    """Judge a signal against the returns of one horizon.

    Args:
        signal: In the order of each day, by row of the yardstick's sections.
        by: Members, and the returns of the horizon.
        horizon_days: The horizon, which is told with the figures.
    """
    return HorizonIc(
        horizon_days,
        defined_mean(daily_correlation(signal.values, by.returns.values, by.sections)),
        defined_mean(daily_rank_correlation(signal, by.returns, by.sections)),
    )


def _days(signal: FloatPanel, close: FloatPanel, members: BoolPanel, period: slice) -> slice:
    """The rows of a period, within the panels."""
    if not signal.shape == close.shape == members.shape:
        raise ValueError(
            f"Signal, close and members have shapes {signal.shape}, {close.shape} and "
            f"{members.shape}; they must be equal."
        )
    start, stop, step = period.indices(signal.shape[0])
    if step != 1:
        raise ValueError(f"The period {period} has a step; give one without.")
    return slice(start, max(start, stop))
