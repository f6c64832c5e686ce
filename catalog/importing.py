"""A market's data enters the catalogue: whole or not at all, and once however often it comes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Table, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.defaults import suggest_default_universe
from catalog.sources import (
    EDGE,
    ENTITY,
    INSTRUMENT,
    LISTING,
    MARKET,
    MEMBERSHIP,
    NAME,
    SNAPSHOT,
    UNIVERSE,
)
from catalog.spans import stored_spans
from catalog.upserts import upsert
from catalog.versions import Draft, add_edges, put_version
from domain.errors import ConflictError
from domain.imports import NewSnapshot, Registered
from domain.lineage import LineageRelation
from domain.names import EntityKind, check_name
from domain.work import Spans

EVERYBODY = "all"
"""The universe of everything that Qlib's directories have; a default only for want of others."""


async def register_snapshot(session: AsyncSession, new: NewSnapshot) -> Registered:
    """Write a market's data as its newest snapshot, unless the newest holds the same.

    The first import of a market creates it, with its default universe, and the first of all sets
    the catalogue's default universe. Universes whose members changed get a new version.

    The same data again makes no version. What comes with it and is not of the data takes effect
    all the same: where the files lie now, the names and sectors of companies, the market's
    currency, and its benchmark with what the checks found of it. What is left out stays as it is.

    Raises:
        BadInputError: The market or a universe has a name that breaks the rule.
        ConflictError: The market has another region.
    """
    check_name(new.market, "market")
    for name in new.universes:
        check_name(name, "universes")
    market_id = await _hold_market(session, new)
    snapshot = await put_version(session, _snapshot_draft(new), new.author)
    if not snapshot.is_new:
        await _renew(session, snapshot.id, new)
        await _put_instruments(session, market_id, new)
        priced = await _priced(session, snapshot.id)
        return Registered(snapshot_id=snapshot.id, is_new=False, universes=priced)
    await session.execute(insert(SNAPSHOT), _snapshot_row(snapshot.id, market_id, new))
    instruments = await _put_instruments(session, market_id, new)
    await _insert(session, LISTING, _listings(snapshot.id, instruments, new))
    universes = await _put_universes(session, market_id, instruments, new)
    edges = [(snapshot.id, LineageRelation.PRICES, universe) for universe in universes.values()]
    await add_edges(session, edges)
    return Registered(snapshot_id=snapshot.id, is_new=True, universes=universes)


async def _hold_market(session: AsyncSession, new: NewSnapshot) -> int:
    # The row is locked until the end: two imports of one market come one after the other.
    first = default_of(new.universes)
    row = {"name": new.market, "region": new.region}
    await session.execute(upsert(session, MARKET).values(row).on_conflict_do_nothing())
    held = await session.execute(
        select(MARKET.c.id, MARKET.c.region).where(MARKET.c.name == new.market).with_for_update()
    )
    market = held.one()
    require_region(new.market, market.region, new.region)
    market_id: int = market.id
    given = {"currency": new.currency, "benchmark": new.benchmark}
    facts: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if first is not None:
        await suggest_default_universe(session, new.market, first)
        facts["default_universe"] = func.coalesce(MARKET.c.default_universe, first)
    if facts:
        await session.execute(update(MARKET).where(MARKET.c.id == market_id).values(facts))
    return market_id


def require_region(market: str, registered: str, given: str) -> None:
    """Check that a market is of the region that new data were given as.

    Raises:
        ConflictError: It is of another.
    """
    if registered != given:
        raise ConflictError(
            f"The market {market!r} is of region {registered!r} and the data were given as "
            f"{given!r}; give the same region, or another name for the market.",
            "region",
        )


def default_of(universes: Iterable[str]) -> str | None:
    """The universe that a market's questions are about: the first by name that is not `all`."""
    names = sorted(universes)
    return next((name for name in names if name != EVERYBODY), next(iter(names), None))


def _snapshot_draft(new: NewSnapshot) -> Draft:
    return Draft(kind=EntityKind.SNAPSHOT, name=new.market, definition=new.fingerprint)


