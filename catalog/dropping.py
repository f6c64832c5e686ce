"""A market, or one of its snapshots, leaves the catalogue: what goes, and what rests on it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    delete,
    exists,
    func,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.defaults import DEFAULT_UNIVERSE, SETTING, default_universe
from catalog.dialects import among, in_code_order
from catalog.importing import default_of
from catalog.market_facts import PRICES, snapshots_of_market
from catalog.market_lookup import find_market, no_version
from catalog.results import RESULT
from catalog.runs import is_active
from catalog.shapes import UNIVERSES
from catalog.sources import (
    BACKTEST,
    EDGE,
    ENTITY,
    HEADLINE,
    INSTRUMENT,
    LISTING,
    MARKET,
    MEMBERSHIP,
    MODEL,
    NAME,
    RUN,
    SNAPSHOT,
    TAG,
    UNIVERSE,
)
from catalog.standings import STANDING
from domain.errors import BadInputError
from domain.names import Reference
from domain.records import MarketRecord, SnapshotRecord, UniverseRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """What leaves together.

    Attributes:
        market: The market.
        snapshots: Its snapshots that go, the oldest first.
        universes: The versions of universes that no other snapshot prices.
        is_whole: Whether all of the market goes.
    """

    market: MarketRecord
    snapshots: tuple[SnapshotRecord, ...]
    universes: tuple[UniverseRecord, ...]
    is_whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Resting:
    """What rests on it. Entities are named as `name:version`, in order.

    Attributes:
        models: Models whose universe would go, archived ones too.
        backtests: Backtests whose universe would go.
        results: How many results were computed from it.
        computed: The entities that those results and headlines are of.
        headlines: How many entities show figures that were computed from it.
        runs: The rows of the runs under way on it.
        default_universe: The catalogue's default universe, if it would go and others are left.
    """

    models: tuple[str, ...]
    backtests: tuple[str, ...]
    results: int
    computed: tuple[str, ...]
    headlines: int
    runs: tuple[int, ...]
    default_universe: str | None


async def what_goes(session: AsyncSession, reference: Reference) -> Going:
    """What leaves with a market, or with one snapshot of it.

    All of it is locked until the end: whoever imports into the market waits, and nothing comes to
    rest on what goes.

    Raises:
        BadInputError: The snapshot is the market's only one.
        NotFoundError: There is no such market or version.
    """
    market = await find_market(session, reference.name, held=True)
    every = await snapshots_of_market(session, market.id)
    snapshots = tuple(one for one in every if reference.version in (None, one.version))
    if not snapshots:
        raise no_version(every, reference)
    if reference.version is not None and snapshots == every:
        raise BadInputError(
            f"{reference} is the only snapshot of the market {market.name!r}, and a market has "
            f"one at least; drop the market by `qatlas market drop {market.name}`."
        )
    staying = [one.id for one in every if one not in snapshots]
    priced = select(EDGE.c.target_id).where(among(EDGE.c.source_id, staying), PRICES)
    alone = UNIVERSES.select().where(
        UNIVERSE.c.market_id == market.id, UNIVERSE.c.entity_id.not_in(priced)
    )
    rows = await session.execute(alone.order_by(in_code_order(NAME.c.name), ENTITY.c.version))
    universes = tuple(UNIVERSES.record(row) for row in rows)
    going = Going(market=market, snapshots=snapshots, universes=universes, is_whole=not staying)
    for table, ids in ((SNAPSHOT, _snapshots(going)), (UNIVERSE, _universes(going))):
        held = select(table.c.entity_id).where(among(table.c.entity_id, ids))
        await session.execute(held.with_for_update())
    return going


async def what_rests(session: AsyncSession, going: Going) -> Resting:
    """What would be left without what it rests on."""
    results, headlines = _computed_from(RESULT, going), _computed_from(HEADLINE, going)
    computed = or_(
        ENTITY.c.id.in_(select(RESULT.c.entity_id).where(results)),
        ENTITY.c.id.in_(select(HEADLINE.c.entity_id).where(headlines)),
    )
    under_way = select(RUN.c.id).where(among(RUN.c.snapshot_id, _snapshots(going)), is_active())
    return Resting(
        models=await _names(session, _using(MODEL, going)),
        backtests=await _names(session, _using(BACKTEST, going)),
        results=await _count(session, RESULT, results),
        computed=await _names(session, computed),
        headlines=await _count(session, HEADLINE, headlines),
        runs=tuple(await session.scalars(under_way.order_by(RUN.c.id))),
        default_universe=await _default_that_goes(session, going),
    )


async def drop(session: AsyncSession, going: Going) -> None:
    """Remove what goes, with the results and headlines that were computed from it.

    The rows of its versions stay among the entities, without what made them what they were: no
    number and no id is given again. The newest version left is the latest of its name.
    """
    for table in (HEADLINE, RESULT):
        await session.execute(delete(table).where(_computed_from(table, going)))
    snapshots, universes = _snapshots(going), _universes(going)
    ends = (EDGE.c.source_id, EDGE.c.target_id)
    await session.execute(delete(EDGE).where(or_(*(among(e, snapshots + universes) for e in ends))))
    for column, ids in (
        (MEMBERSHIP.c.universe_id, universes),
        (UNIVERSE.c.entity_id, universes),
        (LISTING.c.snapshot_id, snapshots),
        (SNAPSHOT.c.entity_id, snapshots),
    ):
        await session.execute(delete(column.table).where(among(column, ids)))
    await _settle_names(session, going)
    await _settle_market(session, going)


async def newest_version(session: AsyncSession, market: MarketRecord) -> int | None:
    """The newest version of what is left of a market."""
    left = await snapshots_of_market(session, market.id)
    return left[-1].version if left else None


async def directories_in_use(session: AsyncSession) -> tuple[str, ...]:
    """Where the bars of all snapshots lie."""
    return tuple(await session.scalars(select(SNAPSHOT.c.directory).distinct()))


def _snapshots(going: Going) -> list[int]:
    return [one.id for one in going.snapshots]


def _universes(going: Going) -> list[int]:
    return [one.id for one in going.universes]


def _computed_from(table: Table, going: Going) -> ColumnElement[bool]:
    from_data = among(table.c.snapshot_id, _snapshots(going))
    return or_(from_data, among(table.c.universe_id, _universes(going)))


def _using(table: Table, going: Going) -> ColumnElement[bool]:
    using = select(table.c.entity_id).where(among(table.c.universe_id, _universes(going)))
    return ENTITY.c.id.in_(using)


async def _names(session: AsyncSession, which: ColumnElement[bool]) -> tuple[str, ...]:
    named: Select[Any] = select(NAME.c.name, ENTITY.c.version).join(
        ENTITY, ENTITY.c.name_id == NAME.c.id
    )
    order = (in_code_order(NAME.c.name), ENTITY.c.version, ENTITY.c.id)
    rows = await session.execute(named.where(which).order_by(*order))
    return tuple(f"{name}:{version}" for name, version in rows)


async def _count(session: AsyncSession, table: Table, which: ColumnElement[bool]) -> int:
    return int(await session.scalar(select(func.count()).select_from(table).where(which)) or 0)


async def _default_that_goes(session: AsyncSession, going: Going) -> str | None:
    default = await default_universe(session)
    if default is None or default[0] != going.market.name:
        return None
    if going.is_whole:
        others = select(MARKET.c.id).where(MARKET.c.id != going.market.id).limit(1)
        is_going = await session.scalar(others) is not None
    else:
        is_going = default[1] in {one.name for one in going.universes} - await _left(session, going)
    return "/".join(default) if is_going else None


async def _left(session: AsyncSession, going: Going) -> set[str]:
    """The names of the market's universes that keep a version."""
    left = UNIVERSES.select().where(
        UNIVERSE.c.market_id == going.market.id,
        ~among(UNIVERSE.c.entity_id, _universes(going)),
    )
    return {row.name for row in await session.execute(left)}


