"""Names sorted into equal groups by a signal, and what the groups earned."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from compute.analysis.kernels.grouping import count_entered, number_groups, sum_groups
from compute.analysis.kernels.sorting import PlaceArray
from compute.analysis.moments import defined_mean
from compute.analysis.ranks import Ordered
from compute.analysis.sections import Sections
from domain.arrays import Array, FloatArray
from domain.errors import BadInputError

MOST_QUANTILES = 100


@dataclass(frozen=True, slots=True)
class QuantileReturnFigures:
    """What one quantile earned: a mean over days, and how many name-days stand behind it."""

    quantile: int
    mean_return: float
    count: int


@dataclass(frozen=True, slots=True, eq=False)
class DailyQuantileReturns:
    """Mean return of each quantile on each day.

    `means` has shape (days, quantiles), fractions, lowest signal first, NaN where a quantile is
    empty; `counts` holds its names, same shape.
    """

    means: FloatArray
    counts: npt.NDArray[np.int64]


def assign_quantiles(
    signal: Ordered, returns: Array, sections: Sections, quantiles: int
) -> PlaceArray:
    """Number the quantile of each name within its day, 1 for the lowest signal.

    Args:
        signal: By row of the sections, in order.
        returns: By row; only names with a finite signal and a finite return take part.
        sections: Who belonged to the universe on which day.
        quantiles: Number of groups Q, from 1 to 100.

    Returns:
        max(1, ceil(Q * m / (n - 1))), with m the name's 0-based lowest place among n: ties stay
        together, so a quantile can be empty. 0 where a name does not take part, and on days
        with fewer than max(Q, 2) names. Shape (rows,).

    Raises:
        BadInputError: The number of quantiles is out of range.

    Source:
        pandas.qcut wherever that does not raise, but for names exactly on an edge that qcut's
        floating point misses; here edges are integers.
    """
    require_quantiles(quantiles)
    numbers = np.empty(len(sections), dtype=np.int32)
    number_groups(
        signal.values, signal.places, signal.counts, returns, sections.starts, quantiles, numbers
    )
    return numbers


def daily_quantile_returns(
    assigned: PlaceArray, returns: Array, sections: Sections, quantiles: int
) -> DailyQuantileReturns:
    """Average the returns of each quantile's names, equally weighted, day by day.

    Args:
        assigned: Quantile of each name from 1, 0 for none, by row of the sections.
        returns: Forward returns as fractions, by row; finite where a quantile is assigned.
        sections: Which rows are of which day.
        quantiles: Number of groups.
    """
    sums = np.empty((sections.days, quantiles))
    counts = np.empty((sections.days, quantiles), dtype=np.int64)
    sum_groups(assigned, returns, sections.starts, sums, counts)
    with np.errstate(invalid="ignore"):
        return DailyQuantileReturns(sums / counts, counts)


def quantile_returns(daily: DailyQuantileReturns) -> tuple[QuantileReturnFigures, ...]:
    """Mean over days of each quantile's mean return, lowest signal first.

    Days count alike however many names they have; NaN for a quantile that is always empty.

    Source:
        alphalens.performance.mean_return_by_quantile, demeaned=False.
    """
    return tuple(
        QuantileReturnFigures(number, defined_mean(means), int(counts.sum()))
        for number, (means, counts) in enumerate(
            zip(daily.means.T, daily.counts.T, strict=True), start=1
        )
    )


def long_short_return(daily: DailyQuantileReturns) -> float:
    """Mean over days of the top quantile's return minus the bottom's; not halved.

    Days on which either is empty are left out; NaN without any other.
    """
    return defined_mean(daily.means[:, -1] - daily.means[:, 0])


def turnover(assigned: PlaceArray, sections: Sections, quantile: int) -> float:
    """Mean share of a quantile's names that were not in it on the day before.

    Args:
        assigned: Quantile of each name from 1, 0 for none, by row of the sections.
        sections: Who belonged to the universe on which day, every trading day.
        quantile: The number of the quantile.

    Returns:
        A fraction in [0, 1]. Days count where the quantile has names on that day and on the day
        before; NaN where there is none.

    Source:
        alphalens.performance.quantile_turnover, period 1, on an index that has the trading
        calendar as its frequency.
    """
    sizes, entered = np.empty((2, sections.days), dtype=np.int64)
    count_entered(assigned, sections.earlier, sections.starts, quantile, sizes, entered)
    counted = (sizes[1:] > 0) & (sizes[:-1] > 0)
    return defined_mean(entered[1:][counted] / sizes[1:][counted])


def require_quantiles(quantiles: int) -> None:
    """Refuse a number of quantiles that sorts nothing."""
    if not 1 <= quantiles <= MOST_QUANTILES:
        raise BadInputError(
            f"{quantiles} quantiles cannot be formed; give 1 to {MOST_QUANTILES}.", "quantiles"
        )
