"""The fields of a market as panels: all instruments, the whole calendar."""

from collections.abc import Sequence

import numpy as np

from bars.bins import read_bins, series_rows
from bars.directory import MarketDirectory
from compute.engine.panel_evaluation import FieldPanel
from compute.engine.spans import Spans


def read_field_panel(directory: MarketDirectory, field: str, symbols: Sequence[str]) -> FieldPanel:
    """Read a field of some instruments.

    The series of an instrument covers the rows of its bin, as in Qlib. A field that it lacks is
    NaN over all rows that any of its fields covers; an instrument that is not listed has no row.

    Raises:
        DataDirectoryError: A bin is short, odd-sized, or starts outside the calendar.
        SnapshotChangedError: A bin was there when the directory was opened and is gone.
    """
    rows = [_rows(directory, field, symbol) for symbol in symbols]
    spans = Spans(
        np.array([one.start for one in rows], dtype=np.int64),
        np.array([one.stop for one in rows], dtype=np.int64),
    )
    return FieldPanel(read_bins(directory, field, symbols), spans)


def _rows(directory: MarketDirectory, field: str, symbol: str) -> range:
    listing = directory.instruments.get(symbol)
    if listing is None:
        return range(0)
    if field in listing.fields:
        return series_rows(directory, field, symbol)
    return range(listing.first, listing.last + 1)
