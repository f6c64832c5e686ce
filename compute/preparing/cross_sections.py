"""Steps by the mean of each day: scores of a cross-section, and gaps filled with its mean."""

import math

import numpy as np

from compute.engine.compiled import kernel
from compute.preparing.sums import counts, pairwise_sums, running_sums
from compute.preparing.table import Values
from domain.arrays import Array, RowArray


@kernel
def score(values: Values, starts: RowArray) -> None:
    """Subtract each day's mean and divide by its standard deviation (ddof 1), in place.

    A day with one value, or with equal ones, has none afterwards.

    Args:
        values: float32, shape (rows, columns).
        starts: Where each day's rows start, and the end.

    Source:
        Qlib's CSZScoreNorm on float32, whose bits these are: a mean of pairwise sums, and a
        deviation of running ones.
    """
    width = values.shape[1]
    mean, deviation = np.empty(width, np.float32), np.empty(width, np.float32)
    found = np.empty(width, np.int32)
    for day in range(len(starts) - 1):
        first, last = starts[day], starts[day + 1]
        _means(values, first, last, found, mean)
        _deviations(values, first, last, found, deviation)
        for row in range(first, last):
            for column in range(width):
                values[row, column] = (values[row, column] - mean[column]) / deviation[column]


@kernel
def fill_with_mean(values: Values, starts: RowArray) -> None:
    """Put each day's mean in place of missing values.

    A column that is empty on a day stays so. Arguments are those of `score`.

    Source:
        Qlib's CSZFillna on float32, whose bits these are.
    """
    width = values.shape[1]
    mean, found = np.empty(width, np.float32), np.empty(width, np.int32)
    for day in range(len(starts) - 1):
        first, last = starts[day], starts[day + 1]
        counts(values, first, last, found)
        if found.min() == last - first:
            continue
        _means(values, first, last, found, mean)
        for row in range(first, last):
            for column in range(width):
                value = values[row, column]
                values[row, column] = value if value == value else mean[column]


@kernel
def _means(values: Values, first: int, last: int, found: Array, mean: Array) -> None:
    """Fill in how many values there are, and their means."""
    found[:] = 0
    pairwise_sums(values, first, last, mean, False, mean, found)
    for column in range(values.shape[1]):
        mean[column] /= np.float32(found[column])


@kernel
def _deviations(values: Values, first: int, last: int, found: Array, deviation: Array) -> None:
    """Standard deviations as bottleneck takes them, and where one overflows, as pandas does."""
    width = values.shape[1]
    mean = np.empty(width, np.float32)
    running_sums(values, first, last, mean, False, mean)
    for column in range(width):
        mean[column] /= np.float32(found[column])
    running_sums(values, first, last, mean, True, deviation)
    is_overflown = False
    for column in range(width):
        if found[column] > 1:
            variance = deviation[column] / np.float32(found[column] - 1)
            deviation[column] = np.float32(math.sqrt(variance))
        else:
            deviation[column] = np.float32(np.nan)
        is_overflown |= math.isinf(deviation[column])
    if is_overflown:
        for column in range(width):
            deviation[column] = _wide_deviation(values, first, last, column)


@kernel
def _wide_deviation(values: Values, first: int, last: int, column: int) -> np.float32:
    """One standard deviation in float64."""
    total, found = 0.0, 0
    for row in range(first, last):
        value = values[row, column]
        if value == value:
            total += np.float64(value)
            found += 1
    if found < 2:
        return np.float32(np.nan)
    mean, squares = total / found, 0.0
    for row in range(first, last):
        value = values[row, column]
        if value == value:
            squares += (mean - np.float64(value)) ** 2
    return np.float32(math.sqrt(np.float32(squares / (found - 1))))
