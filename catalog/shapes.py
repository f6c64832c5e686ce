"""How records are put together: which columns they take, from which tables."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, FromClause, Row, Select, Table, func, select

from catalog.sources import (
    BACKTEST,
    ENTITY,
    FACTOR,
    FACTOR_SET,
    INSTRUMENT,
    LISTING,
    MARKET,
    MODEL,
    NAME,
    RUN,
    SNAPSHOT,
    UNIVERSE,
)
from domain.names import EntityKind
from domain.period import Period, Segments
from domain.records import (
    AnyEntity,
    BacktestRecord,
    FactorRecord,
    FactorSetRecord,
    InstrumentRecord,
    MarketRecord,
    ModelRecord,
    RunRecord,
    SnapshotRecord,
    UniverseRecord,
)
from domain.specs import (
    BacktestSpec,
    DealPrice,
    ExchangeSpec,
    FactorOrigin,
    FactorSpec,
    JsonObject,
    ModelKind,
    ModelSpec,
    Processor,
    Processors,
    Rolling,
    StrategyKind,
    StrategySpec,
)
from domain.stored_panels import ImportedValues, StoredPanel

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Shape(Generic[T_co]):
    """How one sort of record is read.

    Args:
        columns: What is selected, each under a name of its own.
        source: The tables, joined.
        identity: The row id of the record.
        record: Puts the record together from a row that has `columns`.
    """

    columns: tuple[ColumnElement[Any], ...]
    source: FromClause
    identity: ColumnElement[int]
    record: Callable[[Row[Any]], T_co]

    def select(self) -> Select[Any]:
        """All records."""
        return select(*self.columns).select_from(self.source)

    def joined(self, target: FromClause, on: ColumnElement[bool]) -> "Shape[T_co]":
        """The same records, each as often as it is matched in `target`."""
        source = self.source.join(target, on)
        return Shape(self.columns, source, self.identity, self.record)


_HEADER = (
    ENTITY.c.id,
    ENTITY.c.name_id,
    ENTITY.c.kind,
    NAME.c.scope,
    NAME.c.name,
    ENTITY.c.version,
    NAME.c.latest_version,
    ENTITY.c.description,
    ENTITY.c.created_at,
    ENTITY.c.created_by,
    NAME.c.archived_at,
)


def _header(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "name_id": row.name_id,
        "kind": EntityKind(row.kind),
        "name": row.name,
        "version": row.version,
        "latest_version": row.latest_version,
        "description": row.description,
        "created_at": row.created_at,
        "created_by": row.created_by,
        "archived_at": row.archived_at,
    }


def _snapshot(row: Row[Any]) -> SnapshotRecord:
    return SnapshotRecord(
        **_header(row),
        market_id=row.market_id,
        directory=row.directory,
        stamp=row.stamp,
        region=row.region,
        frequency=row.frequency,
        fingerprint=row.fingerprint,
        benchmark=row.benchmark,
        first_date=row.first_date,
        last_date=row.last_date,
        trading_days=row.trading_days,
        fields=tuple(row.fields),
        quality=row.quality,
    )


def _universe(row: Row[Any]) -> UniverseRecord:
    return UniverseRecord(**_header(row), market_id=row.market_id, market=row.scope)


def _factor(row: Row[Any]) -> FactorRecord:
    spec = FactorSpec(
        expression=row.expression,
        canonical=row.canonical,
        input_fields=tuple(row.input_fields),
        lookback_days=row.lookback_days,
        looks_ahead=row.looks_ahead,
        is_cross_sectional=row.is_cross_sectional,
        imported=None if row.imported is None else _imported(row.name, row.imported),
    )
    return FactorRecord(**_header(row), origin=FactorOrigin(row.origin), spec=spec)


def _imported(name: str, document: JsonObject) -> ImportedValues:
    return ImportedValues(
        factor=name,
        market=document["market"],
        panel=StoredPanel(**document["panel"]),
        start=date.fromisoformat(document["start"]),
        end=date.fromisoformat(document["end"]),
        instruments=document["instruments"],
    )


def _factor_set(row: Row[Any]) -> FactorSetRecord:
    return FactorSetRecord(**_header(row), size=row.size)


def _model(row: Row[Any]) -> ModelRecord:
    spec = ModelSpec(
        kind=ModelKind(row.model_kind),
        parameters=row.parameters,
        seed=row.seed,
        factor_set_id=row.factor_set_id,
        universe_id=row.universe_id,
        label=row.label,
        segments=Segments(
            train=Period(row.train_start, row.train_end),
            valid=Period(row.valid_start, row.valid_end),
            test=Period(row.test_start, row.test_end),
        ),
        processors=Processors(
            infer=_processors(row.processors["infer"]), learn=_processors(row.processors["learn"])
        ),
        purge_days=row.purge_days,
        rolling=Rolling(**row.rolling) if row.rolling else None,
        derived_from_id=row.derived_from_id,
        rounds=row.rounds,
    )
    return ModelRecord(**_header(row), spec=spec)


def _processors(documents: list[JsonObject]) -> tuple[Processor, ...]:
    return tuple(Processor(document["kind"], document["parameters"]) for document in documents)


def _backtest(row: Row[Any]) -> BacktestRecord:
    strategy, exchange = dict(row.strategy), row.exchange
    allow_in_sample = strategy.pop("allow_in_sample", False)
    spec = BacktestSpec(
        signal_id=row.signal_id,
        universe_id=row.universe_id,
        period=Period(row.start, row.end),
        benchmark=row.benchmark,
        account=row.account,
        strategy=StrategySpec(**{**strategy, "kind": StrategyKind(strategy["kind"])}),
        exchange=ExchangeSpec(**{**exchange, "deal_price": DealPrice(exchange["deal_price"])}),
        allow_in_sample=allow_in_sample,
    )
    return BacktestRecord(**_header(row), spec=spec)


def _of_entity(detail: Table, record: Callable[[Row[Any]], T_co]) -> Shape[T_co]:
    taken = {column.name for column in _HEADER}
    columns = (
        column.label(f"{detail.name}_{column.name}") if column.name in taken else column
        for column in detail.c
        if column.name != "entity_id"
    )
    source = ENTITY.join(NAME, NAME.c.id == ENTITY.c.name_id).join(
        detail, detail.c.entity_id == ENTITY.c.id
    )
    return Shape((*_HEADER, *columns), source, ENTITY.c.id, record)


SNAPSHOTS = _of_entity(SNAPSHOT, _snapshot)
UNIVERSES = _of_entity(UNIVERSE, _universe)
FACTORS = _of_entity(FACTOR, _factor)
FACTOR_SETS = _of_entity(FACTOR_SET, _factor_set)
MODELS = _of_entity(MODEL, _model)
BACKTESTS = _of_entity(BACKTEST, _backtest)

OF_KIND: Mapping[EntityKind, Shape[AnyEntity]] = MappingProxyType(
    {
        EntityKind.SNAPSHOT: SNAPSHOTS,
        EntityKind.UNIVERSE: UNIVERSES,
        EntityKind.FACTOR: FACTORS,
        EntityKind.FACTOR_SET: FACTOR_SETS,
        EntityKind.MODEL: MODELS,
        EntityKind.BACKTEST: BACKTESTS,
    }
)


def _fields_of(record: type[Any]) -> Callable[[Row[Any]], Any]:
    names = tuple(field.name for field in fields(record))
    return lambda row: record(**{name: row._mapping[name] for name in names})


def _newest_listing() -> ColumnElement[int]:
    # Snapshots get their ids in the order of their versions.
    listing = LISTING.alias("newest_listing")
    newest = select(func.max(listing.c.snapshot_id))
    return (
        newest.where(listing.c.instrument_id == INSTRUMENT.c.id)
        .correlate(INSTRUMENT)
        .scalar_subquery()
    )


MARKETS: Shape[MarketRecord] = Shape(tuple(MARKET.c), MARKET, MARKET.c.id, _fields_of(MarketRecord))
RUNS: Shape[RunRecord] = Shape(tuple(RUN.c), RUN, RUN.c.id, _fields_of(RunRecord))
INSTRUMENTS: Shape[InstrumentRecord] = Shape(
    (*INSTRUMENT.c, LISTING.c.first_date, LISTING.c.last_date),
    INSTRUMENT.join(
        LISTING,
        (LISTING.c.instrument_id == INSTRUMENT.c.id) & (LISTING.c.snapshot_id == _newest_listing()),
    ),
    INSTRUMENT.c.id,
    _fields_of(InstrumentRecord),
)
"""Dates are those of the newest snapshot that lists the instrument."""
