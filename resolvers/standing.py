"""How what is kept about an entity stands against today's inputs. Starts nothing."""

from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from compute.versions import engine
from domain.errors import QatlasError
from domain.names import EntityKind
from domain.records import (
    AnyEntity,
    BacktestRecord,
    FactorRecord,
    HeadlineRecord,
    ModelRecord,
    ResultRecord,
    UniverseRecord,
)
from domain.runs import RunKind, RunState
from resolvers.backtests import backtest_question
from resolvers.evaluations import evaluation_question
from resolvers.questions import Purpose, Question
from resolvers.signals import Desk, factor_source, model_source, training_question
from resolvers.studies import Study, StudyArguments, resolve_study

DEFAULT_HORIZON_DAYS = 1
DEFAULT_QUANTILES = 5


class EntityStatus(StrEnum):
    """How an entity's results stand, for the default universe and default arguments."""

    NEVER_COMPUTED = "NEVER_COMPUTED"
    COMPUTING = "COMPUTING"
    CURRENT = "CURRENT"
    STALE = "STALE"
    FAILED = "FAILED"


class StaleCauseKind(StrEnum):
    """Why a kept result is no longer today's."""

    NEVER_COMPUTED = "NEVER_COMPUTED"
    NEW_SNAPSHOT = "NEW_SNAPSHOT"
    NEW_VERSION_UPSTREAM = "NEW_VERSION_UPSTREAM"
    ENGINE_CHANGED = "ENGINE_CHANGED"


@dataclass(frozen=True, slots=True)
class StaleCause:
    """One reason, with the entity that it comes from."""

    kind: StaleCauseKind
    entity: AnyEntity | None
    message: str


def computes(entity: AnyEntity) -> bool:
    """Whether an entity has results of its own; data, universes and factor sets have none."""
    return isinstance(entity, FactorRecord | ModelRecord | BacktestRecord)


async def standing_universe(entity: AnyEntity, universe: str | None, desk: Desk) -> UniverseRecord:
    """The universe over which an entity stands: its own, or for a factor the one asked for."""
    if isinstance(entity, ModelRecord | BacktestRecord):
        return cast(UniverseRecord, await desk.lookups.entity(entity.spec.universe_id))
    if universe is not None:
        found = await desk.lookups.resolve(EntityKind.UNIVERSE, universe, "universe")
        return cast(UniverseRecord, found)
    return await desk.lookups.default_universe()


async def standing_question(
    entity: FactorRecord | ModelRecord | BacktestRecord, universe: UniverseRecord, desk: Desk
) -> Question:
    """The question whose answer stands for an entity: at default arguments, on today's data."""
    snapshot = await desk.lookups.latest_snapshot(universe.market_id)
    if isinstance(entity, BacktestRecord):
        return await backtest_question(entity, snapshot, desk, stands=True)
    if isinstance(entity, ModelRecord):
        return await training_question(entity, snapshot, desk, stands=True)
    reference = f"{universe.market}/{universe.name}:{universe.version}"
    study = await resolve_study(StudyArguments(universe=reference), desk.facts, desk.lookups)
    return await _factor_evaluation(entity, study, desk)


async def _factor_evaluation(factor: FactorRecord, study: Study, desk: Desk) -> Question:
    source = await factor_source(factor.spec, study, desk, Purpose(factor.id))
    return await evaluation_question(source, study, DEFAULT_HORIZON_DAYS, DEFAULT_QUANTILES, desk)


async def is_current(
    entity: FactorRecord | ModelRecord | BacktestRecord, kept: ResultRecord, desk: Desk
) -> bool:
    """Whether a kept result is what today's data and engine would give."""
    try:
        universe = await standing_universe(entity, None, desk)
        return (await standing_question(entity, universe, desk)).key == kept.key
    except QatlasError:
        return False  # today's data no longer holds what the entity needs


async def headline_is_current(
    entity: FactorRecord | ModelRecord | BacktestRecord, headline: HeadlineRecord, desk: Desk
) -> bool:
    """Whether the figures of a headline are today's."""
    try:
        universe = await standing_universe(entity, None, desk)
        if isinstance(entity, ModelRecord):
            question = await model_evaluation(entity, universe, desk)
        else:
            question = await standing_question(entity, universe, desk)
    except QatlasError:
        return False
    return question.key == headline.result_key


