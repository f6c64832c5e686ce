"""What filters of lists mean: references found, statuses worked out."""

import asyncio
from collections.abc import Collection, Sequence
from typing import Any

from catalog import listing
from domain.ids import parse_id
from domain.listing import BacktestQuery, FactorQuery, ModelQuery, RunQuery
from resolvers.standing import status
from schema.context import Info
from schema.enums import EntityKind, EntityStatus
from schema.filters import BacktestFilter, FactorFilter, ModelFilter, RunFilter


async def factor_query(filter_: FactorFilter, info: Info) -> FactorQuery:
    """Which factors a filter means."""

    def query(ids: Collection[int] | None) -> FactorQuery:
        return FactorQuery(
            search=filter_.search,
            tags=filter_.tags or (),
            include_archived=filter_.include_archived,
            latest_only=filter_.latest_only,
            ids=ids,
            factor_set_id=factor_set,
            origin=filter_.origin,
            input_field=filter_.input_field,
            looks_ahead=filter_.looks_ahead,
        )

    factor_set = await _row(EntityKind.FACTOR_SET, filter_.factor_set, "filter.factorSet", info)
    return query(await _standing(listing.ids_of_factors, query(None), filter_.statuses, info))


async def model_query(filter_: ModelFilter, info: Info) -> ModelQuery:
    """Which models a filter means."""

    def query(ids: Collection[int] | None) -> ModelQuery:
        return ModelQuery(
            search=filter_.search,
            tags=filter_.tags or (),
            include_archived=filter_.include_archived,
            latest_only=filter_.latest_only,
            ids=ids,
            kinds=filter_.kinds,
            factor_id=factor,
            factor_set_id=factor_set,
            universe_id=universe,
        )

    factor = await _row(EntityKind.FACTOR, filter_.factor, "filter.factor", info)
    factor_set = await _row(EntityKind.FACTOR_SET, filter_.factor_set, "filter.factorSet", info)
    universe = await _row(EntityKind.UNIVERSE, filter_.universe, "filter.universe", info)
    return query(await _standing(listing.ids_of_models, query(None), filter_.statuses, info))


async def backtest_query(filter_: BacktestFilter, info: Info) -> BacktestQuery:
    """Which backtests a filter means."""

    def query(ids: Collection[int] | None) -> BacktestQuery:
        return BacktestQuery(
            search=filter_.search,
            tags=filter_.tags or (),
            include_archived=filter_.include_archived,
            latest_only=filter_.latest_only,
            ids=ids,
            signal_id=signal,
            universe_id=universe,
        )

    signal = await _row("signal", filter_.signal, "filter.signal", info)
    universe = await _row(EntityKind.UNIVERSE, filter_.universe, "filter.universe", info)
    return query(await _standing(listing.ids_of_backtests, query(None), filter_.statuses, info))


def run_query(filter_: RunFilter | None) -> RunQuery:
    """Which runs a filter means."""
    if filter_ is None:
        return RunQuery()
    return RunQuery(
        states=filter_.states,
        kinds=filter_.kinds,
        entity_id=parse_id(filter_.entity, "filter.entity").row if filter_.entity else None,
        requested_by=filter_.requested_by,
        queued_after=filter_.queued_after,
    )


async def _row(kind: Any, reference: str | None, field: str, info: Info) -> int | None:
    if reference is None:
        return None
    return (await info.context.loaders.resolve(kind, reference, field)).id


async def _standing(
    find: Any, query: Any, statuses: Sequence[EntityStatus] | None, info: Info
) -> list[int] | None:
    """The rows that have one of the statuses; None where any will do."""
    if statuses is None:
        return None
    loaders = info.context.loaders
    rows: tuple[int, ...] = await loaders.read(find, query)
    entities = await loaders.entities(rows)
    found = await asyncio.gather(*(status(entity, info.context.desk) for entity in entities))
    return [row for row, one in zip(rows, found, strict=True) if one in statuses]
