"""Filters and orders of lists, as clients write them."""

from datetime import datetime

import strawberry

from schema.enums import (
    BacktestOrderField,
    EntityStatus,
    FactorOrderField,
    FactorOrigin,
    ModelKind,
    ModelOrderField,
    OrderDirection,
    RunKind,
    RunState,
)
from schema.scalars import EntityRef

_SEARCH = "A part of the name or description, in any case."
_TAGS = "The name has all of them."
_STATUSES = "The status is one of these."
_ARCHIVED = "Archived names, too."
_LATEST = "Only the latest version of each name."


@strawberry.input(description="Which factors; all that is given must hold.")
class FactorFilter:
    """Filter of factors."""

    search: str | None = strawberry.field(
        default=None, description="A part of the name, description or expression, in any case."
    )
    tags: list[str] | None = strawberry.field(default=None, description=_TAGS)
    factor_set: EntityRef | None = strawberry.field(default=None, description="In this set.")
    statuses: list[EntityStatus] | None = strawberry.field(default=None, description=_STATUSES)
    origin: FactorOrigin | None = strawberry.field(default=None, description="Of this origin.")
    input_field: str | None = strawberry.field(
        default=None, description="Reads this field of the bars, with or without $."
    )
    looks_ahead: bool | None = strawberry.field(
        default=None, description="Whether it reads the future."
    )
    include_archived: bool = strawberry.field(default=False, description=_ARCHIVED)
    latest_only: bool = strawberry.field(default=True, description=_LATEST)


@strawberry.input(description="Which models; all that is given must hold.")
class ModelFilter:
    """Filter of models."""

    search: str | None = strawberry.field(default=None, description=_SEARCH)
    tags: list[str] | None = strawberry.field(default=None, description=_TAGS)
    kinds: list[ModelKind] | None = strawberry.field(default=None, description="Of these kinds.")
    factor: EntityRef | None = strawberry.field(
        default=None, description="Learned from this factor."
    )
    factor_set: EntityRef | None = strawberry.field(
        default=None, description="Learns from this set."
    )
    universe: EntityRef | None = strawberry.field(default=None, description="Over this universe.")
    statuses: list[EntityStatus] | None = strawberry.field(default=None, description=_STATUSES)
    include_archived: bool = strawberry.field(default=False, description=_ARCHIVED)
    latest_only: bool = strawberry.field(default=True, description=_LATEST)


@strawberry.input(description="Which backtests; all that is given must hold.")
class BacktestFilter:
    """Filter of backtests."""

    search: str | None = strawberry.field(default=None, description=_SEARCH)
    tags: list[str] | None = strawberry.field(default=None, description=_TAGS)
    signal: EntityRef | None = strawberry.field(default=None, description="Trades on this signal.")
    universe: EntityRef | None = strawberry.field(default=None, description="Over this universe.")
    statuses: list[EntityStatus] | None = strawberry.field(default=None, description=_STATUSES)
    include_archived: bool = strawberry.field(default=False, description=_ARCHIVED)
    latest_only: bool = strawberry.field(default=True, description=_LATEST)


@strawberry.input(description="Which runs; all that is given must hold.")
class RunFilter:
    """Filter of runs."""

    states: list[RunState] | None = strawberry.field(default=None, description="In these states.")
    kinds: list[RunKind] | None = strawberry.field(default=None, description="Of these kinds.")
    entity: strawberry.ID | None = strawberry.field(default=None, description="For this entity.")
    requested_by: str | None = strawberry.field(default=None, description="Asked for by this one.")
    queued_after: datetime | None = strawberry.field(
        default=None, description="Asked for after this moment."
    )


@strawberry.input(description="How factors are sorted.")
class FactorOrder:
    """Order of factors."""

    field: FactorOrderField = strawberry.field(description="By what.")
    direction: OrderDirection = strawberry.field(
        default=OrderDirection.ASC, description="Which way."
    )


@strawberry.input(description="How models are sorted.")
class ModelOrder:
    """Order of models."""

    field: ModelOrderField = strawberry.field(description="By what.")
    direction: OrderDirection = strawberry.field(
        default=OrderDirection.ASC, description="Which way."
    )


@strawberry.input(description="How backtests are sorted.")
class BacktestOrder:
    """Order of backtests."""

    field: BacktestOrderField = strawberry.field(description="By what.")
    direction: OrderDirection = strawberry.field(
        default=OrderDirection.ASC, description="Which way."
    )
