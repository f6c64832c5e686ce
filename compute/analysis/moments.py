"""Mean, spread and their ratios, undefined rather than infinite or made of rounding."""

import math

import numpy as np

from domain.arrays import FloatArray

# Equal numbers that were computed on different ways differ by a few units in the last place.
_ROUNDING = 8 * np.finfo(np.float64).eps


def defined_mean(values: FloatArray) -> float:
    """Average the numbers that are there.

    Args:
        values: Any shape; NaN where there is none.

    Returns:
        The arithmetic mean; NaN where every value is NaN or there are none.
    """
    present = values[~np.isnan(values)]
    return float(present.mean()) if present.size else math.nan


def sample_std(values: FloatArray) -> float:
    """Standard deviation of a sample (ddof 1).

    Args:
        values: Shape (n,), without NaN.

    Returns:
        Exactly 0.0 where the values differ by no more than rounding, so that a ratio over it is
        undefined instead of huge; NaN below two values or where one is not finite.
    """
    if values.size < 2 or not np.isfinite(values).all():
        return math.nan
    if np.ptp(values) <= _ROUNDING * np.abs(values).max():
        return 0.0
    return float(values.std(ddof=1))


def defined_ratio(numerator: float, denominator: float) -> float:
    """Divide; NaN where the denominator is 0 or the quotient is not a finite number."""
    if denominator == 0:
        return math.nan
    return finite(numerator / denominator)


def information_ratio(daily: FloatArray) -> float:
    """Mean over standard deviation (ddof 1) of the days that have a value, not annualised.

    NaN below two such days, or where they are all equal.

    Source:
        The ICIR of qlib.workflow.record_temp.SigAnaRecord.
    """
    present = daily[~np.isnan(daily)]
    return defined_ratio(defined_mean(present), sample_std(present))


def finite(value: float) -> float:
    """The number itself, NaN in place of an infinity."""
    return float(value) if math.isfinite(value) else math.nan
