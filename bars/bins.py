"""Values of a field for many instruments at once."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bars.binfile import Column, read_column
from bars.directory import MarketDirectory
from bars.layout import bin_path
from domain.errors import SnapshotChangedError


def read_bins(
    directory: MarketDirectory, field: str, symbols: Sequence[str], rows: slice | None = None
) -> npt.NDArray[np.float32]:
    """Read one field.

    Args:
        directory: Where to read.
        field: Its name without the dollar sign, such as `close`.
        symbols: The columns asked for, in upper case.
        rows: Calendar rows, without a step; None for all.

    Returns:
        Shape (days, instruments), in the unit on disk; NaN where there is no value, and all NaN
        for an instrument that lacks the field. The column of an instrument is contiguous.

    Raises:
        DataDirectoryError: A bin is short, odd-sized, or starts outside the calendar.
        SnapshotChangedError: A bin was there when the directory was opened and is gone.
    """
    span = row_span(directory, rows)
    columns = np.full((len(symbols), span.stop - span.start), np.nan, dtype=np.float32)
    for column, symbol in zip(columns, symbols, strict=True):
        fill_column(directory, field, symbol, span, column)
    return columns.T


def fill_column(
    directory: MarketDirectory, field: str, symbol: str, rows: slice, into: Column
) -> None:
    """Write what there is of one instrument's field into `into`, as `read_bins` does.

    Only what was found when the directory was opened is looked for on disk, so a name cannot lead
    anywhere else.
    """
    listing = directory.instruments.get(symbol)
    if listing is None or field not in listing.fields:
        return
    path = bin_path(directory.path, symbol, field)
    try:
        read_column(path, len(directory.calendar), rows, into)
    except FileNotFoundError as error:
        raise SnapshotChangedError(
            f"{path} is no longer there; put it back, or register the directory again."
        ) from error


def row_span(directory: MarketDirectory, rows: slice | None) -> slice:
    """Calendar rows with start and stop given and in range, the start not after the stop."""
    start, stop, step = (rows or slice(None)).indices(len(directory.calendar))
    if step != 1:
        raise ValueError(f"rows are taken one after the other, not in steps of {step}")
    return slice(start, max(start, stop))
