"""Checks of a market's names, calendar and universes, which need no values."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from bars.directory import MarketDirectory, is_listed
from bars.indices import looks_like_index
from bars.layout import BIN_SUFFIX, FEATURES, INSTRUMENTS, MARKET, lower_case, symbol_of
from bars.quality import Findings
from bars.universes import Span

_LONGEST_HOLIDAY_DAYS = 18  # the Chinese new years of 2000 and 2002 took 17


def check_names(directory: MarketDirectory, findings: Findings) -> None:
    """Find what Qlib cannot see, since it is not named as Qlib expects."""
    features = directory.path / FEATURES
    folders = sorted(entry.name for entry in os.scandir(features) if entry.is_dir())
    upper = [f"{FEATURES}/{name}" for name in folders if name != lower_case(name)]
    findings.add("UPPER_CASE_FOLDERS", upper)
    findings.add("SYMBOL_TWICE", _passed_over(directory, folders))
    for name in folders:
        findings.add("UPPER_CASE_BINS", _upper_case_bins(features / name))
    files = sorted((directory.path / INSTRUMENTS).glob("*.txt"))
    odd = [f"{INSTRUMENTS}/{file.name}" for file in files if not MARKET.fullmatch(file.stem)]
    findings.add("UNIVERSE_NAME", odd)


def _passed_over(directory: MarketDirectory, folders: Iterable[str]) -> Iterator[str]:
    """Folders whose symbol is another folder's."""
    for name in filter(is_listed, folders):
        listing = directory.instruments.get(symbol_of(name))
        if listing is not None and listing.folder != name:
            yield f"{FEATURES}/{name} and {FEATURES}/{listing.folder}"


def _upper_case_bins(folder: Path) -> Iterator[str]:
    with os.scandir(folder) as files:
        for name in sorted(file.name for file in files):
            if name != name.lower() and name.lower().endswith(BIN_SUFFIX):
                yield f"{FEATURES}/{folder.name}/{name}"


def check_calendar(directory: MarketDirectory, findings: Findings) -> None:
    """Find days that cannot be trading days, and stretches without one."""
    days = directory.calendar
    findings.add("CALENDAR_WEEKENDS", map(str, days[~np.is_busday(days)]))
    gaps = np.flatnonzero(np.diff(days).astype(int) > _LONGEST_HOLIDAY_DAYS)
    findings.add("CALENDAR_GAPS", (f"{days[row]} to {days[row + 1]}" for row in gaps))


def check_universes(directory: MarketDirectory, benchmark: str | None, findings: Findings) -> None:
    """Find members that are no shares or have no bars, and bars of no member."""
    listed: set[str] = set()
    for name, members in directory.markets.items():
        listed |= members.keys()
        if not members:
            findings.add("EMPTY_UNIVERSE", [f"{INSTRUMENTS}/{name}.txt"])
        indices = (one for one in members if one == benchmark or looks_like_index(one))
        findings.add("INDEX_IN_UNIVERSE", (f"{name}: {one}" for one in indices), group=name)
        absent = (one for one in members if one not in directory.instruments)
        findings.add("MISSING_BINS", (f"{name}: {one}" for one in absent))
        for symbol, spans in members.items():
            outside = (span for span in spans if not _has_data(directory, symbol, span))
            findings.add("MEMBERSHIP_OUTSIDE_DATA", (_shown(name, symbol, at) for at in outside))
    unlisted = directory.instruments.keys() - listed - {benchmark}
    findings.add("UNLISTED", sorted(unlisted))


def _has_data(directory: MarketDirectory, symbol: str, span: Span) -> bool:
    """Whether some bin covers a day of a span; true of what has no bins, a finding by itself."""
    listing = directory.instruments.get(symbol)
    if listing is None:
        return True
    rows = span.rows(directory.calendar)
    return bool(max(rows.start, listing.first) <= min(rows.stop - 1, listing.last))


def _shown(name: str, symbol: str, span: Span) -> str:
    return f"{name}: {symbol} {span.start} to {span.end or 'now'}"
