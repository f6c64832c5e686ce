"""A Qlib data directory, opened: its calendar, instruments, universes and fields."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np

from bars.binfile import Extent, read_extent
from bars.calendars import read_calendar
from bars.layout import BIN_SUFFIX, FEATURES, FIELD, SYMBOL, folder_of, lower_case, symbol_of
from bars.marker import read_estimated
from bars.memberships import read_markets
from bars.tails import Tail, read_tail
from bars.universes import Days, Members
from domain.errors import DataDirectoryError


@dataclass(frozen=True, slots=True)
class Listing:
    """What lies on disk for one instrument.

    Attributes:
        folder: The name of its folder under `features`; empty where all it has is in the tail.
        fields: What it has in bins or in the tail, ascending.
        bins: Those of them that it has bins of, and the calendar rows of each; None for the rows of
            one that is broken.
        first: The first calendar row that any of its bins covers or that has a value in the tail.
        last: The last such row; below `first` where there is nothing to read.
    """

    folder: str
    fields: tuple[str, ...]
    bins: Mapping[str, Extent | None]
    first: int
    last: int


@dataclass(frozen=True, slots=True, eq=False)
class MarketDirectory:
    """A daily Qlib data directory as Qlib sees it: only lower-case folders and bins count.

    Attributes:
        path: The folder that holds `calendars`, `instruments` and `features`.
        calendar: Trading days, ascending, shape (days,), datetime64[D].
        instruments: What there is of each symbol, in upper case and ascending.
        markets: Universes: name, then symbol, then the spans of its membership. A span that
            reaches the last trading day is open.
        fields: The fields that any instrument has, ascending.
        estimated: The fields that were estimated and not observed.
        tail: The values of the last days, where the bins end before them.
    """

    path: Path
    calendar: Days
    instruments: Mapping[str, Listing]
    markets: Mapping[str, Members]
    fields: tuple[str, ...]
    estimated: tuple[str, ...]
    tail: Tail | None = None

    @property
    def bins_end(self) -> int:
        """The calendar row before which bins end: that of the tail, or the end of the calendar."""
        return len(self.calendar) if self.tail is None else self.tail.first

    @property
    def frequency(self) -> str:
        """The frequency of the bars, in Qlib's words."""
        return "day"

    @classmethod
    def open(cls, path: Path) -> Self:
        """Read everything but the values.

        Raises:
            DataDirectoryError: A part is missing or cannot be read; the sentence names the file
                and the line. Broken bins are not looked for here: `judge` finds them all, and
                reading one is refused.
        """
        calendar = read_calendar(path)
        markets = read_markets(path, calendar)
        tail = read_tail(path, len(calendar))
        listings = _listings(path, len(calendar) if tail is None else tail.first)
        instruments = dict(sorted(_with_tail(listings, tail).items()))
        return cls(
            path=path,
            calendar=calendar,
            instruments=instruments,
            markets=markets,
            fields=tuple(sorted({name for one in instruments.values() for name in one.fields})),
            estimated=read_estimated(path),
            tail=tail,
        )


def _listings(root: Path, bins_end: int) -> dict[str, Listing]:
    """What has a folder, by symbol; of two folders with one symbol, the one that we would make."""
    features = root / FEATURES
    if not features.is_dir():
        raise DataDirectoryError(
            f"{features} is missing; a Qlib data directory keeps its bars there, "
            "in one folder for each instrument."
        )
    found: dict[str, Listing] = {}
    with os.scandir(features) as folders:
        for folder in folders:
            symbol = symbol_of(folder.name)
            if not is_listed(folder.name) or not folder.is_dir():
                continue
            if symbol not in found or folder.name == folder_of(symbol):
                found[symbol] = _listing(features / folder.name, bins_end)
    return found


def is_listed(folder: str) -> bool:
    """Whether a folder's name can be that of an instrument: in lower case, and not hidden."""
    return (
        folder == lower_case(folder)
        and not folder.startswith(".")
        and SYMBOL.fullmatch(symbol_of(folder)) is not None
    )


def _listing(folder: Path, bins_end: int) -> Listing:
    bins = {field: _readable_extent(path, bins_end) for field, path in sorted(_bins(folder))}
    extents = [extent for extent in bins.values() if extent and extent.count]
    first = min((extent.start for extent in extents), default=bins_end)
    stop = max((min(extent.stop, bins_end) for extent in extents), default=first)
    return Listing(folder.name, tuple(bins), bins, first, stop - 1)


def _readable_extent(path: str, bins_end: int) -> Extent | None:
    try:
        return read_extent(path, bins_end)
    except DataDirectoryError:
        return None


def _bins(folder: Path) -> Iterator[tuple[str, str]]:
    with os.scandir(folder) as files:
        for file in files:
            field = file.name.removesuffix(BIN_SUFFIX)
            if field != file.name and FIELD.fullmatch(field):
                yield field, file.path


def _with_tail(listings: dict[str, Listing], tail: Tail | None) -> dict[str, Listing]:
    """Listings that know of the values in the tail, and of what has values only there."""
    if tail is None:
        return listings
    held = {field: ~np.isnan(block) for field, block in tail.columns.items()}
    days = np.logical_or.reduce(list(held.values()))
    firsts = tail.first + days.argmax(axis=1)
    lasts = tail.first + days.shape[1] - 1 - days[:, ::-1].argmax(axis=1)
    names = {field: np.logical_or.reduce(has, axis=1) for field, has in held.items()}
    for symbol, row in tail.symbols.items():
        fields = [field for field, has in names.items() if has[row]]
        if fields:
            first, last = int(firsts[row]), int(lasts[row])
            known = listings.get(symbol, Listing("", (), {}, first, -1))
            listings[symbol] = _extended(known, fields, first, last)
    return listings


def _extended(listing: Listing, fields: Iterable[str], first: int, last: int) -> Listing:
    is_empty = listing.last < listing.first
    return replace(
        listing,
        fields=tuple(sorted({*listing.fields, *fields})),
        first=first if is_empty else min(first, listing.first),
        last=last,
    )
