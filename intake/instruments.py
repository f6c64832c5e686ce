"""The bars of one instrument after the other, made of everything that was read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bars.indices import looks_like_index
from bars.quality import Findings
from bars.universes import Days
from intake.adjusting import Bars, adjust
from intake.faults import ImportFileError
from intake.headers import require_used
from intake.keys import differing
from intake.progress import Progress
from intake.reading import Tables, plain_symbol, read_tables
from intake.request import ImportRequest
from intake.row_checks import RowChecks
from intake.sources import find_sources


@dataclass(frozen=True, slots=True, eq=False)
class Instrument:
    """The bars of one instrument.

    Attributes:
        symbol: Its symbol.
        rows: Ascending calendar rows, each with a close.
        columns: Values by field on these rows, float32.
        is_index: Whether it is an index, which is in no universe by itself.
        has_changes: Whether the files say its changes; else they are made of its closes.
    """

    symbol: str
    rows: npt.NDArray[np.int64]
    columns: Mapping[str, npt.NDArray[np.float32]]
    is_index: bool
    has_changes: bool


@dataclass(slots=True, eq=False)
class Made:
    """What came of the rows, filled while instruments are made.

    Attributes:
        findings: What was wrong with them.
        bars: How many bars there are.
        estimated: Bars whose vwap was estimated.
        indices: Those of the instruments that are indices.
    """

    findings: Findings = field(default_factory=Findings)
    bars: int = 0
    estimated: int = 0
    indices: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """All rows that a request is about: of the shares, and of a benchmark with a file of its own.

    Attributes:
        request: What was asked for.
        shares: The rows of the paths.
        index: The rows of the benchmark's own file.
        benchmark: Symbol of the benchmark; None where none is named.
    """

    request: ImportRequest
    shares: Tables
    index: Tables | None
    benchmark: str | None

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return self.shares.spill.rows + (self.index.spill.rows if self.index else 0)

    def close(self) -> None:
        """Let go of what does not fit into memory."""
        self.shares.spill.close()
        if self.index is not None:
            self.index.spill.close()


def read_request(request: ImportRequest, folder: Path, progress: Progress) -> Reading:
    """Read all files of a request.

    Args:
        request: What to read.
        folder: An empty folder for what does not fit into memory.
        progress: Told of each file.

    Raises:
        ImportFileError: A file is not what it should be.
        BadInputError: A column that the request renames is in no file.
    """
    shares = _read(request, request.paths, folder / "shares", progress)
    if request.benchmark_file is None:
        require_used(request.form.renamings, shares.columns)
        named = request.benchmark
        return Reading(request, shares, None, plain_symbol(named) if named else None)
    index = _read(request, (request.benchmark_file,), folder / "index", progress)
    require_used(request.form.renamings, shares.columns | index.columns)
    symbols = index.symbols.texts
    if len(symbols) != 1:
        raise ImportFileError(
            str(request.benchmark_file), f"has {len(symbols)} symbols; a benchmark is one"
        )
    symbol = plain_symbol(request.benchmark or symbols[0])
    index.symbols.texts[0] = symbol
    if symbol in shares.symbols.texts:
        raise ImportFileError(
            str(request.benchmark_file),
            f"is of {symbol}, and the other files have it, too; leave one out",
        )
    return Reading(request, shares, index, symbol)


def instruments_of(
    reading: Reading, calendar: Days, made: Made, progress: Progress
) -> Iterator[Instrument]:
    """Make the bars of every instrument; the order is that of their symbols' numbers.

    Args:
        reading: What was read.
        calendar: The trading days.
        made: What becomes of the rows; filled meanwhile.
        progress: Told of each instrument.
    """
    for tables in filter(None, (reading.shares, reading.index)):
        _count_tables(tables, made.findings)
    total, done = len(reading.shares.symbols), 0
    for tables in filter(None, (reading.shares, reading.index)):
        is_index = [
            tables is reading.index or symbol == reading.benchmark or looks_like_index(symbol)
            for symbol in tables.symbols.texts
        ]
        checks = RowChecks(tables, made.findings, calendar, is_index)
        for rows in tables.spill.buckets():
            quotes = checks.clean(rows)
            bars = adjust(
                quotes,
                np.array(is_index, dtype=np.bool_)[quotes.symbols],
                is_adjusted=reading.request.is_adjusted,
            )
            if not reading.request.is_adjusted:
                _count_unadjusted(bars, tables, is_index, made.findings)
            for instrument in _taken_apart(bars, tables, calendar, is_index):
                progress.step("writing", min(done, total), total)
                done += 1
                made.bars += len(instrument.rows)
                yield instrument
            made.estimated += int(bars.is_estimated.sum())
    progress.step("writing", total, total)


def _read(
    request: ImportRequest, paths: tuple[Path, ...], folder: Path, progress: Progress
) -> Tables:
    folder.mkdir(parents=True)
    return read_tables(find_sources(paths), request.form, folder, request.today, progress)


def _count_tables(tables: Tables, findings: Findings) -> None:
    findings.add("EMPTY_TABLES", tables.empty)
    findings.add(
        "COLUMNS_LEFT_OUT", (f"{column} ({file})" for column, file in tables.ignored.items())
    )
    findings.add(
        "SYMBOLS_DIFFER_BY_CASE",
        (" and ".join(one) for one in differing(tables.symbols.variants.values())),
    )


def _count_unadjusted(
    bars: Bars, tables: Tables, is_index: Sequence[bool], findings: Findings
) -> None:
    numbers = np.unique(bars.quotes.symbols[bars.is_unadjusted])
    shares = (number for number in numbers if not is_index[number])  # an index has no splits
    findings.add("UNADJUSTED", (tables.symbols.texts[number] for number in shares))


def _taken_apart(
    bars: Bars, tables: Tables, calendar: Days, is_index: list[bool]
) -> Iterator[Instrument]:
    quotes = bars.quotes
    rows = np.searchsorted(calendar.astype(np.int64), quotes.days).astype(np.int64)
    with np.errstate(over="ignore"):  # what is too large is infinite, and found to be so
        columns = {name: values.astype(np.float32) for name, values in bars.columns.items()}
    changes = quotes.field("change")
    starts = np.append(np.flatnonzero(quotes.begins), len(quotes))
    for start, stop in pairwise(starts):
        number = int(quotes.symbols[start])
        part = slice(int(start), int(stop))
        yield Instrument(
            tables.symbols.texts[number],
            rows[part],
            {name: values[part] for name, values in columns.items()},
            is_index[number],
            bool(np.isfinite(changes[part]).any()),
        )
