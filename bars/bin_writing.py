"""Writes bins: the values of one instrument, a file for each field."""

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bars.binfile import VALUE
from bars.layout import BIN_SUFFIX, folder_of

Rows = npt.NDArray[np.integer]


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
    folder = f"{features}/{folder_of(symbol)}"
    made = False
    for field, values in columns.items():
        content = bin_content(rows, values)
        if content is None:
            continue
        if not made:
            os.mkdir(folder)  # noqa: PTH102
            made = True
        _write(f"{folder}/{field}{BIN_SUFFIX}", content)


def bin_content(rows: Rows, values: npt.NDArray[np.floating]) -> npt.NDArray[np.float32] | None:
    """The numbers of a bin: the row of the first value, then one for each row to the last.

    Returns:
        None where there is no value.
    """
    part = _span(values)
    if part.start == part.stop:
        return None
    first, last = int(rows[part.start]), int(rows[part.stop - 1])
    content = np.empty(last - first + 2, dtype=VALUE)
    if part.stop - part.start == last - first + 1:
        content[1:] = values[part]
    else:
        content.fill(np.nan)
        content[1 + rows[part] - first] = values[part]
    content[0] = first
    return content


def _span(values: npt.NDArray[np.floating]) -> slice:
    """From the first value to the last."""
    if len(values) and values[0] == values[0] and values[-1] == values[-1]:  # none is NaN
        return slice(0, len(values))
    there = np.flatnonzero(~np.isnan(values))
    return slice(there[0], there[-1] + 1) if len(there) else slice(0, 0)


def _write(path: str, content: npt.NDArray[np.float32]) -> None:
    # A market has thousands of small files, and Python's own take longer than the system's.
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        rest = content.data.cast("B")
        while rest:
            rest = rest[os.write(handle, rest) :]
    finally:
        os.close(handle)
