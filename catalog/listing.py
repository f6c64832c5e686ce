"""Lists of everything: filtered, sorted, a page at a time; counted only when asked."""

from dataclasses import replace
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from catalog import filters, orders
from catalog.filters import Conditions
from catalog.ordering import Order
from catalog.paging import PageRequest, Slice, count_of, page_of
from catalog.shapes import (
    BACKTESTS,
    FACTOR_SETS,
    FACTORS,
    INSTRUMENTS,
    MODELS,
    RUNS,
    SNAPSHOTS,
    UNIVERSES,
    Shape,
)
from catalog.sources import ENTITY, HEADLINE
from domain.listing import (
    AnyOrder,
    BacktestOrder,
    BacktestQuery,
    FactorOrder,
    FactorQuery,
    FactorSetQuery,
    InstrumentQuery,
    ModelOrder,
    ModelQuery,
    RunQuery,
    SnapshotQuery,
    UniverseQuery,
)
from domain.records import (
    BacktestRecord,
    FactorRecord,
    FactorSetRecord,
    InstrumentRecord,
    ModelRecord,
    RunRecord,
    SnapshotRecord,
    UniverseRecord,
)

T = TypeVar("T")


async def list_factors(
    session: AsyncSession, query: FactorQuery, order: FactorOrder | None, page: PageRequest
) -> Slice[FactorRecord]:
    """A page of the factors that fit, by name unless an order is given."""
    shape = _sortable(FACTORS, order)
    sorted_by = orders.ordered("factors", order, orders.FACTORS_BY_NAME)
    return await _page(session, shape, filters.of_factors(query), sorted_by, page)


async def ids_of_factors(session: AsyncSession, query: FactorQuery) -> tuple[int, ...]:
    """All factors that fit."""
    return await _ids(session, FACTORS, filters.of_factors(query))


async def count_factors(session: AsyncSession, query: FactorQuery) -> int:
    """How many factors fit."""
    return await _count(session, FACTORS, filters.of_factors(query))


async def list_factor_sets(
    session: AsyncSession, query: FactorSetQuery, page: PageRequest
) -> Slice[FactorSetRecord]:
    """A page of the factor sets that fit, by name."""
    return await _page(
        session, FACTOR_SETS, filters.of_entities(query), orders.FACTOR_SETS_BY_NAME, page
    )


async def count_factor_sets(session: AsyncSession, query: FactorSetQuery) -> int:
    """How many factor sets fit."""
    return await _count(session, FACTOR_SETS, filters.of_entities(query))


async def list_models(
    session: AsyncSession, query: ModelQuery, order: ModelOrder | None, page: PageRequest
) -> Slice[ModelRecord]:
    """A page of the models that fit, by name unless an order is given."""
    shape = _sortable(MODELS, order)
    sorted_by = orders.ordered("models", order, orders.MODELS_BY_NAME)
    return await _page(session, shape, filters.of_models(query), sorted_by, page)


async def ids_of_models(session: AsyncSession, query: ModelQuery) -> tuple[int, ...]:
    """All models that fit."""
    return await _ids(session, MODELS, filters.of_models(query))


async def count_models(session: AsyncSession, query: ModelQuery) -> int:
    """How many models fit."""
    return await _count(session, MODELS, filters.of_models(query))


async def list_backtests(
    session: AsyncSession, query: BacktestQuery, order: BacktestOrder | None, page: PageRequest
) -> Slice[BacktestRecord]:
    """A page of the backtests that fit, by name unless an order is given."""
    shape = _sortable(BACKTESTS, order)
    sorted_by = orders.ordered("backtests", order, orders.BACKTESTS_BY_NAME)
    return await _page(session, shape, filters.of_backtests(query), sorted_by, page)


async def ids_of_backtests(session: AsyncSession, query: BacktestQuery) -> tuple[int, ...]:
    """All backtests that fit."""
    return await _ids(session, BACKTESTS, filters.of_backtests(query))


async def count_backtests(session: AsyncSession, query: BacktestQuery) -> int:
    """How many backtests fit."""
    return await _count(session, BACKTESTS, filters.of_backtests(query))


async def list_universes(
    session: AsyncSession, query: UniverseQuery, page: PageRequest
) -> Slice[UniverseRecord]:
    """A page of the universes that fit, by name."""
    return await _page(
        session, UNIVERSES, filters.of_universes(query), orders.UNIVERSES_BY_NAME, page
    )


async def count_universes(session: AsyncSession, query: UniverseQuery) -> int:
    """How many universes fit."""
    return await _count(session, UNIVERSES, filters.of_universes(query))


async def list_snapshots(
    session: AsyncSession, query: SnapshotQuery, page: PageRequest
) -> Slice[SnapshotRecord]:
    """A page of the snapshots that fit, by market, the newest first."""
    return await _page(
        session, SNAPSHOTS, filters.of_snapshots(query), orders.SNAPSHOTS_NEWEST_FIRST, page
    )


async def count_snapshots(session: AsyncSession, query: SnapshotQuery) -> int:
    """How many snapshots fit."""
    return await _count(session, SNAPSHOTS, filters.of_snapshots(query))


async def list_instruments(
    session: AsyncSession, query: InstrumentQuery, page: PageRequest
) -> Slice[InstrumentRecord]:
    """A page of the instruments that fit, by symbol."""
    return await _page(
        session, INSTRUMENTS, filters.of_instruments(query), orders.INSTRUMENTS_BY_SYMBOL, page
    )


async def count_instruments(session: AsyncSession, query: InstrumentQuery) -> int:
    """How many instruments fit."""
    return await _count(session, INSTRUMENTS, filters.of_instruments(query))


async def list_runs(session: AsyncSession, query: RunQuery, page: PageRequest) -> Slice[RunRecord]:
    """A page of the runs that fit, the newest first."""
    return await _page(session, RUNS, filters.of_runs(query), orders.RUNS_NEWEST_FIRST, page)


async def count_runs(session: AsyncSession, query: RunQuery) -> int:
    """How many runs fit."""
    return await _count(session, RUNS, filters.of_runs(query))


def _sortable(shape: Shape[T], order: AnyOrder | None) -> Shape[T]:
    if not orders.is_by_headline(order):
        return shape
    source = shape.source.outerjoin(HEADLINE, HEADLINE.c.entity_id == ENTITY.c.id)
    return replace(shape, source=source)


async def _page(
    session: AsyncSession, shape: Shape[T], conditions: Conditions, order: Order, page: PageRequest
) -> Slice[T]:
    statement = shape.select().where(*conditions)
    return await page_of(session, statement, shape.record, order, page)


async def _count(session: AsyncSession, shape: Shape[T], conditions: Conditions) -> int:
    return await count_of(session, shape.select().where(*conditions))


async def _ids(session: AsyncSession, shape: Shape[T], conditions: Conditions) -> tuple[int, ...]:
    statement = select(shape.identity).select_from(shape.source).where(*conditions)
    return tuple(await session.scalars(statement))
