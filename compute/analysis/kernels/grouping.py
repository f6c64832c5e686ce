"""Names of each day in groups by their place."""

import numpy as np

from compute.analysis.kernels.sorting import PlaceArray
from compute.engine.compiled import kernel
from domain.arrays import Array, FloatArray, RowArray


@kernel
def number_groups(
    values: Array,
    places: PlaceArray,
    counts: RowArray,
    others: Array,
    starts: RowArray,
    groups: int,
    numbers: PlaceArray,
) -> None:
    """Number the group of each row within its day, from 1 for the lowest values.

    Args:
        values: By row; NaN or infinite where there is no value.
        places: The places of the values in order, day by day.
        counts: How many they are, by day.
        others: Only rows that have a finite one here take part.
        starts: Where days start.
        groups: How many groups Q.
        numbers: Is filled: max(1, ceil(Q * m / (n - 1))) with m the lowest place of a value's
            ties among n; 0 where a row takes no part, and on days with fewer than max(Q, 2).
    """
    for day in range(len(counts)):
        start, stop = starts[day], starts[day + 1]
        numbers[start:stop] = 0
        part = 0
        for row in range(start, stop):
            if np.isfinite(values[row]) and np.isfinite(others[row]):
                part += 1
        if part < max(groups, 2):
            continue
        gaps = part - 1
        first, passed, last = 0, 0, np.nan
        for at in range(start, start + counts[day]):
            row = start + places[at]
            if not np.isfinite(others[row]):
                continue
            if values[row] != last:
                first, last = passed, values[row]
            numbers[row] = max(1, (groups * first + gaps - 1) // gaps)
            passed += 1


@kernel
def sum_groups(
    numbers: PlaceArray, values: Array, starts: RowArray, sums: FloatArray, counts: RowArray
) -> None:
    """Add up and count the values of each group, day by day.

    Args:
        numbers: The group of each row from 1, 0 for none.
        values: By row; finite where a row has a group.
        starts: Where days start.
        sums: Is filled, shape (days, groups).
        counts: Is filled, same shape.
    """
    for day in range(sums.shape[0]):
        sums[day], counts[day] = 0.0, 0
        for row in range(starts[day], starts[day + 1]):
            if numbers[row]:
                sums[day, numbers[row] - 1] += values[row]
                counts[day, numbers[row] - 1] += 1


@kernel
def count_entered(
    numbers: PlaceArray,
    earlier: RowArray,
    starts: RowArray,
    group: int,
    sizes: RowArray,
    entered: RowArray,
) -> None:
    """Count the rows of a group, and those whose earlier row is not in it, day by day.

    Args:
        numbers: The group of each row.
        earlier: The row of the same name on the day before, -1 where there is none.
        starts: Where days start.
        group: Its number.
        sizes: Is filled with how many are in it.
        entered: Is filled with how many of them were not on the day before.
    """
    for day in range(len(sizes)):
        sizes[day] = entered[day] = 0
        for row in range(starts[day], starts[day + 1]):
            if numbers[row] == group:
                sizes[day] += 1
                if earlier[row] < 0 or numbers[earlier[row]] != group:
                    entered[day] += 1
