"""Correlations of each day: of values, and of their ranks."""

import numpy as np

from compute.analysis.kernels.sorting import PlaceArray
from compute.engine.compiled import kernel
from domain.arrays import Array, FloatArray, RowArray


@kernel
def pearson(x: Array, y: Array, starts: RowArray, out: FloatArray) -> None:
    """Correlate the rows of each day that have both numbers.

    Args:
        x: By row; NaN or infinite where there is no value.
        y: The same.
        starts: Where days start.
        out: Is filled, by day: in [-1, 1], NaN below two pairs or where a side is constant.
    """
    widest = 0
    for day in range(len(out)):
        widest = max(widest, starts[day + 1] - starts[day])
    dx, dy = np.empty(widest), np.empty(widest)
    for day in range(len(out)):
        out[day] = _pearson(
            x[starts[day] : starts[day + 1]], y[starts[day] : starts[day + 1]], dx, dy
        )


@kernel
def _pearson(x: Array, y: Array, dx: FloatArray, dy: FloatArray) -> float:
    """One day's correlation. `dx` and `dy` are room for its numbers."""
    count = 0
    x_origin = y_origin = x_sum = y_sum = 0.0
    x_varies = y_varies = False
    for row in range(len(x)):
        if not (np.isfinite(x[row]) and np.isfinite(y[row])):
            continue
        if count == 0:
            x_origin, y_origin = np.float64(x[row]), np.float64(y[row])
        # Measured from the first value, a constant side is exactly 0: the rounding of its mean
        # cannot pass for a spread.
        dx[count], dy[count] = x[row] - x_origin, y[row] - y_origin
        x_sum += dx[count]
        y_sum += dy[count]
        x_varies |= dx[count] != 0
        y_varies |= dy[count] != 0
        count += 1
    if not (x_varies and y_varies):
        return np.nan
    return _coefficient(dx[:count], dy[:count], x_sum / count, y_sum / count)


@kernel
def _coefficient(x: FloatArray, y: FloatArray, x_mean: float, y_mean: float) -> float:
    xx = yy = xy = 0.0
    for row in range(len(x)):
        dx, dy = x[row] - x_mean, y[row] - y_mean
        xx += dx * dx
        yy += dy * dy
        xy += dx * dy
    return _clipped(xy / np.sqrt(xx * yy))


@kernel
def _clipped(correlation: float) -> float:
    """What rounding has put outside of [-1, 1] is put back; NaN stays."""
    if correlation > 1.0:
        return 1.0
    if correlation < -1.0:
        return -1.0
    return correlation


@kernel
def rank_correlation(
    x: Array,
    x_places: PlaceArray,
    x_counts: RowArray,
    y: Array,
    y_places: PlaceArray,
    y_counts: RowArray,
    starts: RowArray,
    out: FloatArray,
) -> None:
    """Correlate the ranks of the rows of each day that have both numbers.

    Ranks are taken among those rows, ties having the mean of theirs. Their distances from the
    mean rank, doubled, are whole numbers, so sums are exact.

    Args:
        x: By row; NaN or infinite where there is no value.
        x_places: The places of its values in order, day by day, as `read_keys` gives them.
        x_counts: How many they are, by day.
        y: As x.
        y_places: As those of x.
        y_counts: As those of x.
        starts: Where days start.
        out: Is filled, by day: in [-1, 1], NaN below two pairs or where a side is constant.
    """
    widest = 0
    for day in range(len(out)):
        widest = max(widest, starts[day + 1] - starts[day])
    x_ranks, y_ranks = np.empty(widest, np.int64), np.empty(widest, np.int64)
    for day in range(len(out)):
        start, stop = starts[day], starts[day + 1]
        one, other = x[start:stop], y[start:stop]
        count = _doubled_places(one, other, x_places[start : start + x_counts[day]], x_ranks)
        _doubled_places(other, one, y_places[start : start + y_counts[day]], y_ranks)
        xx = yy = xy = np.int64(0)
        for row in range(stop - start):
            if np.isfinite(one[row]) and np.isfinite(other[row]):
                dx, dy = x_ranks[row] - (count - 1), y_ranks[row] - (count - 1)
                xx += dx * dx
                yy += dy * dy
                xy += dx * dy
        if xx == 0 or yy == 0:
            out[day] = np.nan
        else:
            out[day] = _clipped(xy / np.sqrt(np.float64(xx) * np.float64(yy)))


@kernel
def _doubled_places(values: Array, others: Array, places: PlaceArray, doubled: RowArray) -> int:
    """The first and last place of each value's ties, from 0, added up; how many values count.

    Only values that have a finite other one count; `doubled` means nothing for the rest.
    """
    count = at = 0
    while at < len(places):
        first, begin, value = count, at, values[places[at]]
        while at < len(places) and values[places[at]] == value:
            if np.isfinite(others[places[at]]):
                count += 1
            at += 1
        for tied in range(begin, at):
            doubled[places[tied]] = first + count - 1
    return count


@kernel
def earlier_values(values: Array, earlier: RowArray, out: Array) -> None:
    """The value of the row that each row names; NaN where it names none by -1."""
    for row in range(len(values)):
        out[row] = values[earlier[row]] if earlier[row] >= 0 else np.nan
