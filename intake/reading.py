"""Reads all files of an import into a spill, and learns which symbols and dates there are."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bars.layout import symbol_fault, upper_case
from intake.cells import NULLS
from intake.csv_tables import SMALL_BYTES, Layout, read_csv, read_layout
from intake.days import Place, read_days
from intake.faults import ImportFileError
from intake.headers import Renamings
from intake.keys import Register
from intake.parquet_tables import read_parquet
from intake.progress import Progress
from intake.small_files import groups, read_together
from intake.sources import Source
from intake.spill import Rows, Spill
from intake.tables import Batch, Codes, Reading

_BYTES_PER_ROW = 60
"""Of a CSV with seven columns, about; a guess that only decides how rows are parted."""
_PACKED = 4
_READERS = 2
_AHEAD = 8

Part = tuple[range, Batch]
"""Rows, and the numbers of the files that they are of."""

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
        for parts in reader.parts():
            for numbers, batch in parts:
                progress.step("reading", numbers.start, len(sources))
                reader.put(numbers, batch)
        progress.step("reading", len(sources), len(sources))
        days = read_days(reader.dates.texts, reader.dates.places, form.date_format, today)
        _require_symbols(reader.symbols)
    except BaseException:
        reader.spill.close()
        raise
    return Tables(
        reader.spill, reader.symbols, reader.dates, tuple(sources), days,
        reader.traded[: len(days)], reader.columns, reader.ignored,
        [source.name for source, rows in zip(sources, reader.rows, strict=True) if not rows],
    )  # fmt: skip


def plain_symbol(text: str) -> str:
    """A symbol as it is kept: ASCII letters in upper case, no white space around it."""
    return upper_case(text.strip())


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
        self.rows = np.zeros(len(sources), dtype=np.int64)
        self._sources = sources
        self._form = form
        self._layouts: dict[tuple[str, ...], Layout] = {}

    def parts(self) -> Iterator[Iterable[Part]]:
        """What is in the files, in order; small ones are read ahead of their turn."""
        ahead: deque[Future[list[Part]] | int] = deque()
        with ThreadPoolExecutor(_READERS) as pool:
            try:
                for numbers in groups(self._sources):
                    is_small = self._sources[numbers[0]].size <= SMALL_BYTES
                    ahead.append(pool.submit(self._whole, numbers) if is_small else numbers[0])
                    if len(ahead) > _AHEAD:
                        yield self._taken(ahead.popleft())
                while ahead:
                    yield self._taken(ahead.popleft())
            finally:
                pool.shutdown(cancel_futures=True)

    def put(self, numbers: range, batch: Batch) -> None:
        """Take in some rows, which are of the files of these numbers."""
        counts = np.array(batch.counts or [len(batch)])
        files = np.repeat(np.arange(numbers.start, numbers.stop, dtype=np.int32), counts)
        lines = np.arange(len(batch)) - np.repeat(np.cumsum(counts) - counts, counts)
        lines = (lines + batch.first_row).astype(np.int32)

        def place(row: int, column: str | None) -> Place:
            return Place(self._sources[files[row]].name, int(lines[row]), column)

        dates = self.dates.numbers(batch.dates, lambda row: place(row, batch.plan.date))
        self._count(dates, batch)
        if batch.symbols is None:
            symbols = np.repeat(self._named(numbers), counts)
        else:
            column = batch.plan.symbol
            symbols = self.symbols.numbers(batch.symbols, lambda row: place(row, column))
        rows = _filled(Rows(symbols, dates, files, lines, batch.fields), batch)
        self.rows += np.bincount(rows.files, minlength=len(self.rows))
        self.spill.put(rows)

    def _taken(self, read: Future[list[Part]] | int) -> Iterable[Part]:
        return read.result() if isinstance(read, Future) else self._alone(read)

    def _whole(self, numbers: range) -> list[Part]:
        """What is in small files; read together, unless something is wrong with one."""
        sources = [self._sources[number] for number in numbers]
        if len(sources) > 1:
            layout = self._layout(sources[0])
            if (batch := read_together(sources, layout, self._form.reading)) is not None:
                return [(numbers, batch)]
        return [part for number in numbers for part in self._alone(number)]

    def _alone(self, number: int) -> Iterator[Part]:
        for batch in self._batches(self._sources[number]):
            yield range(number, number + 1), batch

    def _layout(self, source: Source) -> Layout:
        layout = read_layout(source, self._form.renamings, self._form.reading, self._layouts)
        self._learn(source, layout.names, layout.ignored)
        return layout

    def _learn(self, source: Source, names: Iterable[str], ignored: Iterable[str]) -> None:
        self.columns.update(name.strip().lower() for name in names)
        for column in ignored:
            self.ignored.setdefault(column, source.name)

    def _named(self, numbers: range) -> Codes:
        """Numbers of the symbols that files are named by."""
        sources = [self._sources[number] for number in numbers]
        named = (self.symbols.number(one.stem, Place(one.name, None, None)) for one in sources)
        return np.fromiter(named, np.int32, len(sources))

    def _batches(self, source: Source) -> Iterator[Batch]:
        if source.is_parquet:
            batches, ignored, names = read_parquet(source, self._form.renamings)
            self._learn(source, names, ignored)
            return batches
        return read_csv(source, self._layout(source), self._form.reading)

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
        if fault := symbol_fault(text):
            raise ImportFileError(place.file, fault, place.row, place.column)


def _expected_rows(sources: Sequence[Source]) -> int:
    packed = sum(one.size for one in sources if one.is_parquet or one.path.suffix == ".gz")
    plain = sum(one.size for one in sources) - packed
    return (plain + packed * _PACKED) // _BYTES_PER_ROW
