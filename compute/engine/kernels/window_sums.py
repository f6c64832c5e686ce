"""Sums over whole windows of up to 128 rows in NumPy's order, for many cells at once.

A sum is made term by term, the oldest row first, each term for a run of rows with all their
lanes. `pairwise` says in which of nine sums a term goes.
"""

import numpy as np
import numpy.typing as npt

from compute.engine.compiled import kernel

Floats = npt.NDArray[np.float64]

ROWS_AT_ONCE = 16
"""So few that the sums of their cells stay next to the core."""


@kernel
def add_products(x: Floats, row: int, rows: int, weights: Floats, sums: Floats) -> None:
    """Add up the windows that end in some rows, each row of a window times its weight.

    Args:
        x: Shape (rows, lanes), C-contiguous.
        row: The first row of which a window ends, at least `len(weights) - 1`.
        rows: How many rows.
        weights: Shape (length,), that of the oldest row first.
        sums: Scratch of shape (9, at least rows * lanes); the sums are the last of the nine.
    """
    flat, lanes, length = x.ravel(), x.shape[1], len(weights)
    whole = length - length % 8
    sums[:] = -0.0
    for part in range(8):
        for term in range(part, whole, 8):
            begin = (row + 1 - length + term) * lanes
            _add_product(flat, begin, rows * lanes, weights[term], sums, part)
    _join(sums, rows * lanes)
    for term in range(whole, length):
        begin = (row + 1 - length + term) * lanes
        _add_product(flat, begin, rows * lanes, weights[term], sums, 8)


@kernel
def add_distances(x: Floats, row: int, rows: int, length: int, means: Floats, sums: Floats) -> None:
    """Add up the distances of each window's values from the window's mean.

    Args:
        x: Shape (rows, lanes), C-contiguous.
        row: The first row of which a window ends, at least `length - 1`.
        rows: How many rows.
        length: Rows per window.
        means: Shape (at least rows * lanes,), of the windows that end in these rows.
        sums: As for `add_products`.
    """
    flat, lanes = x.ravel(), x.shape[1]
    whole = length - length % 8
    sums[:] = -0.0
    for part in range(8):
        for term in range(part, whole, 8):
            begin = (row + 1 - length + term) * lanes
            _add_distance(flat, begin, rows * lanes, means, sums, part)
    _join(sums, rows * lanes)
    for term in range(whole, length):
        begin = (row + 1 - length + term) * lanes
        _add_distance(flat, begin, rows * lanes, means, sums, 8)


@kernel
def _add_product(
    flat: Floats, begin: int, cells: int, weight: float, sums: Floats, part: int
) -> None:
    values, target = flat[begin : begin + cells], sums[part]
    for i in range(cells):
        target[i] += weight * values[i]


@kernel
def _add_distance(
    flat: Floats, begin: int, cells: int, means: Floats, sums: Floats, part: int
) -> None:
    values, target = flat[begin : begin + cells], sums[part]
    for i in range(cells):
        target[i] += abs(values[i] - means[i])


@kernel
def _join(sums: Floats, cells: int) -> None:
    """Add eight sums in pairs; they are -0 where a window is too short for them."""
    for i in range(cells):
        early = (sums[0, i] + sums[1, i]) + (sums[2, i] + sums[3, i])
        late = (sums[4, i] + sums[5, i]) + (sums[6, i] + sums[7, i])
        sums[8, i] = early + late
