"""What identifies data wherever it lies: equal bars have equal fingerprints."""

import json
from collections.abc import Iterable, Sequence
from hashlib import blake2b

import numpy as np

from bars.bins import fill_column, row_span
from bars.directory import MarketDirectory
from bars.universes import Members

_BITS = 128


def fingerprint_bars(
    directory: MarketDirectory,
    fields: Iterable[str],
    symbols: Iterable[str],
    rows: slice | None = None,
) -> str:
    """Fingerprint exactly these bars: the fields, the symbols, the days and the values.

    It is the same wherever the same bars lie: in another folder, in bins that start elsewhere,
    among more days, instruments or fields, and in whatever order they are asked for. A field or
    instrument that is not there counts as one without a value.

    Returns:
        32 hexadecimal digits.

    Raises:
        DataDirectoryError: A bin is short, odd-sized, or starts outside the calendar.
    """
    wanted = sorted(set(symbols))
    return combine(field_fingerprint(directory, field, wanted, rows) for field in fields)


def field_fingerprint(
    directory: MarketDirectory, field: str, symbols: Iterable[str], rows: slice | None = None
) -> str:
    """Fingerprint the bars of one field, as `fingerprint_bars` does before it combines them."""
    span, wanted = row_span(directory, rows), sorted(set(symbols))
    digest = blake2b(_text(["bars", field, wanted]), digest_size=_BITS // 8)
    digest.update(_days(directory, span))
    column = np.empty(span.stop - span.start, dtype=np.float32)
    for symbol in wanted:
        column.fill(np.nan)
        fill_column(directory, field, symbol, span, column)
        column[np.isnan(column)] = np.nan  # one NaN has many bit patterns
        digest.update(column.data)
    return digest.hexdigest()


def combine(parts: Iterable[str]) -> str:
    """One fingerprint for a set of them; neither order nor repetition matters."""
    return _digest(_text(["set", sorted(set(parts))]))


def fingerprint_directory(directory: MarketDirectory) -> str:
    """Fingerprint everything: the calendar, the universes and all bars.

    Returns:
        32 hexadecimal digits, the same whenever the same data is opened again.

    Raises:
        DataDirectoryError: A bin is short, odd-sized, or starts outside the calendar.
    """
    symbols = list(directory.instruments)
    bars = [field_fingerprint(directory, field, symbols) for field in directory.fields]
    universes = [_universe(name, members) for name, members in directory.markets.items()]
    return combine([_calendar(directory), *universes, *bars])


def _calendar(directory: MarketDirectory) -> str:
    return _digest(_text(["calendar", directory.frequency]), _days(directory, slice(None)))


def _universe(name: str, members: Members) -> str:
    spans = [
        (symbol, str(span.start), str(span.end))
        for symbol in sorted(members)
        for span in members[symbol]
    ]
    return _digest(_text(["universe", name, spans]))


def _days(directory: MarketDirectory, rows: slice) -> bytes:
    return directory.calendar[rows].astype("<M8[D]").tobytes()


def _text(value: Sequence[object]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _digest(*parts: bytes) -> str:
    return blake2b(b"".join(parts), digest_size=_BITS // 8).hexdigest()
