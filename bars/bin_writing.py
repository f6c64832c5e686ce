"""Writes bins: the values of one instrument, a file for each field."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bars.binfile import VALUE
from bars.layout import BIN_SUFFIX, folder_of

Rows = npt.NDArray[np.integer]
Content = npt.NDArray[np.float32]


def write_bins(
    features: Path, symbol: str, rows: Rows, columns: Mapping[str, npt.NDArray[np.floating]]
) -> None:
    """Write what there is of one instrument; a field without any value gets no file.

    Args:
        features: The folder of all instruments.
        symbol: The instrument, which has no bins yet.
        rows: Ascending calendar rows, shape (values,).
        columns: Values by field on these rows, NaN where there is none.

    Raises:
        OSError: The disk is full, or fails.
    """
    contents = dict(zip(columns, bin_contents(rows, list(columns.values())), strict=True))
    folder = f"{features}/{folder_of(symbol)}"
    if any(len(content) for content in contents.values()):
        os.mkdir(folder)  # noqa: PTH102
    for field, content in contents.items():
        if len(content):
            _write(f"{folder}/{field}{BIN_SUFFIX}", content)


def bin_contents(rows: Rows, columns: Sequence[npt.NDArray[np.floating]]) -> Iterator[Content]:
    """The numbers of bins: the row of the first value, then one for each row to the last.

    Args:
        rows: Ascending calendar rows, shape (values,).
        columns: Values on these rows, NaN where there is none.

    Returns:
        For each column, in order; empty where there is no value.
    """
    if not len(rows) or not columns:
        return iter([np.empty(0, VALUE)] * len(columns))
    first = int(rows[0])
    block = np.full((len(columns), int(rows[-1]) - first + 2), np.nan, dtype=VALUE)
    block[:, 1 + rows - first] = columns
    return (_trimmed(content, first) for content in block)


def _trimmed(content: Content, first: int) -> Content:
    """A bin without the days at its ends that have no value; `content` has room for the row."""
    start, stop = 1, len(content)
    if content[1] != content[1] or content[-1] != content[-1]:  # NaN alone differs from itself
        there = np.flatnonzero(~np.isnan(content[1:]))
        if not len(there):
            return content[:0]
        start, stop = 1 + int(there[0]), 2 + int(there[-1])
    content[start - 1] = first + start - 1
    return content[start - 1 : stop]


def _write(path: str, content: Content) -> None:
    # A market has thousands of small files, and Python's own take longer than the system's.
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        rest = content.data.cast("B")
        while rest:
            rest = rest[os.write(handle, rest) :]
    finally:
        os.close(handle)
