"""Qlib's binary columns: the row of the first value, then one float32 a day, little endian."""

import os
import struct
from dataclasses import dataclass
from io import FileIO

import numpy as np
import numpy.typing as npt

from domain.errors import DataDirectoryError

VALUE = np.dtype("<f4")
Column = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Extent:
    """The calendar rows that a bin has values for: `count` of them, from `start` on."""

    start: int
    count: int

    @property
    def stop(self) -> int:
        """The row after the last one."""
        return self.start + self.count


def read_extent(path: str, days: int) -> Extent:
    """Read where the values of a bin lie among the rows, so many, that bins may have.

    Raises:
        DataDirectoryError: The bin cannot be read, is short, odd-sized, or starts outside these
            rows.
        FileNotFoundError: There is no such bin.
    """
    with _open(path) as file:
        return _extent(file, path, days)


def read_column(path: str, days: int, rows: slice, into: Column) -> None:
    """Read rows of a bin into the part of a column that it has values for.

    Args:
        path: The bin.
        days: How many calendar rows bins may have: all, or those before the tail.
        rows: Calendar rows, start and stop given.
        into: Shape (rows,), contiguous; rows that the bin lacks are left as they are.

    Raises:
        DataDirectoryError: The bin cannot be read, is short, odd-sized, or starts outside these
            rows.
        FileNotFoundError: There is no such bin.
    """
    with _open(path) as file:
        extent = _extent(file, path, days)
        first, stop = max(extent.start, rows.start), min(extent.stop, rows.stop)
        if first >= stop:
            return
        file.seek(VALUE.itemsize * (1 + first - extent.start))
        file.readinto(into[first - rows.start : stop - rows.start].data)


def _open(path: str) -> FileIO:
    try:
        return FileIO(path)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise DataDirectoryError(f"{path} cannot be read: {error.strerror}.") from error


def _extent(file: FileIO, path: str, days: int) -> Extent:
    size = os.fstat(file.fileno()).st_size
    if size < VALUE.itemsize or size % VALUE.itemsize:
        raise DataDirectoryError(
            f"{path} has {size} bytes; a bin is a start row and then values, "
            f"{VALUE.itemsize} bytes each."
        )
    start = struct.unpack("<f", file.read(VALUE.itemsize))[0]
    if not (0 <= start < days and start == int(start)):
        raise DataDirectoryError(
            f"{path} starts at row {start:g}; bins have rows 0 to {days - 1} here."
        )
    return Extent(int(start), size // VALUE.itemsize - 1)
