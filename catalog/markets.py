"""Markets, what is listed on them, and which data and universes they have."""

from collections.abc import Callable, Collection, Iterable
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.dialects import among, check_text, in_code_order
from catalog.reading import records_by_ids
from catalog.shapes import INSTRUMENTS, MARKETS, SNAPSHOTS, UNIVERSES
from catalog.sources import ENTITY, INSTRUMENT, MARKET, MEMBERSHIP, NAME, SNAPSHOT, UNIVERSE
from domain.errors import AmbiguousNameError
from domain.names import NAME_PATTERN
from domain.records import (
    InstrumentRecord,
    MarketRecord,
    MembershipRecord,
    SnapshotRecord,
    UniverseRecord,
)

K = TypeVar("K")
T = TypeVar("T")

_IS_LATEST: ColumnElement[bool] = ENTITY.c.version == NAME.c.latest_version


async def all_markets(session: AsyncSession) -> tuple[MarketRecord, ...]:
    """Every market, by name."""
    rows = await session.execute(MARKETS.select().order_by(in_code_order(MARKET.c.name)))
    return tuple(MARKETS.record(row) for row in rows)


async def markets_by_ids(session: AsyncSession, ids: Collection[int]) -> dict[int, MarketRecord]:
    """Read markets; ids that name nothing are left out."""
    return await records_by_ids(session, MARKETS, ids)


async def markets_by_names(
    session: AsyncSession, names: Collection[str]
) -> dict[str, MarketRecord]:
    """Read markets; names that are unknown are left out."""
    known = among(MARKET.c.name, filter(NAME_PATTERN.fullmatch, names))
    rows = await session.execute(MARKETS.select().where(known))
    return {row.name: MARKETS.record(row) for row in rows}


async def latest_snapshots(
    session: AsyncSession, market_ids: Collection[int]
) -> dict[int, SnapshotRecord]:
    """The newest snapshot of each market that has one."""
    newest = SNAPSHOTS.select().where(among(SNAPSHOT.c.market_id, market_ids), _IS_LATEST)
    rows = await session.execute(newest)
    return {row.market_id: SNAPSHOTS.record(row) for row in rows}


async def snapshot_directories(session: AsyncSession, market: str) -> frozenset[str]:
    """The folders of all snapshots of a market."""
    of_market = select(SNAPSHOT.c.directory).join(MARKET, MARKET.c.id == SNAPSHOT.c.market_id)
    return frozenset(await session.scalars(of_market.where(MARKET.c.name == market)))


async def universes_of_markets(
    session: AsyncSession, market_ids: Collection[int]
) -> dict[int, tuple[UniverseRecord, ...]]:
    """The universes of each market in their latest versions, by name, without archived ones."""
    statement = (
        UNIVERSES.select()
        .where(among(UNIVERSE.c.market_id, market_ids), _IS_LATEST, NAME.c.archived_at.is_(None))
        .order_by(in_code_order(NAME.c.name))
    )
    rows = await session.execute(statement)
    return _grouped(rows, market_ids, lambda row: row.market_id, UNIVERSES.record)


async def default_universes(
    session: AsyncSession, market_ids: Collection[int]
) -> dict[int, UniverseRecord]:
    """The latest version of each market's default universe, where it has one."""
    of_market = UNIVERSES.joined(MARKET, MARKET.c.id == UNIVERSE.c.market_id)
    default = NAME.c.name == MARKET.c.default_universe
    statement = of_market.select().where(among(MARKET.c.id, market_ids), default, _IS_LATEST)
    rows = await session.execute(statement)
    return {row.market_id: UNIVERSES.record(row) for row in rows}


async def sectors_of_markets(
    session: AsyncSession, market_ids: Collection[int]
) -> dict[int, tuple[str, ...]]:
    """The sectors that instruments of each market are in, sorted."""
    statement = (
        select(INSTRUMENT.c.market_id, INSTRUMENT.c.sector)
        .where(among(INSTRUMENT.c.market_id, market_ids), INSTRUMENT.c.sector.is_not(None))
        .distinct()
    )
    rows = (await session.execute(statement)).all()
    ordered = sorted(rows, key=lambda row: str(row.sector))
    return _grouped(ordered, market_ids, lambda row: row.market_id, lambda row: str(row.sector))


async def instruments_by_ids(
    session: AsyncSession, ids: Collection[int]
) -> dict[int, InstrumentRecord]:
    """Read instruments; ids that name nothing are left out."""
    return await records_by_ids(session, INSTRUMENTS, ids)


async def instruments_by_symbols(
    session: AsyncSession, symbols: Collection[str], market_id: int
) -> dict[str, InstrumentRecord]:
    """Read instruments of one market; symbols that it does not list are left out."""
    wanted = among(INSTRUMENT.c.symbol, (check_text(symbol, "symbol") for symbol in symbols))
    statement = INSTRUMENTS.select().where(INSTRUMENT.c.market_id == market_id, wanted)
    return {row.symbol: INSTRUMENTS.record(row) for row in await session.execute(statement)}


async def find_instrument(
    session: AsyncSession, symbol: str, market: str | None = None
) -> InstrumentRecord | None:
    """Find an instrument by its symbol, on one market or on all of them.

    Raises:
        AmbiguousNameError: No market was given and several list the symbol.
    """
    of_market = INSTRUMENTS.joined(MARKET, MARKET.c.id == INSTRUMENT.c.market_id)
    statement = (
        of_market.select()
        .add_columns(MARKET.c.name.label("market"))
        .where(INSTRUMENT.c.symbol == check_text(symbol, "symbol"))
        .order_by(in_code_order(MARKET.c.name))
    )
    rows = (await session.execute(statement)).all()
    fitting = [row for row in rows if market in (None, row.market)]
    if len(fitting) > 1:
        markets = " and ".join(row.market for row in fitting)
        raise AmbiguousNameError(
            f"{symbol!r} is listed on {markets}; name the market too.", "symbol"
        )
    return INSTRUMENTS.record(fitting[0]) if fitting else None


async def memberships_of_instruments(
    session: AsyncSession, instrument_ids: Collection[int]
) -> dict[int, tuple[MembershipRecord, ...]]:
    """The stays of instruments in the latest versions of universes, by universe, then start."""
    statement = (
        select(*MEMBERSHIP.c, INSTRUMENT.c.symbol)
        .join(ENTITY, ENTITY.c.id == MEMBERSHIP.c.universe_id)
        .join(NAME, NAME.c.id == ENTITY.c.name_id)
        .join(INSTRUMENT, INSTRUMENT.c.id == MEMBERSHIP.c.instrument_id)
        .where(among(MEMBERSHIP.c.instrument_id, instrument_ids), _IS_LATEST)
        .order_by(in_code_order(NAME.c.name), MEMBERSHIP.c.universe_id, MEMBERSHIP.c.start)
    )
    rows = await session.execute(statement)
    return _grouped(
        rows,
        instrument_ids,
        lambda row: row.instrument_id,
        lambda row: MembershipRecord(**row._mapping),
    )


def _grouped(
    rows: Iterable[Any],
    keys: Collection[K],
    key: Callable[[Any], K],
    record: Callable[[Any], T],
) -> dict[K, tuple[T, ...]]:
    groups: dict[K, list[T]] = {each: [] for each in keys}
    for row in rows:
        groups[key(row)].append(record(row))
    return {each: tuple(group) for each, group in groups.items()}
