"""Reads all files of an import into a spill, and learns which symbols and dates there are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bars.layout import SYMBOL as SYMBOLS
from intake.cells import NULLS
from intake.csv_tables import Layout, read_csv, read_layout
from intake.days import Place, read_days
from intake.faults import ImportFileError
from intake.headers import Renamings
from intake.keys import Register
from intake.parquet_tables import read_parquet
from intake.progress import Progress
from intake.sources import Source
from intake.spill import Rows, Spill
from intake.tables import Batch, Codes, Reading

_BYTES_PER_ROW = 60
"""Of a CSV with seven columns, about; a guess that only decides how rows are parted."""
_PACKED = 4
_TICKERS = frozenset({"NA", "NAN"})
"""Of shares that are listed, though elsewhere they stand for a missing value."""
_NO_SYMBOL = frozenset(NULLS) - _TICKERS


@dataclass(frozen=True, slots=True)
class Form:
    """How files are to be understood, as far as the user says so.

    Attributes:
        renamings: What columns are.
        date_format: A format of `strptime`; None to find it out.
        decimal: What stands before the fraction of a number in CSV.
    """

    renamings: Renamings = field(default_factory=dict)
    date_format: str | None = None
    decimal: str = "."

    @property
    def reading(self) -> Reading:
        """How tables are read."""
        return Reading(self.decimal)


@dataclass(slots=True, eq=False)
class Tables:
    """All rows of some files.

    Attributes:
        spill: The rows.
        symbols: Upper case, by their numbers; different cases are one symbol.
        dates: As they are written, by their numbers.
        sources: The files, by their numbers.
        days: By number of date: days since 1970-01-01.
        traded: By number of date: on how many rows something was traded.
        columns: All columns of all files, in lower case.
        ignored: Columns that were left out, and an example of a file with each.
        empty: Files with a header and no rows.
    """

    spill: Spill
    symbols: Register
    dates: Register
    sources: tuple[Source, ...]
    days: npt.NDArray[np.int32]
    traded: npt.NDArray[np.int64]
    columns: set[str]
    ignored: dict[str, str]
    empty: list[str]

    def place(self, rows: Rows, row: int) -> str:
        """Where a row was read, for people."""
        return f"{self.sources[rows.files[row]].path.name}, row {rows.lines[row]:,}"


def read_tables(
    sources: Sequence[Source], form: Form, folder: Path, today: date, progress: Progress
) -> Tables:
    """Read all files.

    Args:
        sources: The files.
        form: How they are to be understood.
        folder: An empty folder for what does not fit into memory.
        today: No date may lie after it.
        progress: Told of each file.

    Raises:
        ImportFileError: A file is not what it should be; the sentence says where.
    """
    reader = _Reader(tuple(sources), form, Spill(folder, _expected_rows(sources)))
    try:
        for number in range(len(sources)):
            progress.step("reading", number, len(sources))
            for _ in reader.read(number):
                progress.step("reading", number, len(sources))
        progress.step("reading", len(sources), len(sources))
        days = read_days(reader.dates.texts, reader.dates.places, form.date_format, today)
        _require_symbols(reader.symbols)
    except BaseException:
        reader.spill.close()
        raise
    return Tables(
        reader.spill, reader.symbols, reader.dates, tuple(sources), days,
        reader.traded[: len(days)], reader.columns, reader.ignored, reader.empty,
    )  # fmt: skip


def plain_symbol(text: str) -> str:
    """A symbol as it is kept: ASCII letters in upper case, no white space around it."""
    return "".join(letter.upper() if letter.isascii() else letter for letter in text.strip())


def _symbol(text: str) -> str:
    return "" if text.strip() in _NO_SYMBOL else plain_symbol(text)


def _date(text: str) -> str:
    plain = text.strip()
    return "" if plain in NULLS else plain


class _Reader:
    """What is known after some of the files."""

    def __init__(self, sources: tuple[Source, ...], form: Form, spill: Spill) -> None:
        self.spill = spill
        self.symbols = Register(_symbol)
        self.dates = Register(_date)
        self.traded = np.zeros(4096, dtype=np.int64)
        self.columns: set[str] = set()
        self.ignored: dict[str, str] = {}
        self.empty: list[str] = []
        self._sources = sources
        self._form = form
        self._layouts: dict[tuple[str, ...], Layout] = {}

    def read(self, number: int) -> Iterator[int]:
        """Read one file; tells after every batch how many rows there are."""
        source, before = self._sources[number], self.spill.rows
        for batch in self._batches(source):
            self._put(batch, number)
            yield self.spill.rows
        if self.spill.rows == before:
            self.empty.append(source.name)

    def _batches(self, source: Source) -> Iterator[Batch]:
        if source.is_parquet:
            batches, ignored, names = read_parquet(source, self._form.renamings)
        else:
            layout = read_layout(source, self._form.renamings, self._form.reading, self._layouts)
            batches, ignored = read_csv(source, layout, self._form.reading), layout.ignored
            names = layout.names
        self.columns.update(name.strip().lower() for name in names)
        for column in ignored:
            self.ignored.setdefault(column, source.name)
        return batches

    def _put(self, batch: Batch, number: int) -> None:
        name, size = self._sources[number].name, len(batch)
        dates = self.dates.numbers(
            batch.dates, lambda row: Place(name, batch.first_row + row, batch.plan.date)
        )
        self._count(dates, batch)
        lines = np.arange(batch.first_row, batch.first_row + size, dtype=np.int32)
        files = np.full(size, number, dtype=np.int32)
        rows = Rows(self._numbered(batch, number), dates, files, lines, batch.fields)
        self.spill.put(_filled(rows, batch))

    def _numbered(self, batch: Batch, number: int) -> Codes:
        source = self._sources[number]
        if batch.symbols is None:
            symbol = self.symbols.number(source.stem, Place(source.name, None, None))
            return np.full(len(batch), symbol, dtype=np.int32)
        column = batch.plan.symbol
        return self.symbols.numbers(
            batch.symbols, lambda row: Place(source.name, batch.first_row + row, column)
        )

    def _count(self, dates: Codes, batch: Batch) -> None:
        counted = np.bincount(dates[_traded(batch) & (dates >= 0)])
        if len(self.dates) > len(self.traded):
            self.traded = np.concatenate([self.traded, np.zeros(len(self.dates), dtype=np.int64)])
        self.traded[: len(counted)] += counted


def _filled(rows: Rows, batch: Batch) -> Rows:
    """The rows that are not blank, which people leave below and between tables."""
    blank = rows.dates < 0
    if not blank.any():
        return rows
    if batch.symbols is not None:
        blank &= rows.symbols < 0
    for values in rows.fields.values():
        blank &= np.isnan(values)
    return rows.take(~blank)


def _traded(batch: Batch) -> npt.NDArray[np.bool_]:
    """The rows on which something was traded, as far as one can tell."""
    fields = batch.fields
    closed: npt.NDArray[np.bool_] = np.isfinite(fields["close"])
    if not {"volume", "high", "low"} <= fields.keys():
        return closed
    closed &= ~((fields["volume"] == 0) & (fields["high"] == fields["low"]))
    return closed


def _require_symbols(symbols: Register) -> None:
    for text, place in zip(symbols.texts, symbols.places, strict=True):
        if not SYMBOLS.fullmatch(text):
            raise ImportFileError(
                place.file, f"{text!r} cannot be a symbol", place.row, place.column
            )


def _expected_rows(sources: Sequence[Source]) -> int:
    packed = sum(one.size for one in sources if one.is_parquet or one.path.suffix == ".gz")
    plain = sum(one.size for one in sources) - packed
    return (plain + packed * _PACKED) // _BYTES_PER_ROW
