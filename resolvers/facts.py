"""What never changes once registered, read once and remembered: calendars, members, bars."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from bars.directory import MarketDirectory
from bars.fingerprint import combine, field_fingerprint
from domain.errors import BadInputError
from domain.keys import content_key
from domain.period import Period
from domain.records import FactorRecord, SnapshotRecord
from domain.work import Spans
from resolvers.lookups import Lookups
from resolvers.open_directories import OpenDirectory
from resolvers.remembered import Remembered

Foresee = Callable[[SnapshotRecord, tuple[str, ...]], None]
"""Takes a snapshot, and fields of it."""

_LOOKBACK_STEPS = (0, 64, 256, 1024, 5000)


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """A snapshot's trading days, ascending, datetime64[D]."""

    days: NDArray[np.datetime64]

    def rows(self, period: Period) -> slice:
        """The rows of the trading days in `period`; empty where there is none."""
        first = np.searchsorted(self.days, np.datetime64(period.start))
        stop = np.searchsorted(self.days, np.datetime64(period.end), side="right")
        return slice(int(first), int(stop))

    def day(self, row: int) -> date:
        """The trading day of a row."""
        return cast(date, self.days[row].astype(object))


class Facts:
    """Reads of immutable things, each made once for as long as it is among the last used.

    Args:
        hashes: How many hashes of bars and of memberships are remembered.
        wholes: How many calendars, memberships and factor sets are.
        directories: How many directories stay open; each holds its list of instruments, and the
            files of its tail.
        foresee: Is told, as often as that may be, of a snapshot and fields that somebody is likely
            to have something computed from.
    """

    def __init__(
        self,
        hashes: int = 8192,
        wholes: int = 256,
        directories: int = 32,
        foresee: Foresee = lambda _snapshot, _fields: None,
    ) -> None:
        self._hashes = Remembered(hashes)
        self._wholes = Remembered(wholes)
        self._directories = Remembered(directories)
        self._foresee = foresee

    async def directory(self, snapshot: SnapshotRecord) -> MarketDirectory:
        """The snapshot's directory, opened.

        Raises:
            DataDirectoryError: It is not there or cannot be read.
            SnapshotChangedError: Its files are not those that were registered.
        """
        return (await self._opened(snapshot)).directory

    async def calendar(self, snapshot: SnapshotRecord) -> Calendar:
        """The snapshot's trading days."""

        async def read() -> Calendar:
            return Calendar((await self.directory(snapshot)).calendar)

        place = ("calendar", snapshot.directory, snapshot.stamp)
        return await self._wholes.once(place, read)

    async def key(
        self,
        name: tuple[Hashable, ...],
        snapshot: SnapshotRecord,
        make: Callable[[], Coroutine[Any, Any, str]],
    ) -> str:
        """The key of a question that depends on nothing but `name` and a snapshot.

        Args:
            name: What is asked, of which entity, and the engines.
            snapshot: Which data.
            make: Works the key out.
        """
        place = ("key", *name, snapshot.id, snapshot.directory, snapshot.stamp)
        return await self._hashes.once(place, make)

    async def members(
        self, universe_id: int, period: Period, lookups: Lookups
    ) -> Mapping[str, Spans]:
        """Who was a member in the period, and when, clipped to it; by symbol."""

        async def read() -> Mapping[str, Spans]:
            return _clipped(await self.spans(universe_id, lookups), period)

        return await self._wholes.once(("members", universe_id, period), read)

    async def symbols(self, snapshot: SnapshotRecord, lookups: Lookups) -> tuple[str, ...]:
        """What is listed in a snapshot, in alphabetical order."""
        return await self._wholes.once(
            ("listed", snapshot.id), lambda: lookups.symbols(snapshot.id)
        )

    async def spans(self, universe_id: int, lookups: Lookups) -> Mapping[str, Spans]:
        """Who was ever a member of a universe, and when."""
        return await self._wholes.once(("spans", universe_id), lambda: lookups.spans(universe_id))

    async def membership_key(self, universe_id: int, period: Period, lookups: Lookups) -> str:
        """A hash of who was a member when, in the period."""

        async def read() -> str:
            return content_key("members", await self.members(universe_id, period, lookups))

        return await self._hashes.once(("membership", universe_id, period), read)

    async def factors(self, factor_set_id: int, lookups: Lookups) -> tuple[FactorRecord, ...]:
        """A factor set's factors in their order, for what they compute; newer ones may exist."""
        return await self._wholes.once(
            ("factors", factor_set_id), lambda: lookups.factors_of_set(factor_set_id)
        )

    async def features_key(self, factor_set_id: int, lookups: Lookups) -> str:
        """A hash of the names of a factor set and of what its values are made of, in order."""

        async def read() -> str:
            factors = await self.factors(factor_set_id, lookups)
            return content_key("features", [(f.name, f.spec.feature) for f in factors])

        return await self._hashes.once(("features", factor_set_id), read)

    async def bars(
        self,
        snapshot: SnapshotRecord,
        fields: Iterable[str],
        symbols: Sequence[str],
        rows: slice,
    ) -> str:
        """A hash of the content of some bars: fields, symbols, the dates of rows, values.

        Raises:
            DataDirectoryError: The snapshot's files are not there or cannot be read.
            SnapshotChangedError: They are not those that were registered.
        """
        names, fields = tuple(symbols), tuple(fields)
        self._foresee(snapshot, fields)
        digest = await self._wholes.once(("symbols", names), lambda: _digest(names))
        parts = await asyncio.gather(
            *(self._field(snapshot, field, names, digest, rows) for field in fields)
        )
        return combine(parts)

    async def _field(
        self,
        snapshot: SnapshotRecord,
        field: str,
        symbols: tuple[str, ...],
        digest: str,
        rows: slice,
    ) -> str:
        async def read() -> str:
            opened = await self._opened(snapshot)
            return await opened.read(lambda found: field_fingerprint(found, field, symbols, rows))

        # The digest stands for the symbols, which may be thousands.
        place = (snapshot.id, snapshot.stamp, field, digest, rows.start, rows.stop)
        return await self._hashes.once(("bars", *place), read)

    async def _opened(self, snapshot: SnapshotRecord) -> OpenDirectory:
        path = Path(snapshot.directory)

        async def open_it() -> OpenDirectory:
            self._foresee(snapshot, ())
            return await OpenDirectory.open(path, snapshot.stamp)

        return await self._directories.once((path, snapshot.stamp), open_it)


