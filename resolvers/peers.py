"""Whom the cross-sections of an expression compare: a universe's members, and their sectors."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from domain.errors import BadInputError
from domain.expression import Expression
from domain.keys import content_key
from domain.period import Period
from domain.records import SnapshotRecord, UniverseRecord
from domain.work import Peers
from resolvers.facts import Facts
from resolvers.lookups import Lookups
from resolvers.needs import sectors_of


@dataclass(frozen=True, slots=True)
class PeerGroup:
    """Who was a member within the days that values read.

    Attributes:
        key: A hash of who was a member when, and in which sectors where these are read.
        symbols: Who was ever a member then, sorted.
    """

    key: str
    symbols: tuple[str, ...]


async def peer_group(
    expressions: Iterable[Expression],
    snapshot: SnapshotRecord,
    universe: UniverseRecord,
    rows: slice,
    facts: Facts,
    lookups: Lookups,
) -> PeerGroup | None:
    """Whom expressions compare on some days; None where they compare nobody.

    Args:
        expressions: What is computed.
        snapshot: Of the universe's market.
        universe: Whose members are compared.
        rows: Of the calendar, look-back included.
        facts: What never changes.
        lookups: What is catalogued now.

    Raises:
        BadInputError: Sectors are read, and no member has one.
    """
    crossing = [one for one in expressions if one.is_cross_sectional]
    if not crossing:
        return None
    calendar = await facts.calendar(snapshot)
    period = Period(calendar.day(rows.start), calendar.day(rows.stop - 1))
    members = await facts.members(universe.id, period, lookups)
    membership = await facts.membership_key(universe.id, period, lookups)
    sectors = await _sectors(crossing, universe, tuple(members), lookups)
    return PeerGroup(content_key("peers", [membership, sectors]), tuple(members))


async def peers(
    expressions: Iterable[Expression], universe: UniverseRecord, facts: Facts, lookups: Lookups
) -> Peers | None:
    """Whom expressions compare, as workers are told it; None where they compare nobody.

    Raises:
        BadInputError: Sectors are read, and no member has one.
    """
    crossing = [one for one in expressions if one.is_cross_sectional]
    if not crossing:
        return None
    members = await facts.spans(universe.id, lookups)
    return Peers(members, await _sectors(crossing, universe, tuple(members), lookups))


async def _sectors(
    expressions: Iterable[Expression],
    universe: UniverseRecord,
    members: tuple[str, ...],
    lookups: Lookups,
) -> Mapping[str, str]:
    """The sectors of members, where any expression reads them."""
    reading = next((one for one in expressions if one.needs_sectors), None)
    if reading is None:
        return {}
    sectors = await sectors_of(universe, members, lookups)
    if not sectors:
        raise BadInputError(
            f"{reading.canonical} needs sectors, and no member of {universe.reference} has one; "
            "import the market with --sectors, or neutralise by an expression."
        )
    return sectors