async def model_evaluation(model: ModelRecord, universe: UniverseRecord, desk: Desk) -> Question:
    """The evaluation of a model's test segment at default arguments, on today's data."""
    snapshot = await desk.lookups.latest_snapshot(universe.market_id)
    source = await model_source(model, snapshot, desk)
    study = Study(snapshot, universe, model.spec.segments.test)
    return await evaluation_question(source, study, DEFAULT_HORIZON_DAYS, DEFAULT_QUANTILES, desk)


async def status(entity: AnyEntity, desk: Desk) -> EntityStatus:
    """An entity's standing in one word; what has no results of its own is CURRENT."""
    if not isinstance(entity, FactorRecord | ModelRecord | BacktestRecord):
        return EntityStatus.CURRENT
    if await desk.lookups.active_run(entity.id) is not None:
        return EntityStatus.COMPUTING
    kept = await _kept(entity, None, desk)
    attempt = await desk.lookups.last_attempt(entity.id)
    if attempt is not None and attempt.state == RunState.FAILED:
        failed_at = attempt.finished_at or attempt.queued_at
        if kept is None or failed_at > kept.computed_at:
            return EntityStatus.FAILED
    if kept is None:
        return EntityStatus.NEVER_COMPUTED
    return EntityStatus.CURRENT if await is_current(entity, kept, desk) else EntityStatus.STALE


async def stale_causes(
    entity: AnyEntity, universe: str | None, desk: Desk
) -> tuple[StaleCause, ...]:
    """Why what is kept is not today's; newer versions upstream are told, too."""
    if not isinstance(entity, FactorRecord | ModelRecord | BacktestRecord):
        return ()
    upstream = await _newer_upstream(entity, desk)
    kept = await _kept(entity, universe, desk)
    if kept is None:
        never = StaleCause(
            StaleCauseKind.NEVER_COMPUTED,
            entity,
            f"Nothing has been computed for {entity.name} over this universe yet.",
        )
        return (never, *upstream)
    return (*await _outdated(entity, universe, kept, desk), *upstream)


async def _kept(
    entity: FactorRecord | ModelRecord | BacktestRecord, universe: str | None, desk: Desk
) -> ResultRecord | None:
    over = await standing_universe(entity, universe, desk)
    return await desk.lookups.standing(entity.id, over.name_id)


async def _outdated(
    entity: FactorRecord | ModelRecord | BacktestRecord,
    universe: str | None,
    kept: ResultRecord,
    desk: Desk,
) -> list[StaleCause]:
    over = await standing_universe(entity, universe, desk)
    newest = await desk.lookups.latest_snapshot(over.market_id)
    causes = []
    if kept.engine != (versions := engine(RunKind(kept.kind))):
        causes.append(
            StaleCause(
                StaleCauseKind.ENGINE_CHANGED,
                None,
                f"It was computed by {kept.engine}; this is {versions}.",
            )
        )
    if newest.id != kept.snapshot_id and await _differs(entity, over, kept, desk):
        causes.append(
            StaleCause(
                StaleCauseKind.NEW_SNAPSHOT,
                newest,
                f"{newest.name}:{newest.version} has other bars where this result reads.",
            )
        )
    return causes


async def _differs(
    entity: FactorRecord | ModelRecord | BacktestRecord,
    universe: UniverseRecord,
    kept: ResultRecord,
    desk: Desk,
) -> bool:
    try:
        return (await standing_question(entity, universe, desk)).key != kept.key
    except QatlasError:
        return True


async def _newer_upstream(
    entity: FactorRecord | ModelRecord | BacktestRecord, desk: Desk
) -> list[StaleCause]:
    if isinstance(entity, FactorRecord):
        return []
    source = entity.spec.factor_set_id if isinstance(entity, ModelRecord) else entity.spec.signal_id
    causes = []
    for row in (source, entity.spec.universe_id):
        used = await desk.lookups.entity(row)
        newest = await desk.lookups.latest_version(used.name_id)
        if newest.version != used.version:
            message = (
                f"{entity.name} uses {used.kind.noun} {used.name}:{used.version}; "
                f"version {newest.version} exists."
            )
            causes.append(StaleCause(StaleCauseKind.NEW_VERSION_UPSTREAM, newest, message))
    return causes
