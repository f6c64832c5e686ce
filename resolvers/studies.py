"""From what a client wrote to what is studied: which data, which members, which days."""

from dataclasses import dataclass
from datetime import date
from typing import cast

from domain.errors import BadInputError
from domain.names import EntityKind
from domain.period import Period
from domain.records import SnapshotRecord, UniverseRecord
from resolvers.facts import Facts, require_trading_days
from resolvers.lookups import Lookups


@dataclass(frozen=True, slots=True)
class Study:
    """One universe, in one snapshot, over some days. Equal studies read the same bars."""

    snapshot: SnapshotRecord
    universe: UniverseRecord
    period: Period


@dataclass(frozen=True, slots=True)
class StudyArguments:
    """A study as clients write it: references and dates, any of them left out."""

    snapshot: str | None = None
    universe: str | None = None
    start: date | None = None
    end: date | None = None

    @property
    def are_default(self) -> bool:
        """Whether everything but the universe was left out."""
        return self.snapshot is None and self.start is None and self.end is None


async def resolve_study(arguments: StudyArguments, facts: Facts, lookups: Lookups) -> Study:
    """Find what a client's arguments point at.

    Raises:
        NotFoundError: A reference points at nothing.
        BadInputError: The universe is of another market than the snapshot, a date lies outside
            the snapshot, or no trading day lies in the period.
    """
    universe = await resolve_universe(arguments.universe, arguments.snapshot, lookups)
    snapshot = await resolve_snapshot(arguments.snapshot, universe, lookups)
    return await study_of(snapshot, universe, arguments, facts)


async def study_today(
    study: Study, arguments: StudyArguments, facts: Facts, lookups: Lookups
) -> Study:
    """The study that the same arguments make on the newest data of the same market.

    Raises:
        BadInputError: The newest data no longer has the period.
    """
    newest = await lookups.latest_snapshot(study.universe.market_id)
    return await study_of(newest, study.universe, arguments, facts)


async def study_of(
    snapshot: SnapshotRecord, universe: UniverseRecord, arguments: StudyArguments, facts: Facts
) -> Study:
    """A universe in a snapshot over the days asked for.

    Raises:
        BadInputError: A date lies outside the snapshot, or no trading day lies in the period.
    """
    period = period_within(snapshot, arguments.start, arguments.end)
    calendar = await facts.calendar(snapshot)
    require_trading_days(calendar.rows(period), period, "start")
    return Study(snapshot, universe, period)


async def resolve_universe(
    universe: str | None, snapshot: str | None, lookups: Lookups
) -> UniverseRecord:
    """The universe named, else the snapshot's market's default, else the catalogue's."""
    if universe is not None:
        found = await lookups.resolve(EntityKind.UNIVERSE, universe, "universe")
        return cast(UniverseRecord, found)
    if snapshot is not None:
        named = await lookups.resolve(EntityKind.SNAPSHOT, snapshot, "snapshot")
        return await lookups.market_default_universe(cast(SnapshotRecord, named).market_id)
    return await lookups.default_universe()


async def resolve_snapshot(
    snapshot: str | None, universe: UniverseRecord, lookups: Lookups
) -> SnapshotRecord:
    """The snapshot named, else the newest of the universe's market.

    Raises:
        BadInputError: The two are of different markets.
    """
    if snapshot is None:
        return await lookups.latest_snapshot(universe.market_id)
    named = cast(SnapshotRecord, await lookups.resolve(EntityKind.SNAPSHOT, snapshot, "snapshot"))
    if named.market_id != universe.market_id:
        raise BadInputError(
            f"The snapshot {snapshot!r} is of the market {named.name}, but the universe "
            f"{universe.name} is of {universe.market}; name two of one market.",
            "snapshot",
        )
    return named


def period_within(snapshot: SnapshotRecord, start: date | None, end: date | None) -> Period:
    """The days asked for, all of the snapshot's where left out.

    Raises:
        BadInputError: A date lies outside the snapshot, or the end before the start.
    """
    for name, day in (("start", start), ("end", end)):
        if day is not None and not snapshot.first_date <= day <= snapshot.last_date:
            raise BadInputError(
                f"The {name} {day} lies outside the snapshot {snapshot.name}:{snapshot.version}, "
                f"which has {snapshot.first_date} to {snapshot.last_date}.",
                name,
            )
    return period_between(start or snapshot.first_date, end or snapshot.last_date)


def period_between(start: date, end: date) -> Period:
    """The days between two that a client gave.

    Raises:
        BadInputError: The end is before the start.
    """
    if end < start:
        raise BadInputError(
            f"The end {end} is before the start {start}; give an end on or after it.", "end"
        )
    return Period(start, end)
