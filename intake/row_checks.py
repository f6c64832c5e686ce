"""Rows that cannot be right are found, counted and left out; nothing is mended."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from bars.quality import MAX_EXAMPLES, Findings
from intake.headers import ADJUSTED_CLOSE
from intake.quotes import Mask, Quotes, ordered
from intake.reading import Tables
from intake.spill import Rows

_NEEDED = ("close", ADJUSTED_CLOSE, "factor")
"""Without one of them that its instrument has, a row is of no use."""
_POSITIVE = ("open", "high", "low", "close", "vwap", *_NEEDED)
_RANGE_TOLERANCE = 1e-3  # vendors round


class RowChecks:
    """Judges rows one bucket after the other.

    Args:
        tables: What was read.
        findings: Where findings are counted.
        calendar_rows: By number of date, the calendar row; rows of dates with -1 are left out.
        is_index: By number of symbol, whether it names an index, which is not traded.
    """

    def __init__(
        self,
        tables: Tables,
        findings: Findings,
        calendar_rows: npt.NDArray[np.int64],
        is_index: Mask,
    ) -> None:
        self._tables = tables
        self._findings = findings
        self._is_trading_day = calendar_rows >= 0
        self._is_index = is_index

    def clean(self, rows: Rows) -> Iterator[Quotes]:
        """The rows of a bucket that can be right, some instruments at a time, each day once."""
        has_keys = (rows.symbols >= 0) & (rows.dates >= 0)
        self._count_keyless(rows, ~has_keys)
        kept = ordered(rows if has_keys.all() else rows.take(has_keys), self._tables.days)
        for quotes in kept.portions():
            if len(cleaned := self._cleaned(quotes)):
                yield cleaned

    def _cleaned(self, quotes: Quotes) -> Quotes:
        for check in (
            self._on_calendar,
            self._once,
            self._traded,
            self._complete,
            self._possible,
            self._within_range,
        ):
            quotes = quotes.take(check(quotes))
        return quotes

    def _on_calendar(self, quotes: Quotes) -> Mask:
        found: Mask = self._is_trading_day[quotes.rows.dates]
        if found.all():
            return found
        weekend = (quotes.days + 3) % 7 >= 5  # 1970-01-01 was a Thursday
        # An index has a calendar of its own, and vendors fill holidays with bars of no trading.
        off = ~found & ~self._indices(quotes) & ~_is_suspended(quotes)
        # A day is none of the calendar's where no row of it has a close, and that is its fault.
        close = quotes.field("close")
        self._count("NULL_VALUES", quotes, off & np.isnan(close), "close")
        self._count("IMPOSSIBLE_VALUES", quotes, off & np.isinf(close), "close")
        off &= np.isfinite(close)
        self._count("ROWS_ON_WEEKENDS", quotes, off & weekend)
        self._count("ROWS_OFF_CALENDAR", quotes, off & ~weekend)
        return found

    def _once(self, quotes: Quotes) -> Mask:
        again: Mask = ~quotes.begins
        again[1:] &= quotes.days[1:] == quotes.days[:-1]
        if not again.any():
            return ~again
        same: Mask = again.copy()
        for values in quotes.fields.values():
            before = np.concatenate([values[:1], values[:-1]])
            same &= (values == before) | (np.isnan(values) & np.isnan(before))
        group = np.cumsum(~again) - 1
        conflicts = np.bincount(group, again & ~same)[group] > 0
        self._count("DUPLICATE_ROWS", quotes, again & ~conflicts)
        self._count("CONFLICTING_ROWS", quotes, conflicts)
        kept: Mask = ~(again | conflicts)
        return kept

    def _traded(self, quotes: Quotes) -> Mask:
        suspended = _is_suspended(quotes) & ~self._indices(quotes)
        self._count("SUSPENDED_DAYS", quotes, suspended)
        return ~suspended

    def _complete(self, quotes: Quotes) -> Mask:
        kept = np.ones(len(quotes), dtype=np.bool_)
        for name, values in quotes.fields.items():
            there = ~np.isnan(values)
            if there.all():
                continue
            # Some files may have a column that others lack; those have no nulls in it.
            places = quotes.symbols - quotes.symbols[0]
            has_any = np.bincount(places, there) > 0
            missing = ~there & has_any[places]
            self._count("NULL_VALUES", quotes, missing, name)
            if name in _NEEDED:
                kept &= ~missing
        kept &= ~np.isnan(quotes.field("close"))
        return kept

    def _possible(self, quotes: Quotes) -> Mask:
        bad = np.zeros(len(quotes), dtype=np.bool_)
        for name, values in quotes.fields.items():
            wrong = np.isinf(values)
            if name in _POSITIVE:
                wrong |= values <= 0
            elif name == "volume":
                wrong |= values < 0
            bad |= wrong
            self._count("IMPOSSIBLE_VALUES", quotes, wrong, name)
        return ~bad

    def _within_range(self, quotes: Quotes) -> Mask:
        low, high = quotes.field("low"), quotes.field("high")
        crossed = low > high * (1 + _RANGE_TOLERANCE)
        outside = np.zeros(len(quotes), dtype=np.bool_)
        for name in ("open", "close"):
            values = quotes.field(name)
            outside |= values < low * (1 - _RANGE_TOLERANCE)
            outside |= values > high * (1 + _RANGE_TOLERANCE)
        self._count("LOW_ABOVE_HIGH", quotes, crossed)
        self._count("BARS_OUT_OF_RANGE", quotes, outside & ~crossed)
        return ~(crossed | outside)

    def _indices(self, quotes: Quotes) -> Mask:
        found: Mask = self._is_index[quotes.symbols]
        return found

    def _count_keyless(self, rows: Rows, mask: Mask) -> None:
        found = np.flatnonzero(mask)
        if len(found):
            shown = [self._tables.place(rows, int(row)) for row in found[:MAX_EXAMPLES]]
            self._findings.count("ROWS_WITHOUT_KEY", len(found), shown)

    def _count(self, check: str, quotes: Quotes, mask: Mask, field: str = "") -> None:
        found = np.flatnonzero(mask)
        if len(found):
            shown = [self._shown(quotes, int(row), field) for row in found[:MAX_EXAMPLES]]
            self._findings.count(check, len(found), shown, field)

    def _shown(self, quotes: Quotes, row: int, field: str) -> str:
        symbol = self._tables.symbols.texts[quotes.symbols[row]]
        day = np.datetime64(int(quotes.days[row]), "D")
        value = quotes.field(field)[row] if field else np.nan
        told = f" no {field}" if np.isnan(value) else f" {field} {value:g}"
        return f"{symbol} {day}{told if field else ''} ({self._tables.place(quotes.rows, row)})"


def _is_suspended(quotes: Quotes) -> npt.NDArray[np.bool_]:
    """The rows on which nothing was traded: no volume, and one price for all of the day.

    Some vendors write the close of the day before, others 0 or nothing for the other prices.
    """
    fields = quotes.fields
    if "volume" not in fields:
        return np.zeros(len(quotes), dtype=np.bool_)
    flat = np.ones(len(quotes), dtype=np.bool_)
    close = quotes.field("close")
    for name in ("open", "high", "low"):
        if name in fields:
            values = fields[name]
            flat &= (values == close) | (values == 0) | np.isnan(values)
    suspended: Mask = (fields["volume"] == 0) & flat
    return suspended
