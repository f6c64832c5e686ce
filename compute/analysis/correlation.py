"""How alike two panels are, day by day across the names."""

import numpy as np
import numpy.typing as npt

from compute.analysis.moments import defined_mean
from compute.analysis.ranks import average_ranks
from domain.arrays import BoolPanel, FloatArray, FloatPanel


def daily_ic(signal: FloatPanel, returns: FloatPanel, members: BoolPanel) -> FloatArray:
    """Correlate a signal with later returns, day by day.

    Args:
        signal: Shape (days, instruments), unit-free.
        returns: Forward returns as fractions, same shape.
        members: Who belonged to the universe on which day, same shape.

    Returns:
        Pearson's correlation over the members with a finite signal and a finite return, shape
        (days,), in [-1, 1]; NaN where they are fewer than two or either side is constant.

    Raises:
        ValueError: The shapes differ.

    Source:
        qlib.contrib.eva.alpha.calc_ic, its first series.
    """
    return row_pearson(signal, returns, comparable(signal, returns, members))


def daily_rank_ic(signal: FloatPanel, returns: FloatPanel, members: BoolPanel) -> FloatArray:
    """Correlate the ranks of a signal with those of later returns, day by day.

    Arguments, NaN and errors are those of `daily_ic`. Ranks are taken among the names that have
    both; ties share the mean of their places.

    Source:
        Spearman's correlation; the second series of qlib.contrib.eva.alpha.calc_ic, and
        alphalens.performance.factor_information_coefficient.
    """
    valid = comparable(signal, returns, members)
    return row_pearson(average_ranks(signal, valid), average_ranks(returns, valid), valid)


def daily_autocorrelation(signal: FloatPanel, members: BoolPanel) -> FloatArray:
    """Correlate each day's signal with that of the row before.

    Args:
        signal: Shape (days, instruments), a row for each trading day.
        members: Who belonged to the universe on which day, same shape.

    Returns:
        Pearson's correlation over names that are members with a finite signal on both days,
        shape (days,); NaN on the first day, and where such names are fewer than two or either
        side is constant.

    Raises:
        ValueError: The shapes differ.

    Source:
        qlib.contrib.eva.alpha.pred_autocorr.
    """
    present = comparable(signal, signal, members)
    correlations = np.full(signal.shape[0], np.nan)
    correlations[1:] = row_pearson(signal[1:], signal[:-1], present[1:] & present[:-1])
    return correlations


def autocorrelation(signal: FloatPanel, members: BoolPanel) -> float:
    """Mean of `daily_autocorrelation` over the days that have one; NaN without any."""
    return defined_mean(daily_autocorrelation(signal, members))


def comparable(signal: FloatPanel, returns: FloatPanel, members: BoolPanel) -> BoolPanel:
    """Where a member has both: a finite signal and a finite return.

    Raises:
        ValueError: The shapes differ.
    """
    if not signal.shape == returns.shape == members.shape:
        raise ValueError(
            f"The panels have shapes {signal.shape}, {returns.shape} and {members.shape}; "
            "they must be equal."
        )
    return members & np.isfinite(signal) & np.isfinite(returns)


def row_pearson(x: FloatPanel, y: FloatPanel, valid: BoolPanel) -> FloatArray:
    """Pearson's correlation of each row of x with the same row of y.

    Args:
        x: Shape (rows, names).
        y: Same shape.
        valid: Which pairs take part, same shape; those must be finite.

    Returns:
        Shape (rows,), in [-1, 1]; NaN where a row has fewer than two pairs or either side is
        constant.

    Source:
        scipy.stats.pearsonr of each row's pairs, in float64.
    """
    if x.shape[1] == 0:
        return np.full(x.shape[0], np.nan)
    counts = valid.sum(axis=1)
    dx, x_varies = _deviations(x, valid, counts)
    dy, y_varies = _deviations(y, valid, counts)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        spread = np.sqrt(_row_products(dx, dx) * _row_products(dy, dy))
        correlations: FloatArray = np.clip(_row_products(dx, dy) / spread, -1.0, 1.0)
    correlations[~(x_varies & y_varies)] = np.nan
    return correlations


def _deviations(
    values: FloatPanel, valid: BoolPanel, counts: npt.NDArray[np.int64]
) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Distances from the row's mean, 0 where not valid, and whether a row varies at all.

    Measured from the row's first value, a constant row is exactly 0: the rounding of its mean
    cannot pass for a spread.
    """
    rows = np.arange(values.shape[0])
    origins = values[rows, valid.argmax(axis=1)].astype(np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        shifted: FloatArray = np.where(valid, values - origins[:, None], 0.0)
        means = shifted.sum(axis=1) / np.maximum(counts, 1)
        varies: npt.NDArray[np.bool_] = (shifted != 0).any(axis=1)
        return np.where(valid, shifted - means[:, None], 0.0), varies


def _row_products(x: FloatArray, y: FloatArray) -> FloatArray:
    products: FloatArray = np.einsum("ij,ij->i", x, y)
    return products
