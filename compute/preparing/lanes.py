"""Rows that go through a loop as one, so that vectors of the processor are full."""

import numpy as np

from compute.engine.compiled import kernel
from domain.arrays import Array

ROWS_AT_ONCE = 8
"""As many as the strands in which NumPy adds."""


@kernel
def repeated(line: Array) -> Array:
    """A line of columns once for each of the rows that go at once."""
    columns = len(line)
    lines = np.empty(ROWS_AT_ONCE * columns, line.dtype)
    for row in range(ROWS_AT_ONCE):
        lines[row * columns : (row + 1) * columns] = line
    return lines
