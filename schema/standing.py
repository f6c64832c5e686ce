"""How an entity's results stand, and the figures that lists show."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, cast

import strawberry

from domain.records import AnyEntity, BacktestRecord, FactorRecord, HeadlineRecord, ModelRecord
from resolvers import standing
from schema.context import Info
from schema.entities import Entity, entity_of
from schema.enums import EntityStatus, StaleCauseKind

if TYPE_CHECKING:
    from schema.universes import Universe


@strawberry.type(description="One reason why a kept result is not today's.")
class StaleCause:
    """A cause."""

    kind: StaleCauseKind = strawberry.field(description="What sort of reason.")
    entity: Entity | None = strawberry.field(description="What it comes from.")
    message: str = strawberry.field(description="The reason, as a sentence.")


@strawberry.type(description="Whether the kept results still match today's inputs.")
class Staleness:
    """The standing of kept results."""

    is_stale: bool = strawberry.field(
        description="Whether there is a cause other than NEW_VERSION_UPSTREAM, which only informs."
    )
    causes: list[StaleCause] = strawberry.field(description="The reasons.")


@strawberry.type(
    description=(
        "The newest kept figures at default arguments, from SQL alone: never computed, never "
        "an error."
    )
)
class SignalHeadline:
    """Figures of a factor or model, for lists."""

    record: strawberry.Private[HeadlineRecord]
    entity: strawberry.Private[FactorRecord | ModelRecord]
    ic: float | None = strawberry.field(description="Mean daily IC.")
    icir: float | None = strawberry.field(description="Mean over standard deviation of the IC.")
    rank_ic: float | None = strawberry.field(description="Mean daily rank IC.")
    rank_icir: float | None = strawberry.field(
        description="Mean over standard deviation of the rank IC."
    )
    computed_at: datetime = strawberry.field(description="When they were computed.")

    @strawberry.field(description="Whether they are today's.")
    async def is_current(self, info: Info) -> bool:
        """Whether today's data and engine would give them."""
        return await standing.headline_is_current(self.entity, self.record, info.context.desk)

    @strawberry.field(description="The universe that they are over.")
    async def universe(
        self, info: Info
    ) -> Annotated["Universe", strawberry.lazy("schema.universes")]:
        """The universe."""
        found = await info.context.loaders.entity(self.record.universe_id)
        return cast("Universe", entity_of(found))


@strawberry.type(
    description=(
        "The newest kept figures at default arguments, from SQL alone: never computed, never "
        "an error. Of the return in excess of the benchmark, with cost."
    )
)
class BacktestHeadline:
    """Figures of a backtest, for lists."""

    record: strawberry.Private[HeadlineRecord]
    entity: strawberry.Private[BacktestRecord]
    annualized_excess_return: float | None = strawberry.field(
        description="Annualised over 238 days, summed."
    )
    information_ratio: float | None = strawberry.field(description="Annualised over 238 days.")
    max_drawdown: float | None = strawberry.field(description="Of the summed excess return.")
    computed_at: datetime = strawberry.field(description="When they were computed.")

    @strawberry.field(description="Whether they are today's.")
    async def is_current(self, info: Info) -> bool:
        """Whether today's data and engine would give them."""
        return await standing.headline_is_current(self.entity, self.record, info.context.desk)


async def signal_headline(entity: FactorRecord | ModelRecord, info: Info) -> SignalHeadline | None:
    """The headline of a factor or model, if it has been evaluated."""
    record = await info.context.loaders.headline(entity.id)
    if record is None:
        return None
    return SignalHeadline(
        record=record,
        entity=entity,
        ic=record.ic,
        icir=record.icir,
        rank_ic=record.rank_ic,
        rank_icir=record.rank_icir,
        computed_at=record.computed_at,
    )


async def backtest_headline(entity: BacktestRecord, info: Info) -> BacktestHeadline | None:
    """The headline of a backtest, if it has been computed."""
    record = await info.context.loaders.headline(entity.id)
    if record is None:
        return None
    return BacktestHeadline(
        record=record,
        entity=entity,
        annualized_excess_return=record.annualized_excess_return,
        information_ratio=record.information_ratio,
        max_drawdown=record.max_drawdown,
        computed_at=record.computed_at,
    )


async def staleness_of(record: AnyEntity, universe: str | None, info: Info) -> Staleness:
    """How the kept results of an entity stand, with the reasons."""
    causes = await standing.stale_causes(record, universe, info.context.desk)
    informing = StaleCauseKind.NEW_VERSION_UPSTREAM
    return Staleness(
        is_stale=any(cause.kind is not informing for cause in causes),
        causes=[
            StaleCause(
                kind=cause.kind,
                entity=entity_of(cause.entity) if cause.entity else None,
                message=cause.message,
            )
            for cause in causes
        ],
    )


async def status_of(record: AnyEntity, info: Info) -> EntityStatus:
    """How the kept results of an entity stand, in one word."""
    return await standing.status(record, info.context.desk)
