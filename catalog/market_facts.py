"""What a market consists of, counted: for people who look at it before they decide something."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.dialects import among, in_code_order
from catalog.shapes import SNAPSHOTS, UNIVERSES
from catalog.sources import EDGE, ENTITY, INSTRUMENT, LISTING, MEMBERSHIP, NAME, SNAPSHOT
from domain.lineage import LineageRelation
from domain.records import SnapshotRecord, UniverseRecord

Counts = Select[int, int]
PRICES: ColumnElement[bool] = EDGE.c.relation == LineageRelation.PRICES.value


async def snapshots_of_market(session: AsyncSession, market_id: int) -> tuple[SnapshotRecord, ...]:
    """All snapshots of a market, the oldest first."""
    found = SNAPSHOTS.select().where(SNAPSHOT.c.market_id == market_id)
    rows = await session.execute(found.order_by(ENTITY.c.version))
    return tuple(SNAPSHOTS.record(row) for row in rows)


async def universes_priced_by(
    session: AsyncSession, snapshot_id: int
) -> tuple[UniverseRecord, ...]:
    """The versions of universes that a snapshot prices, by name."""
    priced = UNIVERSES.joined(EDGE, EDGE.c.target_id == ENTITY.c.id)
    found = priced.select().where(EDGE.c.source_id == snapshot_id, PRICES)
    rows = await session.execute(found.order_by(in_code_order(NAME.c.name)))
    return tuple(UNIVERSES.record(row) for row in rows)


async def instruments_listed(session: AsyncSession, ids: Collection[int]) -> dict[int, int]:
    """How many instruments each snapshot lists."""
    return await _counts(
        session, ids, _counted(LISTING.c.snapshot_id, LISTING.c.instrument_id, ids)
    )


async def members_counted(
    session: AsyncSession, ids: Collection[int], on: date | None = None
) -> dict[int, int]:
    """How many members each universe has: on one day, or ever."""
    counted = _counted(MEMBERSHIP.c.universe_id, MEMBERSHIP.c.instrument_id, ids)
    if on is not None:
        stays = or_(MEMBERSHIP.c.end.is_(None), MEMBERSHIP.c.end >= on)
        counted = counted.where(MEMBERSHIP.c.start <= on, stays)
    return await _counts(session, ids, counted)


async def sectors_counted(session: AsyncSession, market_id: int) -> dict[str, int]:
    """How many instruments of a market are in each sector, by sector."""
    in_sector = INSTRUMENT.c.sector.is_not(None)
    rows = await session.execute(
        select(INSTRUMENT.c.sector, func.count())
        .where(INSTRUMENT.c.market_id == market_id, in_sector)
        .group_by(INSTRUMENT.c.sector)
    )
    return dict(sorted((str(sector), int(count)) for sector, count in rows))


def _counted(parent: ColumnElement[int], child: ColumnElement[int], ids: Collection[int]) -> Counts:
    children = select(parent, func.count(child.distinct()))
    return children.where(among(parent, ids)).group_by(parent)


async def _counts(session: AsyncSession, ids: Collection[int], counted: Counts) -> dict[int, int]:
    found = dict((await session.execute(counted)).all())
    return {each: found.get(each, 0) for each in ids}
