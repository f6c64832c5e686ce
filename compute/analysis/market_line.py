"""How the returns of a portfolio go with those of a benchmark."""

import math
from dataclasses import dataclass

import numpy as np

from compute.analysis.moments import defined_ratio, finite, sample_std
from domain.arrays import FloatArray


@dataclass(frozen=True, slots=True)
class MarketLine:
    """The line of least squares through daily returns over a benchmark's; NaN where undefined.

    `beta` is its slope; `alpha` is where it meets a benchmark that stands still, a fraction per
    year.
    """

    alpha: float
    beta: float


def market_line(net: FloatArray, benchmark: FloatArray, periods_per_year: int) -> MarketLine:
    """Fit daily returns by those of a benchmark.

    Args:
        net: Returns after cost as fractions, shape (n,).
        benchmark: Those of the benchmark, same shape.
        periods_per_year: N, what a year is taken to have.

    Returns:
        beta = cov(net, benchmark) / var(benchmark), both with ddof 1, and
        alpha = N * (mean(net) - beta * mean(benchmark)), so summed and not compounded, with a
        risk-free rate of 0. Both NaN below two days, where the benchmark does not move, or where
        a day is missing.

    Source:
        quantstats.stats.greeks; beta also as empyrical.beta.
    """
    spread = sample_std(benchmark)
    if math.isnan(spread) or np.isnan(net).any():
        return MarketLine(math.nan, math.nan)
    together = float((net - net.mean()) @ (benchmark - benchmark.mean())) / (net.size - 1)
    beta = defined_ratio(together, spread * spread)
    alpha = periods_per_year * (float(net.mean()) - beta * float(benchmark.mean()))
    return MarketLine(finite(alpha), beta)
