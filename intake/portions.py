"""The bars of everything that was read, some instruments at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from bars.indices import looks_like_index
from bars.quality import Findings
from bars.universes import Days
from intake.adjusting import Bars, adjust
from intake.keys import differing
from intake.quotes import Mask
from intake.reading import Tables
from intake.request import ImportRequest
from intake.requested import Reading
from intake.row_checks import RowChecks
from intake.trading_days import rows_of


@dataclass(frozen=True, slots=True, eq=False)
class Portion:
    """The bars of some instruments, one after the other; each has some.

    Attributes:
        symbols: Of each instrument.
        starts: Where the bars of each start, and where those of the last one end.
        rows: Calendar rows, ascending within each instrument, each with a close.
        columns: Values by field on these rows, float32.
        is_index: Whether an instrument is an index, which is in no universe by itself.
        has_changes: Whether the files say its changes; else they are made of its closes.
    """

    symbols: Sequence[str]
    starts: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int64]
    columns: Mapping[str, npt.NDArray[np.float32]]
    is_index: Mask
    has_changes: Mask


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


def portions_of(reading: Reading, calendar: Days, made: Made) -> Iterator[Portion]:
    """Make the bars of all instruments; the order is that of their symbols' numbers.

    Args:
        reading: What was read.
        calendar: The trading days.
        made: What becomes of the rows; filled meanwhile.
    """
    for tables in filter(None, (reading.shares, reading.index)):
        _count_tables(tables, made.findings)
    for tables in filter(None, (reading.shares, reading.index)):
        is_index = [
            tables is reading.index or symbol == reading.benchmark or looks_like_index(symbol)
            for symbol in tables.symbols.texts
        ]
        yield from _portions(
            tables, np.array(is_index, dtype=np.bool_), calendar, reading.request, made
        )


def _portions(
    tables: Tables, is_index: Mask, calendar: Days, request: ImportRequest, made: Made
) -> Iterator[Portion]:
    rows = rows_of(calendar, tables.days)
    checks = RowChecks(tables, made.findings, rows, is_index)
    for quotes in (quotes for read in tables.spill.buckets() for quotes in checks.clean(read)):
        bars = adjust(quotes, is_index[quotes.symbols], is_adjusted=request.is_adjusted)
        if not request.is_adjusted:
            _count_unadjusted(bars, tables, is_index, made.findings)
        portion = _portion(bars, tables, rows[quotes.rows.dates], is_index)
        made.bars += len(quotes)
        made.estimated += int(bars.is_estimated.sum())
        named = zip(portion.symbols, portion.is_index, strict=True)
        made.indices += [symbol for symbol, is_one in named if is_one]
        yield portion


def _count_tables(tables: Tables, findings: Findings) -> None:
    findings.add("EMPTY_TABLES", tables.empty)
    findings.add(
        "COLUMNS_LEFT_OUT", (f"{column} ({file})" for column, file in tables.ignored.items())
    )
    findings.add(
        "SYMBOLS_DIFFER_BY_CASE",
        (" and ".join(one) for one in differing(tables.symbols.variants.values())),
    )


def _count_unadjusted(bars: Bars, tables: Tables, is_index: Mask, findings: Findings) -> None:
    numbers = np.unique(bars.quotes.symbols[bars.is_unadjusted])
    shares = (number for number in numbers if not is_index[number])  # an index has no splits
    findings.add("UNADJUSTED", (tables.symbols.texts[number] for number in shares))


def _portion(bars: Bars, tables: Tables, rows: npt.NDArray[np.int64], is_index: Mask) -> Portion:
    quotes = bars.quotes
    with np.errstate(over="ignore"):  # what is too large is infinite, and found to be so
        columns = {name: values.astype(np.float32) for name, values in bars.columns.items()}
    firsts = np.flatnonzero(quotes.begins)
    numbers = quotes.symbols[firsts]
    changes = quotes.fields.get("change")
    return Portion(
        [tables.symbols.texts[number] for number in numbers],
        np.append(firsts, len(quotes)),
        rows,
        columns,
        is_index[numbers],
        np.zeros(len(firsts), dtype=np.bool_)
        if changes is None
        else np.logical_or.reduceat(np.isfinite(changes), firsts),
    )
