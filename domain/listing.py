"""What can be asked of a list: which entries, and in which order."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.runs import RunKind, RunState
from domain.specs import FactorOrigin, ModelKind


class OrderDirection(StrEnum):
    """Ascending or descending; entries that lack the figure come last either way."""

    ASC = "ASC"
    DESC = "DESC"


class FactorOrderField(StrEnum):
    """What factors can be sorted by; the figures are those of the headline."""

    NAME = "NAME"
    CREATED_AT = "CREATED_AT"
    IC = "IC"
    ICIR = "ICIR"
    RANK_IC = "RANK_IC"
    RANK_ICIR = "RANK_ICIR"


class ModelOrderField(StrEnum):
    """What models can be sorted by; the figures are those of the headline."""

    NAME = "NAME"
    CREATED_AT = "CREATED_AT"
    IC = "IC"
    ICIR = "ICIR"
    RANK_IC = "RANK_IC"
    RANK_ICIR = "RANK_ICIR"


class BacktestOrderField(StrEnum):
    """What backtests can be sorted by; the figures are those of the headline."""

    NAME = "NAME"
    CREATED_AT = "CREATED_AT"
    ANNUALIZED_EXCESS_RETURN = "ANNUALIZED_EXCESS_RETURN"
    INFORMATION_RATIO = "INFORMATION_RATIO"
    MAX_DRAWDOWN = "MAX_DRAWDOWN"


@dataclass(frozen=True, slots=True)
class FactorOrder:
    """How factors are sorted; ties go by id, the older first."""

    field: FactorOrderField
    direction: OrderDirection = OrderDirection.ASC


@dataclass(frozen=True, slots=True)
class ModelOrder:
    """How models are sorted; ties go by id, the older first."""

    field: ModelOrderField
    direction: OrderDirection = OrderDirection.ASC


@dataclass(frozen=True, slots=True)
class BacktestOrder:
    """How backtests are sorted; ties go by id, the older first."""

    field: BacktestOrderField
    direction: OrderDirection = OrderDirection.ASC


AnyOrder = FactorOrder | ModelOrder | BacktestOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityQuery:
    """What every list of entities can be asked. All that is given must hold.

    Args:
        search: A part of the name or the description, in any case; of factors also of the
            expression.
        tags: The name has all of them.
        ids: Only these versions, where the caller knows more than the catalogue.
    """

    search: str | None = None
    tags: Collection[str] = ()
    include_archived: bool = False
    latest_only: bool = True
    ids: Collection[int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorQuery(EntityQuery):
    """Which factors. `input_field` is one that the expression reads, with or without `$`."""

    factor_set_id: int | None = None
    origin: FactorOrigin | None = None
    input_field: str | None = None
    looks_ahead: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorSetQuery(EntityQuery):
    """Which sets of factors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelQuery(EntityQuery):
    """Which models. `factor_id` is a factor that the model's set holds."""

    kinds: Collection[ModelKind] | None = None
    factor_id: int | None = None
    factor_set_id: int | None = None
    universe_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestQuery(EntityQuery):
    """Which backtests. `signal_id` is the factor or model that is traded on."""

    signal_id: int | None = None
    universe_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UniverseQuery(EntityQuery):
    """Which universes."""

    market_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotQuery(EntityQuery):
    """Which snapshots."""

    market_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentQuery:
    """Which instruments. `search` is a part of the symbol or the company's name, in any case."""

    search: str | None = None
    market_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunQuery:
    """Which runs. `queued_after` itself is left out."""

    states: Collection[RunState] | None = None
    kinds: Collection[RunKind] | None = None
    entity_id: int | None = None
    requested_by: str | None = None
    queued_after: datetime | None = None