def _snapshot_row(entity_id: int, market_id: int, new: NewSnapshot) -> dict[str, object]:
    return {
        "entity_id": entity_id,
        "market_id": market_id,
        "directory": new.directory,
        "stamp": new.stamp,
        "region": new.region,
        "frequency": new.frequency,
        "fingerprint": new.fingerprint,
        "benchmark": new.benchmark,
        "first_date": new.first_date,
        "last_date": new.last_date,
        "trading_days": new.trading_days,
        "fields": list(new.fields),
        "quality": dict(new.quality),
    }


async def _renew(session: AsyncSession, snapshot_id: int, new: NewSnapshot) -> None:
    facts: dict[str, object] = {"directory": new.directory, "stamp": new.stamp}
    if new.benchmark is not None:  # the checks look at it, so what they found goes with it
        facts |= {"benchmark": new.benchmark, "quality": dict(new.quality)}
    snapshot = update(SNAPSHOT).where(SNAPSHOT.c.entity_id == snapshot_id)
    await session.execute(snapshot.values(facts))


async def _priced(session: AsyncSession, snapshot_id: int) -> dict[str, int]:
    universes = (
        select(NAME.c.name, ENTITY.c.id)
        .select_from(EDGE)
        .join(ENTITY, ENTITY.c.id == EDGE.c.target_id)
        .join(NAME, NAME.c.id == ENTITY.c.name_id)
        .where(EDGE.c.source_id == snapshot_id, EDGE.c.relation == LineageRelation.PRICES.value)
        .order_by(NAME.c.name)
    )
    return {row.name: row.id for row in await session.execute(universes)}


async def _put_instruments(
    session: AsyncSession, market_id: int, new: NewSnapshot
) -> dict[str, int]:
    described = {one.symbol: (one.company_name, one.sector) for one in new.instruments}
    members = {symbol for spans in new.universes.values() for symbol in spans}
    rows = [
        {"market_id": market_id, "symbol": symbol, "company_name": company_name, "sector": sector}
        for symbol in sorted(described.keys() | members)
        for company_name, sector in [described.get(symbol, (None, None))]
    ]
    put = upsert(session, INSTRUMENT)
    filled = {
        name: func.coalesce(put.excluded[name], INSTRUMENT.c[name])
        for name in ("company_name", "sector")
    }
    put = put.on_conflict_do_update(index_elements=["market_id", "symbol"], set_=filled)
    if rows:
        await session.execute(put, rows)
    listed = select(INSTRUMENT.c.symbol, INSTRUMENT.c.id).where(INSTRUMENT.c.market_id == market_id)
    return {row.symbol: row.id for row in await session.execute(listed)}


def _listings(
    snapshot_id: int, instruments: Mapping[str, int], new: NewSnapshot
) -> list[dict[str, object]]:
    return [
        {
            "snapshot_id": snapshot_id,
            "instrument_id": instruments[one.symbol],
            "first_date": one.first_date,
            "last_date": one.last_date,
        }
        for one in new.instruments
    ]


async def _put_universes(
    session: AsyncSession, market_id: int, instruments: Mapping[str, int], new: NewSnapshot
) -> dict[str, int]:
    versions: dict[str, int] = {}
    for name in sorted(new.universes):
        members = stored_spans(new.universes[name], new.last_date)
        draft = Draft(kind=EntityKind.UNIVERSE, scope=new.market, name=name, definition=members)
        version = await put_version(session, draft, new.author)
        if version.is_new:
            row = {"entity_id": version.id, "market_id": market_id}
            await session.execute(insert(UNIVERSE), row)
            await _insert(session, MEMBERSHIP, _memberships(version.id, instruments, members))
        versions[name] = version.id
    return versions


def _memberships(
    universe_id: int, instruments: Mapping[str, int], members: Mapping[str, Spans]
) -> list[dict[str, object]]:
    return [
        {
            "universe_id": universe_id,
            "instrument_id": instruments[symbol],
            "start": start,
            "end": end,
        }
        for symbol, spans in members.items()
        for start, end in spans
    ]


async def _insert(session: AsyncSession, table: Table, rows: Sequence[dict[str, object]]) -> None:
    if rows:
        await session.execute(insert(table), rows)
