"""The rows and edges that make up each kind of definition."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.sources import BACKTEST, FACTOR, FACTOR_SET, FACTOR_SET_MEMBER, MODEL
from catalog.versions import add_edges
from domain.keys import canonical_json
from domain.lineage import LineageRelation
from domain.specs import BacktestSpec, FactorSpec, ModelSpec


async def write_factors(session: AsyncSession, factors: Iterable[tuple[int, FactorSpec]]) -> None:
    """Write what defines factors, each with the row of its version."""
    rows = [
        {
            "entity_id": entity_id,
            "origin": spec.origin.value,
            "expression": spec.expression,
            "canonical": spec.canonical,
            "input_fields": list(spec.input_fields),
            "lookback_days": spec.lookback_days,
            "looks_ahead": spec.looks_ahead,
            "is_cross_sectional": spec.is_cross_sectional,
            "imported": _kept_values(spec),
        }
        for entity_id, spec in factors
    ]
    await session.execute(insert(FACTOR), rows)


async def write_factor_set(
    session: AsyncSession, entity_id: int, factor_ids: Sequence[int]
) -> None:
    """Write the members of a factor set in their order."""
    members = [
        {"factor_set_id": entity_id, "position": position, "factor_id": factor_id}
        for position, factor_id in enumerate(factor_ids)
    ]
    await session.execute(insert(FACTOR_SET), {"entity_id": entity_id, "size": len(members)})
    if members:
        await session.execute(insert(FACTOR_SET_MEMBER), members)
    await add_edges(
        session, [(factor_id, LineageRelation.MEMBER_OF, entity_id) for factor_id in factor_ids]
    )


async def write_model(session: AsyncSession, entity_id: int, spec: ModelSpec) -> None:
    """Write what a model is trained on, and how."""
    row = {
        "entity_id": entity_id,
        "kind": spec.kind.value,
        "parameters": _document(spec.parameters),
        "seed": spec.seed,
        "factor_set_id": spec.factor_set_id,
        "universe_id": spec.universe_id,
        "label": spec.label,
        "train_start": spec.segments.train.start,
        "train_end": spec.segments.train.end,
        "valid_start": spec.segments.valid.start,
        "valid_end": spec.segments.valid.end,
        "test_start": spec.segments.test.start,
        "test_end": spec.segments.test.end,
        "processors": _document(spec.processors),
        "purge_days": spec.purge_days,
        "rolling": _document(spec.rolling),
        "derived_from_id": spec.derived_from_id,
        "rounds": spec.rounds,
    }
    await session.execute(insert(MODEL), row)
    edges = [
        (spec.factor_set_id, LineageRelation.INPUT_OF, entity_id),
        (spec.universe_id, LineageRelation.UNIVERSE_OF, entity_id),
    ]
    if spec.derived_from_id is not None:
        edges.append((spec.derived_from_id, LineageRelation.BASE_OF, entity_id))
    await add_edges(session, edges)


async def write_backtest(session: AsyncSession, entity_id: int, spec: BacktestSpec) -> None:
    """Write what a backtest trades, when, and under which rules."""
    row = {
        "entity_id": entity_id,
        "signal_id": spec.signal_id,
        "universe_id": spec.universe_id,
        "start": spec.period.start,
        "end": spec.period.end,
        "benchmark": spec.benchmark,
        "account": spec.account,
        "strategy": _document(spec.strategy) | {"allow_in_sample": spec.allow_in_sample},
        "exchange": _document(spec.exchange),
    }
    await session.execute(insert(BACKTEST), row)
    edges = [
        (spec.signal_id, LineageRelation.SIGNAL_OF, entity_id),
        (spec.universe_id, LineageRelation.UNIVERSE_OF, entity_id),
    ]
    await add_edges(session, edges)


def _kept_values(spec: FactorSpec) -> dict[str, Any] | None:
    """Where imported values are, without the name, which the factor has already."""
    if spec.imported is None:
        return None
    document: dict[str, Any] = _document(spec.imported)
    del document["factor"]
    return document


def _document(value: object) -> Any:
    """A part of a spec as JSON with the names of its fields, as it is hashed too."""
    return json.loads(canonical_json(value))
