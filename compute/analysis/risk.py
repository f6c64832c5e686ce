"""What a series of daily returns earned, and how roughly."""

import math
from dataclasses import dataclass

import numpy as np

from compute.analysis.moments import defined_mean, defined_ratio, finite, sample_std
from domain.arrays import FloatArray
from domain.errors import BadInputError
from domain.risk import AccumulationMode

_UNMOVED = 1e-12


@dataclass(frozen=True, slots=True)
class RiskFigures:
    """Return and risk of a daily series, as fractions; NaN where a figure is undefined."""

    mean: float
    std: float
    annualized_return: float
    information_ratio: float
    max_drawdown: float
    sortino: float
    calmar: float


@dataclass(frozen=True, slots=True)
class _Accumulation:
    """What depends on whether returns are added or compounded."""

    mean: float
    std: float
    annualized_return: float
    max_drawdown: float


def risk_analysis(
    returns: FloatArray, periods_per_year: int, mode: AccumulationMode
) -> RiskFigures:
    """Sum up a daily series of returns.

    Args:
        returns: Fractions (0.01 is 1 %), shape (n,).
        periods_per_year: N, what a year is taken to have; Qlib's own is 238.
        mode: SUM adds returns, PRODUCT compounds them.

    Returns:
        The figures of the mode; `sortino` is the same in both. NaN: everything for an empty
        series or one with a missing day; standard deviation and information ratio below two
        days; a ratio over 0 (information ratio without spread, Sortino without a loss, Calmar
        without a drawdown); whatever is not a finite number, as after losing more than all.

    Raises:
        BadInputError: periods_per_year is below 1.

    Source:
        qlib.contrib.evaluate.risk_analysis in both modes (running sums and products start with
        the first return, not with 0 or 1); quantstats.stats.sortino.
    """
    require_periods_per_year(periods_per_year)
    if returns.size == 0 or np.isnan(returns).any():
        return RiskFigures(*[math.nan] * 7)
    accumulate = _summed if mode is AccumulationMode.SUM else _compounded
    with np.errstate(all="ignore"):
        accumulation = accumulate(returns, periods_per_year)
    return RiskFigures(
        mean=finite(accumulation.mean),
        std=finite(accumulation.std),
        annualized_return=finite(accumulation.annualized_return),
        information_ratio=_annualized(accumulation.mean, accumulation.std, periods_per_year),
        max_drawdown=finite(accumulation.max_drawdown),
        sortino=sortino(returns, periods_per_year),
        calmar=defined_ratio(accumulation.annualized_return, abs(accumulation.max_drawdown)),
    )


def sharpe(net: FloatArray, periods_per_year: int) -> float:
    """Annualised mean over standard deviation (ddof 1) of returns, risk-free rate 0.

    NaN below two days, without spread, or where a day is missing.

    Source:
        quantstats.stats.sharpe.
    """
    return _annualized(_mean(net), sample_std(net), periods_per_year)


def sortino(returns: FloatArray, periods_per_year: int) -> float:
    """Annualised mean over downside deviation, the root of mean(min(r, 0) ** 2) over all days.

    NaN for an empty series, without a loss, or where a day is missing.

    Source:
        quantstats.stats.sortino.
    """
    if returns.size == 0:
        return math.nan
    downside = math.sqrt(float((np.minimum(returns, 0.0) ** 2).mean()))
    return _annualized(_mean(returns), downside, periods_per_year)


def win_rate(net: FloatArray) -> float:
    """Share of gaining days among those that moved by more than 1e-12; NaN if none did."""
    moved = np.count_nonzero(np.abs(net) > _UNMOVED)
    return defined_ratio(float(np.count_nonzero(net > _UNMOVED)), float(moved))


def running_drawdown(cumulative: FloatArray) -> FloatArray:
    """How far a running sum of returns stands below its highest value so far, 0 or less."""
    return cumulative - np.maximum.accumulate(cumulative)


def drawdown_curve(returns: FloatArray, mode: AccumulationMode) -> FloatArray:
    """How far returns stand below their highest so far on each day, as fractions, 0 or less.

    Args:
        returns: Fractions, shape (n,), without NaN.
        mode: SUM measures running sums by their distance, PRODUCT running products of 1 + r by
            their quotient less 1. Neither starts with a 0 or 1 before the first return, as in
            Qlib's risk_analysis, so a loss on the first day is no fall.
    """
    if mode is AccumulationMode.SUM:
        return running_drawdown(np.cumsum(returns))
    curve = np.cumprod(1 + returns)
    falls: FloatArray = curve / np.maximum.accumulate(curve) - 1
    return falls


def require_periods_per_year(periods_per_year: int) -> None:
    """Refuse a year without periods."""
    if periods_per_year < 1:
        raise BadInputError(
            f"A year cannot have {periods_per_year} periods; give 1 or more, such as 238 or 252.",
            "periodsPerYear",
        )


def _summed(returns: FloatArray, periods_per_year: int) -> _Accumulation:
    mean = _mean(returns)
    return _Accumulation(
        mean=mean,
        std=sample_std(returns),
        annualized_return=mean * periods_per_year,
        max_drawdown=float(drawdown_curve(returns, AccumulationMode.SUM).min()),
    )


def _compounded(returns: FloatArray, periods_per_year: int) -> _Accumulation:
    curve = np.cumprod(1 + returns)
    return _Accumulation(
        mean=float(np.power(curve[-1], 1 / returns.size) - 1),
        std=sample_std(np.log(1 + returns)),
        annualized_return=float(np.power(curve[-1], periods_per_year / returns.size) - 1),
        max_drawdown=float(drawdown_curve(returns, AccumulationMode.PRODUCT).min()),
    )


def _mean(returns: FloatArray) -> float:
    """The mean, NaN where a day is missing: a year cannot be told from part of it."""
    return defined_mean(returns) if not np.isnan(returns).any() else math.nan


def _annualized(mean: float, deviation: float, periods_per_year: int) -> float:
    return defined_ratio(mean, deviation) * math.sqrt(periods_per_year)