def require_trading_days(rows: slice, period: Period, field: str | None = None) -> slice:
    """Return `rows` if there is one.

    Raises:
        BadInputError: The period holds no trading day.
    """
    if rows.stop <= rows.start:
        raise BadInputError(
            f"No trading day lies between {period.start} and {period.end}; widen the period.", field
        )
    return rows


def rows_with_lookback(rows: slice, lookback_days: int | None) -> slice:
    """The rows that values over `rows` may read, the look-back rounded up so that many share it.

    Args:
        rows: The rows of the values themselves.
        lookback_days: How many rows before its own a value reads; None for all there are.
    """
    if lookback_days is None or lookback_days > _LOOKBACK_STEPS[-1]:
        return slice(0, rows.stop)
    step = next(step for step in _LOOKBACK_STEPS if step >= lookback_days)
    return slice(max(0, rows.start - step), rows.stop)


async def _digest(symbols: tuple[str, ...]) -> str:
    return content_key("symbols", symbols)


def _clipped(spans: Mapping[str, Spans], period: Period) -> Mapping[str, Spans]:
    clipped: dict[str, Spans] = {}
    for symbol, stays in sorted(spans.items()):
        kept = tuple(
            (max(start, period.start), min(end or period.end, period.end))
            for start, end in stays
            if start <= period.end and (end is None or end >= period.start)
        )
        if kept:
            clipped[symbol] = kept
    return clipped
