"""Backtests side by side, on the days that all of them traded."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from compute.analysis.report import DailyReport
from domain.arrays import DateArray, FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Net returns of several backtests on shared days.

    Attributes:
        dates: Shape (days,), datetime64[D], ascending.
        cumulative: Running sums of the net returns from the first shared day, shape (days,
            backtests).
        correlation: Pearson's correlations of the daily net returns, shape (backtests,
            backtests); NaN where there are fewer than two days or either side is constant.
    """

    dates: DateArray
    cumulative: FloatArray
    correlation: FloatArray


def shared_days(days: Sequence[DateArray]) -> DateArray:
    """The days that all have, ascending."""
    return reduce(np.intersect1d, days)


def compare(reports: Sequence[DailyReport]) -> Comparison:
    """Put backtests side by side; at least one, with a day that all of them have."""
    dates = shared_days([report.dates for report in reports])
    net = np.column_stack([one.net_return[np.isin(one.dates, dates)] for one in reports])
    return Comparison(dates, np.cumsum(net, axis=0), _correlation(net))


def _correlation(net: FloatArray) -> FloatArray:
    first, second = np.triu_indices(net.shape[1])
    # Measured from the first day, a constant side is exactly 0, without the rounding of a mean.
    shifted = net.T - net[:1].T
    deviations = shifted - shifted.mean(axis=1, keepdims=True)
    deviations[~shifted.any(axis=1)] = 0.0
    x, y = deviations[first], deviations[second]
    matrix = np.empty((net.shape[1], net.shape[1]))
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt((x * x).sum(axis=1) * (y * y).sum(axis=1))
        matrix[first, second] = np.clip((x * y).sum(axis=1) / spread, -1.0, 1.0)
    matrix[second, first] = matrix[first, second]
    defined = np.isfinite(np.diagonal(matrix))
    matrix[np.diag_indices(len(matrix))] = np.where(defined, 1.0, np.nan)
    return matrix
