"""Mean absolute deviations and linearly weighted means of trailing windows, added up as by NumPy.

Whole windows of up to 128 rows are added up by vectors over lanes, all others one by one.

Source: Mad and WMA of qlib.data.ops.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from compute.engine.compiled import kernel
from compute.engine.kernels.pairwise import BLOCK, add_up
from compute.engine.kernels.window_sums import ROWS_AT_ONCE, add_distances, add_products

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Outputs = npt.NDArray[Any]


@kernel
def mad(x: Floats, window: int, out: Outputs) -> None:
    """Take the mean distance of each window's values from their mean, NaN left out.

    Args:
        x: Shape (rows, lanes), without infinities.
        window: Rows per window, fewer at the start; 0 is all rows so far.
        out: Shape (rows, lanes), float64 or float32, written whole; NaN where a window has no
            value.
    """
    length = len(x) if window == 0 else min(window, len(x))
    if length <= BLOCK:
        _deviate_by_vectors(x, length, out)
    distances = np.empty(length)
    for lane in range(x.shape[1]):
        _deviate_one_by_one(x, lane, length, distances, out)


@kernel
def wma(x: Floats, window: int, starts: Integers, out: Outputs) -> None:
    """Weight the n rows of each window by 1 to n, the latest by n, and take Qlib's mean of that.

    It is n times smaller than a weighted mean: the weights add up to 1, and yet the sum of what
    they multiply is divided by the number of values (microsoft/qlib#1993).

    Args:
        x: Shape (rows, lanes), without infinities; what is missing is left out, but counts in n.
        window: Rows per window, 0 for all; cut at each lane's start.
        starts: The first row of each lane, shape (lanes,).
        out: Shape (rows, lanes), float64 or float32, written whole; NaN where a window has no
            value.
    """
    length = len(x) if window == 0 else min(window, len(x))
    filled = _fill_gaps(x)
    if length <= BLOCK:
        _weigh_by_vectors(x, filled, length, out)
    products = np.empty(length)
    for lane in range(x.shape[1]):
        _weigh_one_by_one(x, filled, lane, length, starts[lane], products, out)


@kernel
def _deviate_by_vectors(x: Floats, length: int, out: Outputs) -> None:
    """Write the rows in which windows are whole; NaN in those that miss a value."""
    lanes, ones = x.shape[1], np.ones(length)
    sums, means = np.empty((9, ROWS_AT_ONCE * lanes)), np.empty(ROWS_AT_ONCE * lanes)
    for row in range(length - 1, len(x), ROWS_AT_ONCE):
        rows = min(ROWS_AT_ONCE, len(x) - row)
        add_products(x, row, rows, ones, sums)
        for i in range(rows * lanes):
            means[i] = (0.0 + sums[8, i]) / length
        add_distances(x, row, rows, length, means, sums)
        target, total = out[row : row + rows].ravel(), sums[8]
        for i in range(rows * lanes):
            target[i] = (0.0 + total[i]) / length


@kernel
def _weigh_by_vectors(x: Floats, filled: Floats, length: int, out: Outputs) -> None:
    """Write the rows in which windows are whole; their weights are those of `length` rows."""
    lanes = x.shape[1]
    weights = np.arange(1, length + 1) / (length * (length + 1) // 2)
    sums, counts = np.empty((9, ROWS_AT_ONCE * lanes)), np.zeros(lanes, np.int64)
    for row in range(min(length - 1, len(x))):
        _count_row(x, row, length, counts)
    for row in range(length - 1, len(x), ROWS_AT_ONCE):
        rows = min(ROWS_AT_ONCE, len(x) - row)
        add_products(filled, row, rows, weights, sums)
        for today in range(rows):
            _count_row(x, row + today, length, counts)
            _divide(sums, today * lanes, counts, out, row + today)


@kernel
def _divide(sums: Floats, begin: int, counts: Integers, out: Outputs, row: int) -> None:
    total, target = sums[8, begin : begin + len(counts)], out[row]
    for lane in range(len(counts)):
        target[lane] = (0.0 + total[lane]) / counts[lane]


@kernel
def _count_row(x: Floats, row: int, length: int, counts: Integers) -> None:
    """Count the values of each lane's window when it comes to a row."""
    here, gone = x[row], x[max(row - length, 0)]
    for lane in range(len(counts)):
        counts[lane] += here[lane] == here[lane]
    if row >= length:
        for lane in range(len(counts)):
            counts[lane] -= gone[lane] == gone[lane]


@kernel
def _deviate_one_by_one(x: Floats, lane: int, length: int, distances: Floats, out: Outputs) -> None:
    """Write the windows of a lane that are not whole, or all if they are long."""
    values = x[:, lane][x[:, lane] == x[:, lane]]
    vectors_did = length <= BLOCK
    begin, end = 0, 0
    for row in range(length - 1 if vectors_did and len(values) == len(x) else len(x)):
        end += x[row, lane] == x[row, lane]
        if row >= length:
            begin += x[row - length, lane] == x[row - length, lane]
        if not vectors_did or end - begin < length:
            out[row, lane] = _mean_distance(values[begin:end], distances)


@kernel
def _mean_distance(values: Floats, distances: Floats) -> float:
    count = len(values)
    mean = add_up(values) / count
    for i in range(count):
        distances[i] = abs(values[i] - mean)
    return add_up(distances[:count]) / count


@kernel
def _weigh_one_by_one(
    x: Floats,
    filled: Floats,
    lane: int,
    length: int,
    start: int,
    products: Floats,
    out: Outputs,
) -> None:
    """Write the windows of a lane that its start cuts, or all if they are long."""
    vectors_did = length <= BLOCK
    values = filled[:, lane].copy()
    count = 0
    for row in range(min(start + length - 1, len(x)) if vectors_did else len(x)):
        count += x[row, lane] == x[row, lane]
        if row >= length:
            count -= x[row - length, lane] == x[row - length, lane]
        begin = max(start, row + 1 - length)
        if row < start:
            out[row, lane] = np.nan
        else:
            _multiply(values[begin : row + 1], products)
            out[row, lane] = add_up(products[: row + 1 - begin]) / count


@kernel
def _fill_gaps(x: Floats) -> Floats:
    filled = np.empty(x.shape)
    for row in range(x.shape[0]):
        for lane in range(x.shape[1]):
            value = x[row, lane]
            filled[row, lane] = value if value == value else 0.0
    return filled


@kernel
def _multiply(values: Floats, products: Floats) -> None:
    total = np.float64(len(values) * (len(values) + 1) // 2)
    for i in range(len(values)):
        products[i] = (i + 1) / total * values[i]
