"""Values of a field for many instruments at once."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt

from bars.binfile import Column, read_column, read_extent
from bars.directory import MarketDirectory
from bars.layout import bin_path
from bars.tails import Tail
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
    if listing is None or rows.start >= rows.stop:
        return
    end = directory.bins_end
    if field in listing.bins and rows.start < end:
        before = slice(rows.start, min(rows.stop, end))
        with _there():
            path = bin_path(directory.path, listing.folder, field)
            read_column(path, end, before, into[: before.stop - before.start])
    if directory.tail is not None and rows.stop > end:
        _fill_tail(directory.tail, field, symbol, rows, into)


def series_rows(directory: MarketDirectory, field: str, symbol: str) -> range:
    """The calendar rows of one instrument's field, as a bin of all its values would have them.

    They begin with its first bin row or value and end with its last; empty where there is none.
    Those of a bin are as they were when the directory was opened.

    Raises:
        DataDirectoryError, SnapshotChangedError: As in `read_bins`.
    """
    listing = directory.instruments.get(symbol)
    rows = range(0)
    if listing is not None and field in listing.bins:
        extent = listing.bins[field]
        if extent is None:  # it is broken, and whoever reads it hears how
            with _there():
                path = bin_path(directory.path, listing.folder, field)
                extent = read_extent(path, directory.bins_end)
        rows = range(extent.start, min(extent.stop, directory.bins_end))
    found = _tail_rows(directory.tail, field, symbol)
    return range(rows.start if rows else found.start, found.stop) if found else rows


def _tail_rows(tail: Tail | None, field: str, symbol: str) -> range:
    """The calendar rows from the first value that is in the tail to the last; empty without one."""
    values = None if tail is None else tail.values(field, symbol)
    if tail is None or values is None:
        return range(0)
    found = tail.first + np.flatnonzero(~np.isnan(values))
    return range(int(found[0]), int(found[-1]) + 1) if len(found) else range(0)


def _fill_tail(tail: Tail, field: str, symbol: str, rows: slice, into: Column) -> None:
    values = tail.values(field, symbol)
    if values is not None:
        first = max(rows.start, tail.first)
        into[first - rows.start :] = values[first - tail.first : rows.stop - tail.first]


@contextmanager
def _there() -> Iterator[None]:
    """Tell of a bin that was there when the directory was opened and is gone."""
    try:
        yield
    except FileNotFoundError as error:
        raise SnapshotChangedError(
            f"{error.filename} is no longer there; put it back, or register the directory again."
        ) from error


def row_span(directory: MarketDirectory, rows: slice | None) -> slice:
    """Calendar rows with start and stop given and in range, the start not after the stop."""
    start, stop, step = (rows or slice(None)).indices(len(directory.calendar))
    if step != 1:
        raise ValueError(f"rows are taken one after the other, not in steps of {step}")
    return slice(start, max(start, stop))
