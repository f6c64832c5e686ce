"""How alike two signals are, or a signal and what followed it, day by day across the names."""

from dataclasses import dataclass

import numpy as np

from compute.analysis.kernels.correlations import earlier_values, pearson, rank_correlation
from compute.analysis.moments import defined_mean
from compute.analysis.ranks import Ordered
from compute.analysis.sections import Sections
from domain.arrays import Array, FloatArray


@dataclass(frozen=True, slots=True)
class CorrelationFigures:
    """How alike two signals are over a period; NaN where no day has a correlation.

    `mean` is the mean of the daily correlations, `max_abs` the largest without its sign, `days`
    how many there are.
    """

    mean: float
    max_abs: float
    days: int


def daily_correlation(x: Array, y: Array, sections: Sections) -> FloatArray:
    """Correlate two signals, or a signal with later returns, day by day.

    Args:
        x: By row of the sections; NaN or infinite where there is no value.
        y: The same.
        sections: Who belonged to the universe on which day.

    Returns:
        Pearson's correlation over the members with both values finite, in float64, shape
        (days,), in [-1, 1]; NaN where they are fewer than two or either side is constant.

    Source:
        scipy.stats.pearsonr of each day's pairs; against returns, qlib.contrib.eva.alpha.calc_ic,
        its first series.
    """
    correlations = np.empty(sections.days)
    pearson(x, y, sections.starts, correlations)
    return correlations


def daily_rank_correlation(x: Ordered, y: Ordered, sections: Sections) -> FloatArray:
    """Correlate the ranks of a signal with those of later returns, day by day.

    NaN is as in `daily_correlation`. Ranks are taken among the members that have both; ties
    share the mean of their places.

    Source:
        Spearman's correlation; the second series of qlib.contrib.eva.alpha.calc_ic, and
        alphalens.performance.factor_information_coefficient.
    """
    correlations = np.empty(sections.days)
    rank_correlation(
        x.values, x.places, x.counts, y.values, y.places, y.counts, sections.starts, correlations
    )
    return correlations


def daily_autocorrelation(signal: Array, sections: Sections) -> FloatArray:
    """Correlate each day's signal with that of the day before.

    Args:
        signal: By row of the sections, which have every trading day.
        sections: Who belonged to the universe on which day.

    Returns:
        Pearson's correlation over names that are members with a finite signal on both days,
        shape (days,); NaN on the first day, and where such names are fewer than two or either
        side is constant.

    Source:
        qlib.contrib.eva.alpha.pred_autocorr.
    """
    before = np.empty_like(signal)
    earlier_values(signal, sections.earlier, before)
    return daily_correlation(signal, before, sections)


def correlation_figures(daily: FloatArray) -> CorrelationFigures:
    """Sum up daily correlations, NaN where a day has none."""
    present = daily[~np.isnan(daily)]
    largest = float(np.abs(present).max()) if present.size else np.nan
    return CorrelationFigures(defined_mean(daily), largest, int(present.size))
