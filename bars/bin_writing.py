"""Writes bins: the values of one instrument, a file for each field."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bars.binfile import VALUE
from bars.layout import BIN_SUFFIX, folder_of

Rows = npt.NDArray[np.integer]
Places = npt.NDArray[np.integer]
Line = npt.NDArray[np.float32]
Columns = Mapping[str, npt.NDArray[np.floating]]
Bins = Mapping[str, memoryview]
"""The bytes of an instrument's bins by field; a field without any value has none."""


def write_columns(features: Path, symbol: str, rows: Rows, columns: Columns) -> None:
    """Write what there is of one instrument.

    Args:
        features: The folder of all instruments.
        symbol: The instrument, which has no bins yet.
        rows: Ascending calendar rows, shape (values,).
        columns: Values by field on these rows, NaN where there is none.

    Raises:
        OSError: The disk is full, or fails.
    """
    for bins in bins_of(np.array([0, len(rows)]), rows, columns) if len(rows) else ():
        write_bins(features, symbol, bins)


def write_bins(features: Path, symbol: str, bins: Bins) -> None:
    """Write the bins of one instrument.

    Args:
        features: The folder of all instruments.
        symbol: The instrument, which has no bins yet.
        bins: Its bins.

    Raises:
        OSError: The disk is full, or fails.
    """
    folder = f"{features}/{folder_of(symbol)}"
    if bins:
        os.mkdir(folder)  # noqa: PTH102
    for field, content in bins.items():
        _write(f"{folder}/{field}{BIN_SUFFIX}", content)


def bins_of(starts: Places, rows: Rows, columns: Columns) -> Sequence[Bins]:
    """The bins of some instruments: the row of the first value, then one for each row to the last.

    Args:
        starts: Where the rows of each instrument start, ascending, and where those of the last one
            end; shape (instruments + 1,).
        rows: Calendar rows, ascending within each instrument, shape (values,).
        columns: Values by field on these rows, NaN where there is none.

    Returns:
        Those of each instrument, in order.
    """
    firsts, lasts = rows[starts[:-1]], rows[starts[1:] - 1]
    ends = np.cumsum(lasts - firsts + 2)  # one more for the row of the first value
    begins = ends - (lasts - firsts + 2)
    places = rows + np.repeat(begins + 1 - firsts, np.diff(starts))
    found: list[dict[str, memoryview]] = [{} for _ in firsts]
    for field, values in columns.items():
        line = np.full(ends[-1], np.nan, dtype=VALUE)
        line[places] = values
        heads, stops = _trimmed(line, begins, ends)
        line[heads] = firsts + heads - begins
        content, size = line.data.cast("B"), VALUE.itemsize
        spans = zip(found, (size * heads).tolist(), (size * stops).tolist(), strict=True)
        for bins, head, stop in spans:
            if stop > head:
                bins[field] = content[head:stop]
    return found


def _trimmed(line: Line, begins: Places, ends: Places) -> tuple[Places, Places]:
    """Where bins begin and end without the days at their ends that have no value.

    Each begins with room for the row of the first value; one without any value ends there, too.
    """
    heads, stops = begins.copy(), ends.copy()
    is_open = np.isnan(line[begins + 1]) | np.isnan(line[ends - 1])
    for place in np.flatnonzero(is_open):
        there = np.flatnonzero(~np.isnan(line[begins[place] + 1 : ends[place]]))
        heads[place] += there[0] if len(there) else 0
        stops[place] = begins[place] + 2 + there[-1] if len(there) else begins[place]
    return heads, stops


def _write(path: str, content: memoryview) -> None:
    # A market has thousands of small files, and Python's own take longer than the system's.
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        rest = content
        while rest:
            rest = rest[os.write(handle, rest) :]
    finally:
        os.close(handle)
