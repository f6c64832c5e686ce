"""The rows over which each lane of a tile has a series; outside them there is nothing."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from compute.engine.compiled import kernel

Rows = npt.NDArray[np.int64]
"""Shape (lanes,)."""


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """Series begin at `first` and end before `stop`; one without rows has `first >= stop`."""

    first: Rows
    stop: Rows

    def union(self, other: Self) -> Self:
        """The rows that either has, and those in between, as pandas aligns two series."""
        if other is self or self.equals(other):
            return self
        empty, others_empty = self.first >= self.stop, other.first >= other.stop
        first = np.minimum(self.first, np.where(others_empty, self.first, other.first))
        stop = np.maximum(self.stop, np.where(others_empty, self.stop, other.stop))
        return type(self)(np.where(empty, other.first, first), np.where(empty, other.stop, stop))

    def equals(self, other: Self) -> bool:
        """Whether both have the same rows in every lane."""
        return np.array_equal(self.first, other.first) and np.array_equal(self.stop, other.stop)

    def starts(self, rows: int) -> Rows:
        """The first row of each lane, within a tile of so many rows."""
        return np.clip(self.first, 0, rows - 1)


@kernel
def blank_outside(values: npt.NDArray[np.floating], first: Rows, stop: Rows) -> None:
    """Write NaN where a lane of (rows, lanes) has no series, in place."""
    rows = values.shape[0]
    for lane in range(values.shape[1]):
        begin = min(first[lane], rows)
        end = max(stop[lane], begin)
        for row in range(begin):
            values[row, lane] = np.nan
        for row in range(end, rows):
            values[row, lane] = np.nan
