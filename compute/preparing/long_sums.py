"""Sums of long columns, whose halves are added by a core each.

NumPy halves a column, again and again, and adds the sums of the halves, so where the first few
halves are added by several cores the bits are the same.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from compute.preparing.cores import cores_for
from compute.preparing.sums import LEAF, first_half, pairwise_sums
from compute.preparing.table import Values
from domain.arrays import Array

_NOBODY = np.empty(0, np.int32)


def column_sums(values: Values, found: Array) -> Array:
    """Add up each column, leaving out NaN.

    Args:
        values: float32, shape (rows, columns).
        found: Zeros, to which the number of values in each column is added; int32.

    Returns:
        float32, shape (columns,).
    """
    centre = np.zeros(values.shape[1], np.float32)
    return _added(values, centre, False, found, cores_for(values.size))


def column_squares(values: Values, centre: Array) -> Array:
    """Add up the squared distances of each column from a centre; otherwise as `column_sums`."""
    return _added(values, centre, True, _NOBODY, cores_for(values.size))


def _added(values: Values, centre: Array, is_squared: bool, found: Array, cores: int) -> Array:
    rows = len(values)
    if cores < 2 or rows <= LEAF:
        sums = np.empty(values.shape[1], np.float32)
        pairwise_sums(values, 0, rows, centre, is_squared, sums, found)
        return sums
    half, more = first_half(rows), np.zeros_like(found)
    with ThreadPoolExecutor(1) as thread:
        later = thread.submit(
            _added, values[half:], centre, is_squared, more, cores - (cores + 1) // 2
        )
        sums = _added(values[:half], centre, is_squared, found, (cores + 1) // 2)
    with np.errstate(all="ignore"):
        sums += later.result()
    found += more
    return sums
