"""Columns of equal length over dates, thinned for a screen."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, cast

import numpy as np

from bars.universes import Span, membership_mask
from compute.downsampling import pick_rows, require_room
from domain.arrays import DateArray, FloatPanel
from domain.artifacts import ArtifactStore
from domain.downsampling import Downsampling
from domain.errors import BadInputError, TooLargeError
from domain.period import Period
from domain.work import Spans, StoredPanel

_CELLS_AT_ONCE = 1_500_000
"""Calendar days times members; more take over 10 ms."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A series as it is shown.

    Attributes:
        dates: The rows shown, datetime64[D].
        names: A name for each column: a symbol, or a field of the bars.
        values: Shape (rows, columns); NaN where there is none.
        source_rows: How many rows there were before thinning.
        method: How they were thinned.
    """

    dates: DateArray
    names: tuple[str, ...]
    values: FloatPanel
    source_rows: int
    method: Downsampling

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return int(self.values.size)


@dataclass(frozen=True, slots=True)
class Thinning:
    """How many rows a client wants at most, and how they are picked."""

    max_points: int | None = None
    method: Downsampling = Downsampling.MINMAXLTTB

    def require_room(self, rows: slice) -> None:
        """Check that these rows can be shown, before they are computed.

        Raises:
            BadInputError: `max_points` is too small.
        """
        require_room(rows.stop - rows.start, self.max_points, self.method)


def thinned(
    dates: DateArray, names: Sequence[str], values: FloatPanel, thinning: Thinning
) -> Table:
    """Pick the rows of a series that are shown.

    Raises:
        BadInputError: `max_points` is too small.
    """
    rows = pick_rows(values, thinning.max_points, thinning.method)
    is_whole = len(rows) == len(dates)
    return Table(
        dates=dates if is_whole else dates[rows],
        names=tuple(names),
        values=values if is_whole else values[rows],
        source_rows=len(dates),
        method=thinning.method,
    )


def require_inline(rows: int, columns: int, limit: int, advice: str) -> None:
    """Check that columns fit in one answer.

    Raises:
        TooLargeError: They have more numbers than go inline; `advice` says what would do.
    """
    if (size := rows * columns) > limit:
        raise TooLargeError(
            f"These columns have {size:,} numbers and an answer at most {limit:,}; {advice}"
        )


def shown_members(
    members: Mapping[str, Spans], instruments: Sequence[str] | None
) -> Mapping[str, Spans]:
    """The members that a client wants to see, by symbol; all of them unless it says which.

    Raises:
        BadInputError: An instrument was never a member in the period, or none is asked for.
    """
    if instruments is None:
        return members
    unknown = [symbol for symbol in instruments if symbol not in members]
    if unknown or not instruments:
        fault = (
            f"{', '.join(unknown)} did not belong to the universe in this period"
            if unknown
            else "instruments is empty"
        )
        raise BadInputError(
            f"{fault}; choose among its members, such as {', '.join(list(members)[:3]) or 'none'}.",
            "instruments",
        )
    return {symbol: members[symbol] for symbol in sorted(set(instruments))}


def only(shown: Mapping[str, Spans], members: Mapping[str, Spans]) -> tuple[str, ...] | None:
    """The members that are shown, for an address; None where all are, which may be thousands."""
    return None if len(shown) == len(members) else tuple(shown)


async def members_table(
    panel: StoredPanel,
    members: Mapping[str, Spans],
    period: Period,
    thinning: Thinning,
    store: ArtifactStore,
) -> Table:
    """As `panel_table`, in a thread where that takes so long that others would notice."""
    cells = ((period.end - period.start).days + 1) * len(members)
    if cells <= _CELLS_AT_ONCE:
        # Threads would end one by one, and what a list of series reads next would not go together.
        return panel_table(panel, members, period, thinning, store)
    return await asyncio.to_thread(panel_table, panel, members, period, thinning, store)


def panel_table(
    panel: StoredPanel,
    members: Mapping[str, Spans],
    period: Period,
    thinning: Thinning,
    store: ArtifactStore,
) -> Table:
    """The values of a panel for the members of a universe, a column for each.

    Values on days on which an instrument was not a member are missing.

    Raises:
        BadInputError: `max_points` is too small.
    """
    names = tuple(members)
    dates = store.open_array(panel.dates)
    rows = slice(
        int(np.searchsorted(dates, np.datetime64(period.start))),
        int(np.searchsorted(dates, np.datetime64(period.end), side="right")),
    )
    places = _places(store, panel.symbols)
    days = dates[rows]
    values = _columns(store.open_array(panel.values)[rows], [places.get(name) for name in names])
    spans = {name: tuple(Span(*span) for span in members[name]) for name in names}
    values[~membership_mask(spans, names, days)] = np.nan
    return thinned(days, names, values, thinning)


def instrument_table(
    panel: StoredPanel, symbol: str, period: Period, thinning: Thinning, store: ArtifactStore
) -> Table:
    """The values of a panel for one instrument, whatever universes it belongs to."""
    always: Mapping[str, Spans] = {symbol: ((date.min, None),)}
    return panel_table(panel, always, period, thinning, store)


def _columns(values: FloatPanel, places: Sequence[int | None]) -> FloatPanel:
    """Copy some columns; those that the panel does not have are missing throughout."""
    known = [(into, place) for into, place in enumerate(places) if place is not None]
    columns = np.full((len(values), len(places)), np.nan, dtype=values.dtype)
    columns[:, [into for into, _ in known]] = values[:, [place for _, place in known]]
    return columns


def _places(store: ArtifactStore, symbols: str) -> Mapping[str, int]:
    return _places_in(cast(Any, store), symbols)


@lru_cache(maxsize=64)
def _places_in(store: Any, symbols: str) -> Mapping[str, int]:
    return {str(symbol): place for place, symbol in enumerate(store.open_array(symbols))}
