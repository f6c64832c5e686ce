"""How well a signal ranked the returns that followed it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from compute.analysis.correlation import (
    autocorrelation,
    comparable,
    daily_ic,
    daily_rank_ic,
)
from compute.analysis.moments import defined_mean, defined_ratio, sample_std
from compute.analysis.quantiles import (
    QuantileReturnFigures,
    assign_quantiles,
    daily_quantile_returns,
    long_short_return,
    quantile_returns,
    require_quantiles,
    turnover,
)
from compute.analysis.returns import forward_returns, require_horizon
from domain.arrays import BoolPanel, FloatArray, FloatPanel

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
class _Section:
    """The days of the period and the names that were members on one of them.

    `close` goes on behind the period as far as the longest horizon asks and the panel reaches.
    """

    signal: FloatPanel
    close: FloatPanel
    members: BoolPanel

    def returns(self, horizon_days: int) -> FloatPanel:
        return forward_returns(self.close, horizon_days)[: len(self.signal)]


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
        quantiles: Groups that names are sorted into, 1 to 100; the top one's turnover is told.
        period: The rows that are judged. Returns of its last days use the closes behind it where
            the panel has them; signals and members outside it are not looked at, so the first
            day has neither autocorrelation nor turnover.

    Raises:
        ValueError: The shapes differ, or the period has a step.
        BadInputError: The horizon or the number of quantiles is out of range.
    """
    require_quantiles(quantiles)
    section = _section(signal, close, members, period, horizon_days)
    returns = section.returns(horizon_days)
    ic = daily_ic(section.signal, returns, section.members)
    rank_ic = daily_rank_ic(section.signal, returns, section.members)
    valid = comparable(section.signal, returns, section.members)
    assigned = assign_quantiles(section.signal, valid, quantiles)
    by_quantile = daily_quantile_returns(assigned, returns, quantiles)
    return SignalEvaluationFigures(
        ic=defined_mean(ic),
        icir=information_ratio(ic),
        rank_ic=defined_mean(rank_ic),
        rank_icir=information_ratio(rank_ic),
        days=int(np.count_nonzero(~np.isnan(ic))),
        coverage=coverage(section.signal, section.members),
        autocorrelation=autocorrelation(section.signal, section.members),
        turnover=turnover(assigned, quantiles),
        quantile_returns=quantile_returns(by_quantile),
        long_short_return=long_short_return(by_quantile),
        daily_ic=ic,
        daily_rank_ic=rank_ic,
    )


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
    section = _section(signal, close, members, period, max(horizons_days, default=1))
    return tuple(_horizon_ic(section, horizon) for horizon in horizons_days)


def coverage(signal: FloatPanel, members: BoolPanel) -> float:
    """Mean over days with members of the share of them that have a finite signal."""
    belonging = members.sum(axis=1)
    present = (members & np.isfinite(signal)).sum(axis=1)
    some = belonging > 0
    return defined_mean(present[some] / belonging[some])


def information_ratio(daily: FloatArray) -> float:
    """Mean over standard deviation (ddof 1) of the days that have a value, not annualised.

    NaN below two such days, or where they are all equal.

    Source:
        The ICIR of qlib.workflow.record_temp.SigAnaRecord.
    """
    present = daily[~np.isnan(daily)]
    return defined_ratio(defined_mean(present), sample_std(present))


def _horizon_ic(section: _Section, horizon_days: int) -> HorizonIc:
    returns = section.returns(horizon_days)
    return HorizonIc(
        horizon_days,
        defined_mean(daily_ic(section.signal, returns, section.members)),
        defined_mean(daily_rank_ic(section.signal, returns, section.members)),
    )


def _section(
    signal: FloatPanel,
    close: FloatPanel,
    members: BoolPanel,
    period: slice,
    longest_horizon: int,
) -> _Section:
    if not signal.shape == close.shape == members.shape:
        raise ValueError(
            f"Signal, close and members have shapes {signal.shape}, {close.shape} and "
            f"{members.shape}; they must be equal."
        )
    require_horizon(longest_horizon)
    start, stop, step = period.indices(signal.shape[0])
    if step != 1:
        raise ValueError(f"The period {period} has a step; give one without.")
    stop = max(start, stop)
    names = members[start:stop].any(axis=0)
    reach = stop + 1 + longest_horizon
    return _Section(
        signal[start:stop, names], close[start:reach, names], members[start:stop, names]
    )
