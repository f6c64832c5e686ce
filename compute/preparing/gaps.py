"""Steps about what is missing or infinite: it is filled, or its rows are left out."""

import numpy as np
import numpy.typing as npt

from compute.engine.compiled import kernel
from compute.preparing.sums import pairwise_sums
from compute.preparing.table import Values
from domain.arrays import Array, RowArray


@kernel
def fill(values: Values, value: float) -> None:
    """Put a number in place of missing values of float32, shape (rows, columns).

    Source:
        Qlib's Fillna.
    """
    number = np.float32(value)
    cells = values.reshape(values.size)
    for cell in range(len(cells)):
        if cells[cell] != cells[cell]:  # others are not written, which spares memory's time
            cells[cell] = number


@kernel
def are_whole(values: Values) -> npt.NDArray[np.bool_]:
    """Say which rows lack nothing, shape (rows,).

    Source:
        Qlib's DropnaProcessor and DropnaLabel keep those rows.
    """
    whole = np.empty(len(values), np.bool_)
    for row in range(len(values)):
        lacking = np.int32(0)
        for column in range(values.shape[1]):
            lacking += np.int32(values[row, column] != values[row, column])
        whole[row] = lacking == 0
    return whole


@kernel
def replace_infinities(values: Values, starts: RowArray) -> None:
    """Put in place of an infinite value the mean of its day's others.

    Where there are none, it becomes missing.

    Args:
        values: float32, shape (rows, columns).
        starts: Where each day's rows start, and the end.

    Source:
        Qlib's ProcessInf on float32, whose bits these are.
    """
    infinite = np.empty(values.shape[1], np.int32)
    for day in range(len(starts) - 1):
        first, last = starts[day], starts[day + 1]
        infinite[:] = 0
        for row in range(first, last):
            for column in range(values.shape[1]):
                infinite[column] += np.int32(abs(values[row, column]) == np.inf)
        for column in range(values.shape[1]):
            if infinite[column]:
                _replace_in_column(values, first, last, column, infinite[column])


@kernel
def _replace_in_column(values: Values, first: int, last: int, column: int, infinite: int) -> None:
    others = np.empty((last - first - infinite, 1), np.float32)
    count = 0
    for row in range(first, last):
        if abs(values[row, column]) != np.inf:
            others[count, 0] = values[row, column]
            count += 1
    mean = _mean(others)
    for row in range(first, last):
        if abs(values[row, column]) == np.inf:
            values[row, column] = mean


@kernel
def _mean(values: Array) -> np.float32:
    """The mean of one column; NaN where it is empty."""
    total, found = np.empty(1, np.float32), np.empty(1, np.int32)
    found[0] = 0
    pairwise_sums(values, 0, len(values), total, False, total, found)
    return np.float32(total[0] / np.float32(found[0]))
