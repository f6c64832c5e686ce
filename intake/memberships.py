"""Who belongs to a universe and when, as a user writes it in a file."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import cast

import numpy as np

from bars.layout import SYMBOL
from bars.universes import Days, Members, Span
from intake.faults import ImportFileError
from intake.lists import Line, find_columns, read_cells
from intake.reading import plain_symbol

EVERYBODY = "all"
"""The universe of all instruments that are no index."""

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "symbol": ("symbol", "ticker", "code", "instrument", "name"),
    "start": ("start", "in", "from", "start_date", "in_date", "date_in", "added", "date"),
    "end": ("end", "out", "to", "end_date", "out_date", "date_out", "removed", "until"),
}
_POSITIONS = {"symbol": 0, "start": 1, "end": 2}
_QUIET_DAYS = 20
"""Trading days without a bar at the end after which an instrument counts as gone."""


def everybody(extents: Mapping[str, tuple[int, int]], calendar: Days) -> Members:
    """Every instrument from its first bar to its last, open while it may only be suspended.

    Args:
        extents: First and last calendar row with a bar, by symbol.
        calendar: The trading days.
    """
    return {
        symbol: (Span(_day(calendar, first), _end(calendar, last)),)
        for symbol, (first, last) in sorted(extents.items())
    }


def read_members(path: Path, calendar: Days, date_format: str | None, today: date) -> Members:
    """Read a universe: symbol, first and last day in it, the last one left out while it stays.

    The columns have names, or stand in this order without any, as in Qlib's instruments files.
    Without dates, a symbol belongs to it throughout. A last day on or after the calendar's is
    open.

    Raises:
        ImportFileError: There is no column of symbols, a date is none, or lies before the other.
    """
    lines = read_cells(path)
    columns = find_columns(lines[0], _COLUMNS)
    if "symbol" in columns:
        lines = lines[1:]
    elif columns:
        raise ImportFileError(str(path), "has no column of symbols; name it symbol", 1)
    else:
        columns = _POSITIONS
    spans: dict[str, list[Span]] = {}
    for line in lines:
        symbol = plain_symbol(line.cell(columns["symbol"]))
        if not SYMBOL.fullmatch(symbol):
            fault = f"{symbol!r} cannot be a symbol" if symbol else "has no symbol"
            raise ImportFileError(line.file, fault, line.row)
        spans.setdefault(symbol, []).append(_span(line, columns, calendar, date_format, today))
    return {symbol: tuple(sorted(spans[symbol], key=_begin)) for symbol in sorted(spans)}


def _span(
    line: Line, columns: Mapping[str, int], calendar: Days, date_format: str | None, today: date
) -> Span:
    start, end = (_given(line, columns.get(name), date_format, today) for name in ("start", "end"))
    if start is not None and end is not None and end < start:
        raise ImportFileError(line.file, f"leaves on {end}, before it joins on {start}", line.row)
    first, last = _day(calendar, 0), _day(calendar, -1)
    open_ended = end is None or end >= last
    return Span(start or min(first, end or first), None if open_ended else end)


def _given(line: Line, place: int | None, date_format: str | None, today: date) -> date | None:
    if place is None or not line.cell(place):
        return None
    # A membership may be announced, and so begin or end in the future.
    later = today.replace(year=today.year + 100, day=1)
    return np.datetime64(line.day(place, date_format, later), "D").item()


def _begin(span: Span) -> tuple[date, date]:
    return span.start, span.end or date.max


def _day(calendar: Days, row: int) -> date:
    return cast(date, calendar[row].item())


def _end(calendar: Days, last: int) -> date | None:
    return None if last >= len(calendar) - 1 - _QUIET_DAYS else _day(calendar, last)
