"""Files that go out: what is kept, in every format, with what it is written into it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bars.bins import read_bins
from bars.directory import MarketDirectory
from bars.stamp import stamp
from catalog.artifacts import LocalArtifacts
from compute import export_tables, exporting
from compute.analysis.report import cumulative_figures
from compute.kept_report import read_report
from compute.performing import perform
from compute.progress import unheard
from domain.errors import ArtifactMissingError, EmptyDataError, SnapshotChangedError
from domain.exports import (
    BarsSource,
    ColumnNote,
    ExportFormat,
    ExportSource,
    ExportWork,
    MatrixSource,
    PanelSource,
    ReportSource,
)
from domain.period import Period
from domain.work import Bars, StoredMatrix, StoredPanel

DAYS = np.array(["2020-01-02", "2020-01-03", "2020-01-06", "2020-01-07"], dtype="datetime64[D]")
PERIOD = Period(date(2020, 1, 3), date(2020, 1, 31))
NOTE = ColumnNote("as told", "Abs($close)")
VALUES = np.array(
    [[1, 2, 3], [0.1, np.nan, 1e-7], [-np.inf, 1e38, -0.0], [5, 6, 7]], dtype=np.float32
)


@pytest.fixture
def store(tmp_path: Path) -> LocalArtifacts:
    return LocalArtifacts(tmp_path / "artifacts")


@pytest.fixture
def panel(store: LocalArtifacts) -> StoredPanel:
    put = store.put_array
    return StoredPanel(put(VALUES), put(DAYS), put(np.array(["AA", "B,B", "C C"])))


def exported(
    source: ExportSource,
    store: LocalArtifacts,
    folder: Path,
    format_: ExportFormat = ExportFormat.PARQUET,
    notes: tuple[ColumnNote, ...] = (NOTE,),
) -> Path:
    """The file that a worker writes."""
    folder.mkdir(exist_ok=True)
    target = folder / f"file.{format_.value}"
    work = ExportWork(source, format_, str(target), {"kind": "test"}, notes)
    outcome = perform(work, store, unheard)
    assert outcome.bytes == target.stat().st_size
    assert list(folder.iterdir()) == [target]
    return target


def read(path: Path) -> pl.DataFrame:
    """A file as polars takes it."""
    match path.suffix:
        case ".parquet":
            return pl.read_parquet(path)
        case ".arrow":
            return pl.read_ipc(path)
    return pl.read_csv(path, try_parse_dates=True, infer_schema_length=None)


@pytest.mark.parametrize("format_", ExportFormat)
def test_a_panel_has_a_column_for_each_instrument_and_nulls_where_there_is_nothing(
    panel: StoredPanel, store: LocalArtifacts, tmp_path: Path, format_: ExportFormat
) -> None:
    spans = ((date(2020, 1, 1), date(2020, 1, 6)),)
    members = {"C C": spans, "AA": ((date(2020, 1, 1), None),), "NEW": spans}
    source = PanelSource(panel, tuple(members), members, PERIOD)

    frame = read(exported(source, store, tmp_path / "out", format_))

    assert frame.columns == ["date", "C C", "AA", "NEW"]
    assert frame["date"].to_list() == [date(2020, 1, 3), date(2020, 1, 6), date(2020, 1, 7)]
    assert frame["NEW"].to_list() == [None, None, None]
    shown = frame["C C"].to_list(), frame["AA"].to_list()
    assert [None if v is None else np.float32(v) for v in shown[0]] == [
        np.float32(1e-7),
        np.float32(-0.0),
        None,
    ]
    assert [np.float32(value) for value in shown[1]] == [np.float32(0.1), -np.inf, 5]


def test_csv_is_plain_text_with_empty_places(
    panel: StoredPanel, store: LocalArtifacts, tmp_path: Path
) -> None:
    source = PanelSource(panel, ("B,B", "AA"), None, PERIOD)

    text = exported(source, store, tmp_path / "out", ExportFormat.CSV).read_text()

    assert text.splitlines() == [
        '"date","B,B","AA"',
        "2020-01-03,,0.1",
        "2020-01-06,1e+38,-inf",
        "2020-01-07,6,5",
    ]


@pytest.mark.parametrize("format_", [ExportFormat.PARQUET, ExportFormat.ARROW])
def test_a_file_says_what_it_is(
    panel: StoredPanel, store: LocalArtifacts, tmp_path: Path, format_: ExportFormat
) -> None:
    path = exported(PanelSource(panel, ("AA",), None, PERIOD), store, tmp_path / "out", format_)

    schema = schema_of(path)
    assert schema.field("date").type == pa.date32()
    assert schema.field("AA").type == pa.float32()
    assert schema.field("AA").metadata == {b"unit": b"as told", b"expression": b"Abs($close)"}
    assert json.loads(schema.metadata[b"qatlas"]) == {"kind": "test", "units": {"AA": "as told"}}


def schema_of(path: Path) -> pa.Schema:
    if path.suffix == ".parquet":
        return pq.read_schema(path)
    return pa.ipc.open_file(path.read_bytes()).schema


@pytest.fixture
def matrix(store: LocalArtifacts) -> StoredMatrix:
    put = store.put_array
    places = np.array([0, 1, 1, 0], dtype=np.int32)
    return StoredMatrix(
        put(VALUES), put(DAYS[[0, 0, 1, 2]]), put(places), put(np.array(["AA", "BBB"]))
    )


@pytest.mark.parametrize("format_", ExportFormat)
def test_a_matrix_has_a_row_for_each_day_and_member(
    matrix: StoredMatrix, store: LocalArtifacts, tmp_path: Path, format_: ExportFormat
) -> None:
    notes = tuple(ColumnNote("as told", text) for text in ("$open", "$close", "$high"))
    source = MatrixSource(matrix, ("OPEN", "date", "date_"))

    path = exported(source, store, tmp_path / "out", format_, notes)

    frame = read(path)
    assert frame.columns == ["date", "symbol", "OPEN", "date__", "date_"]
    assert frame["symbol"].to_list() == ["AA", "BBB", "BBB", "AA"]
    assert frame["date"].to_list() == DAYS[[0, 0, 1, 2]].tolist()
    shown = frame.select(pl.col(frame.columns[2:]).cast(pl.Float32)).to_numpy()
    assert np.array_equal(shown, VALUES, equal_nan=True)
    assert frame["date__"].null_count() == 1
    if format_ is not ExportFormat.CSV:
        assert schema_of(path).field("date__").metadata[b"expression"] == b"$close"


@pytest.mark.parametrize("format_", ExportFormat)
def test_how_a_file_is_cut_does_not_show(
    matrix: StoredMatrix,
    store: LocalArtifacts,
    tmp_path: Path,
    format_: ExportFormat,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = MatrixSource(matrix, ("a", "b", "c"))
    whole = exported(source, store, tmp_path / "whole", format_)
    monkeypatch.setattr(exporting, "_CELLS_AT_ONCE", 3)

    cut = exported(source, store, tmp_path / "cut", format_)

    assert read(cut).equals(read(whole))
    if format_ is ExportFormat.PARQUET:
        assert pq.ParquetFile(cut).num_row_groups == 4


def test_a_report_has_the_figures_of_every_day(store: LocalArtifacts, tmp_path: Path) -> None:
    columns = report(store)
    kept = read_report(columns, store, has_benchmark=True)

    frame = pl.read_parquet(exported(ReportSource(columns, True), store, tmp_path / "out"))

    assert frame["date"].to_list() == DAYS.tolist()
    assert frame["benchmarkReturn"].to_list() == kept.benchmark_return.tolist()
    assert frame["drawdown"].to_list() == cumulative_figures(kept).drawdown.tolist()
    assert frame["portfolioReturn"].dtype == pl.Float64


def test_a_report_without_benchmark_has_none(store: LocalArtifacts, tmp_path: Path) -> None:
    path = exported(ReportSource(report(store), False), store, tmp_path / "out")

    frame = pl.read_parquet(path)
    assert frame["benchmarkReturn"].null_count() == len(DAYS)
    assert frame["cumulativeExcess"].null_count() == len(DAYS)
    assert frame["cumulativeReturn"].null_count() == 0


def report(store: LocalArtifacts) -> Mapping[str, str]:
    names = ("account", "return", "bench", "cost", "turnover", "value", "cash")
    numbers = np.random.default_rng(1).normal(size=(len(names), len(DAYS)))
    columns: dict[str, Any] = dict(zip(names, numbers, strict=True)) | {"date": DAYS}
    return {name: store.put_array(values) for name, values in columns.items()}


@pytest.fixture
def bars(sample_directory: Path) -> BarsSource:
    found = Bars(str(sample_directory), "us", stamp(sample_directory))
    return BarsSource(found, "IBM", ("close", "volume"), Period(date(2005, 1, 1), date(2005, 2, 1)))


def test_bars_are_read_where_they_lie(
    bars: BarsSource, store: LocalArtifacts, tmp_path: Path
) -> None:
    frame = pl.read_parquet(exported(bars, store, tmp_path / "out"))

    directory = MarketDirectory.open(Path(bars.bars.directory))
    rows = np.flatnonzero(np.isin(directory.calendar, frame["date"].to_numpy()))
    close = read_bins(directory, "close", ("IBM",), slice(rows[0], rows[-1] + 1))[:, 0]
    assert frame["close"].to_list() == close.tolist()
    assert frame.columns == ["date", "close", "volume"]


def test_bars_that_change_while_they_are_read_do_not_go_out(
    bars: BarsSource, store: LocalArtifacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def changed_the_second_time(_path: Path, _stamp: str) -> None:
        asked.append(1)
        if len(asked) == 2:
            raise SnapshotChangedError("The files changed.")

    monkeypatch.setattr(export_tables, "require_unchanged", changed_the_second_time)
    folder = tmp_path / "out"

    with pytest.raises(SnapshotChangedError):
        exported(bars, store, folder)

    assert list(folder.iterdir()) == []


def test_what_is_no_longer_kept_does_not_go_out(
    panel: StoredPanel, store: LocalArtifacts, tmp_path: Path
) -> None:
    source = PanelSource(replace(panel, values="0" * 32), ("AA",), None, PERIOD)

    with pytest.raises(ArtifactMissingError):
        exported(source, store, tmp_path / "out")


def test_a_period_without_days_is_told(
    panel: StoredPanel, store: LocalArtifacts, tmp_path: Path
) -> None:
    empty = Period(date(2020, 1, 4), date(2020, 1, 5))

    with pytest.raises(EmptyDataError, match="no day between 2020-01-04 and 2020-01-05"):
        exported(PanelSource(panel, ("AA",), None, empty), store, tmp_path / "out")
