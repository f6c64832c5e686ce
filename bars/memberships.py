"""The universes of a Qlib data directory: `instruments/*.txt`, point in time."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import cast

from bars.layout import INSTRUMENTS, MARKET, SYMBOL, symbol_of_code
from bars.lines import parse_day, read_lines
from bars.universes import Days, Members, Span
from domain.errors import DataDirectoryError


def read_markets(root: Path, calendar: Days) -> Mapping[str, Members]:
    """Read every universe whose file has a name that the catalogue takes.

    Returns:
        Name, then symbol in upper case, then its spans in order; a span that reaches the last
        trading day is open. The files hold codes (see `code_of`); other names are taken as
        they are.

    Raises:
        DataDirectoryError: The folder is missing or has no universe, or a line is not a symbol,
            a first and a last day with tabs between them.
    """
    files = sorted((root / INSTRUMENTS).glob("*.txt"))
    if not files:
        raise DataDirectoryError(
            f"{root / INSTRUMENTS} has no universe; it has one text file for each, with a symbol, "
            "its first and its last day on every line."
        )
    last = cast(date, calendar[-1].item())
    return {file.stem: _members(file, last) for file in files if MARKET.fullmatch(file.stem)}


def _members(path: Path, last: date) -> Members:
    spans: dict[str, list[Span]] = {}
    for line, text in read_lines(path):
        symbol, span = _row(text, path, line)
        open_ended = span.end is not None and span.end >= last
        spans.setdefault(symbol, []).append(Span(span.start) if open_ended else span)
    return {
        symbol: tuple(sorted(spans[symbol], key=lambda span: (span.start, span.end or date.max)))
        for symbol in sorted(spans)
    }


def _row(text: str, path: Path, line: int) -> tuple[str, Span]:
    columns = text.split("\t")
    if len(columns) < 3:
        raise DataDirectoryError(
            f"{path}, line {line}: {text!r} has {len(columns)} of the 3 columns symbol, first day "
            "and last day, with tabs between them."
        )
    symbol = symbol_of_code(columns[0].strip())
    if not SYMBOL.fullmatch(symbol):
        raise DataDirectoryError(
            f"{path}, line {line}: {columns[0]!r} is not a symbol; a symbol has 1 to 64 characters "
            "that can be printed on one line."
        )
    start, end = (parse_day(column, path, line) for column in columns[1:3])
    if end < start:
        raise DataDirectoryError(
            f"{path}, line {line}: {symbol} leaves on {end}, before it joins on {start}."
        )
    return symbol, Span(start, end)
