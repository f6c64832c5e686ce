"""Kept results as tables that go out, a few rows in memory at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bars.bins import read_bins
from bars.directory import MarketDirectory
from bars.stamp import require_unchanged
from bars.universes import Days
from compute.analysis.report import cumulative_figures
from compute.kept_report import read_report
from compute.members import member_mask
from domain.arrays import Array, DateArray, FloatPanel
from domain.artifacts import ArtifactStore
from domain.errors import EmptyDataError
from domain.exports import BarsSource, ExportSource, MatrixSource, PanelSource, ReportSource
from domain.period import Period
from domain.report_columns import REPORT_COLUMNS


@dataclass(frozen=True, slots=True, eq=False)
class Keyed:
    """Some rows of a table.

    Attributes:
        dates: datetime64[D], shape (rows,).
        values: Shape (rows, columns); NaN where there is none.
        places: Of each row's symbol, int32; None in a table without symbols.
    """

    dates: DateArray
    values: FloatPanel
    places: Array | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ExportTable:
    """A table that goes out: `date`, `symbol` where rows have one, then columns of numbers.

    Attributes:
        names: Of the columns of numbers.
        dtype: Of their numbers.
        rows: How many there are.
        read: Some of the rows, by first and stop.
        symbols: What the places of rows stand for; None in a table without symbols.
        ends: Called when all has been read.
    """

    names: tuple[str, ...]
    dtype: np.dtype[np.floating]
    rows: int
    read: Callable[[int, int], Keyed]
    symbols: tuple[str, ...] | None = None
    ends: Callable[[], None] = lambda: None


def export_table(source: ExportSource, store: ArtifactStore) -> ExportTable:
    """The table of a source.

    Raises:
        ArtifactMissingError: What it is made of is no longer kept.
        EmptyDataError: No day lies in its period.
        DataDirectoryError: It is made of bars, and they are not there.
        SnapshotChangedError: They are not those that were registered.
    """
    match source:
        case PanelSource():
            return _panel(source, store)
        case BarsSource():
            return _bars(source)
        case ReportSource():
            return _report(source, store)
        case MatrixSource():
            return _matrix(source, store)


def _panel(source: PanelSource, store: ArtifactStore) -> ExportTable:
    panel = source.panel
    dates, values = store.open_array(panel.dates), store.open_array(panel.values)
    place_of = {str(symbol): place for place, symbol in enumerate(store.open_array(panel.symbols))}
    known = [
        (column, place_of[symbol])
        for column, symbol in enumerate(source.instruments)
        if symbol in place_of
    ]
    columns, places = (list(one) for one in zip(*known, strict=True)) if known else ([], [])
    shown = _rows(dates, source.period)

    def read(first: int, stop: int) -> Keyed:
        rows = slice(shown.start + first, shown.start + stop)
        part = np.full((stop - first, len(source.instruments)), np.nan, dtype=values.dtype)
        part[:, columns] = values[rows][:, places]
        if source.members is not None:
            mask = member_mask(source.members, source.instruments, dates[rows])
            part[~mask] = np.nan
        return Keyed(dates[rows], part)

    return ExportTable(source.instruments, values.dtype, shown.stop - shown.start, read)


def _bars(source: BarsSource) -> ExportTable:
    path, registered = Path(source.bars.directory), source.bars.stamp
    require_unchanged(path, registered)
    directory = MarketDirectory.open(path)
    shown = _rows(directory.calendar, source.period)

    def read(first: int, stop: int) -> Keyed:
        rows = slice(shown.start + first, shown.start + stop)
        columns = [
            read_bins(directory, field, (source.symbol,), rows)[:, 0] for field in source.fields
        ]
        return Keyed(directory.calendar[rows], np.stack(columns, axis=1))

    return ExportTable(
        names=source.fields,
        dtype=np.dtype(np.float32),
        rows=shown.stop - shown.start,
        read=read,
        # What was read may have been changed while it was read.
        ends=lambda: require_unchanged(path, registered),
    )


def _report(source: ReportSource, store: ArtifactStore) -> ExportTable:
    report = read_report(source.columns, store, has_benchmark=source.has_benchmark)
    figures = cumulative_figures(report)
    columns = [
        getattr(report if hasattr(report, attribute) else figures, attribute)
        for attribute in REPORT_COLUMNS.values()
    ]
    values = np.stack(columns, axis=1)
    return ExportTable(
        names=tuple(REPORT_COLUMNS),
        dtype=values.dtype,
        rows=len(values),
        read=lambda first, stop: Keyed(report.dates[first:stop], values[first:stop]),
    )


def _matrix(source: MatrixSource, store: ArtifactStore) -> ExportTable:
    matrix = source.matrix
    dates, places = store.open_array(matrix.dates), store.open_array(matrix.places)
    values = store.open_array(matrix.values)

    def read(first: int, stop: int) -> Keyed:
        rows = slice(first, stop)
        return Keyed(dates[rows], values[rows], places[rows])

    return ExportTable(
        names=source.factors,
        dtype=values.dtype,
        rows=len(dates),
        read=read,
        symbols=tuple(map(str, store.open_array(matrix.symbols))),
    )


def _rows(dates: Days, period: Period) -> slice:
    first = int(np.searchsorted(dates, np.datetime64(period.start)))
    stop = int(np.searchsorted(dates, np.datetime64(period.end), side="right"))
    if stop <= first:
        raise EmptyDataError(
            f"What is kept has no day between {period.start} and {period.end}; widen the period."
        )
    return slice(first, stop)
