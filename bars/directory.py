"""A Qlib data directory, opened: its calendar, instruments, universes and fields."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bars.binfile import read_extent
from bars.calendars import read_calendar
from bars.layout import BIN_SUFFIX, FEATURES, FIELD, SYMBOL, folder_of, symbol_of
from bars.marker import read_estimated
from bars.memberships import read_markets
from bars.universes import Days, Members
from domain.errors import DataDirectoryError


@dataclass(frozen=True, slots=True)
class Listing:
    """What lies on disk for one instrument.

    `first` and `last` are the first and last calendar row that any of its bins covers; `last` is
    below `first` where there is nothing to read.
    """

    fields: tuple[str, ...]
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
    """

    path: Path
    calendar: Days
    instruments: Mapping[str, Listing]
    markets: Mapping[str, Members]
    fields: tuple[str, ...]
    estimated: tuple[str, ...]

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
        instruments = dict(sorted(_listings(path, len(calendar))))
        return cls(
            path=path,
            calendar=calendar,
            instruments=instruments,
            markets=markets,
            fields=tuple(sorted({name for one in instruments.values() for name in one.fields})),
            estimated=read_estimated(path),
        )


def _listings(root: Path, days: int) -> Iterator[tuple[str, Listing]]:
    features = root / FEATURES
    if not features.is_dir():
        raise DataDirectoryError(
            f"{features} is missing; a Qlib data directory keeps its bars there, "
            "in one folder for each instrument."
        )
    with os.scandir(features) as folders:
        for folder in folders:
            symbol = symbol_of(folder.name)
            if folder.name == folder_of(symbol) and SYMBOL.fullmatch(symbol) and folder.is_dir():
                yield symbol, _listing(features / folder.name, days)


def _listing(folder: Path, days: int) -> Listing:
    fields, first, stop = [], days, 0
    for field, path in _bins(folder):
        fields.append(field)
        try:
            extent = read_extent(path, days)
        except DataDirectoryError:
            continue
        if extent.count:
            first, stop = min(first, extent.start), max(stop, min(extent.stop, days))
    return Listing(tuple(sorted(fields)), first, max(first, stop) - 1)


def _bins(folder: Path) -> Iterator[tuple[str, Path]]:
    with os.scandir(folder) as files:
        for file in files:
            field = file.name.removesuffix(BIN_SUFFIX)
            if field != file.name and FIELD.fullmatch(field):
                yield field, folder / file.name