async def _settle_names(session: AsyncSession, going: Going) -> None:
    """Let the newest version left be the latest; a name without any has no tags and no results."""
    ids = sorted({one.name_id for one in (*going.snapshots, *going.universes)})
    there = union_all(select(SNAPSHOT.c.entity_id), select(UNIVERSE.c.entity_id))
    newest = select(func.coalesce(func.max(ENTITY.c.version), 0)).where(
        ENTITY.c.name_id == NAME.c.id, ENTITY.c.id.in_(there)
    )
    names = update(NAME).where(among(NAME.c.id, ids))
    latest = newest.correlate(NAME).scalar_subquery()
    await session.execute(names.values(latest_version=latest))
    gone = select(NAME.c.id).where(among(NAME.c.id, ids), NAME.c.latest_version == 0)
    await session.execute(names.where(NAME.c.latest_version == 0).values(archived_at=None))
    for column in (TAG.c.name_id, STANDING.c.universe_name_id):
        await session.execute(delete(column.table).where(column.in_(gone)))


async def _settle_market(session: AsyncSession, going: Going) -> None:
    market = going.market
    unused = [
        ~exists().where(table.c.instrument_id == INSTRUMENT.c.id) for table in (LISTING, MEMBERSHIP)
    ]
    of_market = INSTRUMENT.c.market_id == market.id
    await session.execute(delete(INSTRUMENT).where(of_market, *unused))
    if not going.is_whole:
        left = await _left(session, going)
        if market.default_universe not in left:
            chosen = update(MARKET).where(MARKET.c.id == market.id)
            await session.execute(chosen.values(default_universe=default_of(left)))
        return
    await session.execute(delete(MARKET).where(MARKET.c.id == market.id))
    default = await default_universe(session)
    if default is not None and default[0] == market.name:
        await session.execute(delete(SETTING).where(SETTING.c.name == DEFAULT_UNIVERSE))
