"""How what is kept about an entity stands against today's inputs. Starts nothing."""

from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from compute.versions import engine
from domain.errors import NotFoundError, QatlasError
from domain.names import EntityKind
from domain.records import (
    AnyEntity,
    BacktestRecord,
    FactorRecord,
    HeadlineRecord,
    ModelRecord,
    ResultRecord,
    RunRecord,
    SnapshotRecord,
    UniverseRecord,
)
from domain.runs import RunKind, RunState
from resolvers.backtests import backtest_question
from resolvers.bases import bases_of
from resolvers.desk import Desk
from resolvers.evaluations import evaluation_question
from resolvers.questions import Question
from resolvers.signals import SignalSource, factor_source
from resolvers.studies import Study, StudyArguments, study_of
from resolvers.trainings import model_source, training_question

Computing = FactorRecord | ModelRecord | BacktestRecord
"""What has results of its own; data, universes and factor sets have none."""

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


async def standing_universe(entity: AnyEntity, universe: str | None, desk: Desk) -> UniverseRecord:
    """The universe over which an entity stands: its own, or for a factor the one asked for."""
    if isinstance(entity, ModelRecord | BacktestRecord):
        return cast(UniverseRecord, await desk.lookups.entity(entity.spec.universe_id))
    if universe is not None:
        found = await desk.lookups.resolve(EntityKind.UNIVERSE, universe, "universe")
        return cast(UniverseRecord, found)
    return await desk.lookups.default_universe()


async def standing_key(
    entity: Computing, universe: UniverseRecord, snapshot: SnapshotRecord, desk: Desk
) -> str | QatlasError:
    """The key of what stands for an entity at default arguments on a snapshot.

    The reason instead where the snapshot lacks what the entity needs, or cannot be read.
    """
    try:
        return (await _standing_question(entity, universe, snapshot, desk)).key
    except QatlasError as error:
        return error


async def _standing_question(
    entity: Computing, universe: UniverseRecord, snapshot: SnapshotRecord, desk: Desk
) -> Question:
    if isinstance(entity, BacktestRecord):
        return await backtest_question(entity, snapshot, desk)
    if isinstance(entity, ModelRecord):
        return await training_question(entity, snapshot, desk)
    study = await study_of(snapshot, universe, StudyArguments(), desk.facts)
    return await _evaluation(await factor_source(entity.spec, study, desk), study, desk)


async def headline_is_current(entity: Computing, headline: HeadlineRecord, desk: Desk) -> bool:
    """Whether today's data and engine would give the figures of a headline."""
    try:
        universe = await standing_universe(entity, None, desk)
        snapshot = await desk.lookups.latest_snapshot(universe.market_id)
        question = await _headline_question(entity, universe, snapshot, desk)
    except QatlasError:
        return False  # today's data no longer holds what the entity needs
    return question.key == headline.result_key


async def _headline_question(
    entity: Computing, universe: UniverseRecord, snapshot: SnapshotRecord, desk: Desk
) -> Question:
    """What a headline shows is what stands, but of a model how well it predicts its test days."""
    if not isinstance(entity, ModelRecord):
        return await _standing_question(entity, universe, snapshot, desk)
    study = Study(snapshot, universe, entity.spec.segments.test)
    return await _evaluation(await model_source(entity, snapshot, desk), study, desk)


async def _evaluation(source: SignalSource, study: Study, desk: Desk) -> Question:
    return await evaluation_question(source, study, DEFAULT_HORIZON_DAYS, DEFAULT_QUANTILES, desk)


async def status(entity: AnyEntity, desk: Desk) -> EntityStatus:
    """An entity's standing in one word; what has no results of its own is CURRENT."""
    if not isinstance(entity, FactorRecord | ModelRecord | BacktestRecord):
        return EntityStatus.CURRENT
    if await desk.lookups.active_run(entity.id) is not None:
        return EntityStatus.COMPUTING
    try:
        universe = await standing_universe(entity, None, desk)
    except NotFoundError:
        return EntityStatus.NEVER_COMPUTED  # there is no market yet
    kept = await desk.lookups.standing(entity.id, universe.name_id)
    if _has_failed_since(kept, await desk.lookups.last_attempt(entity.id)):
        return EntityStatus.FAILED
    if kept is None:
        return EntityStatus.NEVER_COMPUTED
    newest = await desk.lookups.latest_snapshot(universe.market_id)
    is_current = await standing_key(entity, universe, newest, desk) == kept.key
    return EntityStatus.CURRENT if is_current else EntityStatus.STALE


def _has_failed_since(kept: ResultRecord | None, attempt: RunRecord | None) -> bool:
    if attempt is None or attempt.state != RunState.FAILED:
        return False
    return kept is None or (attempt.finished_at or attempt.queued_at) > kept.computed_at


async def stale_causes(
    entity: AnyEntity, universe: str | None, desk: Desk
) -> tuple[StaleCause, ...]:
    """Why what is kept is not today's; newer versions upstream are told, too.

    Raises:
        NotFoundError: The universe is none.
    """
    if not isinstance(entity, FactorRecord | ModelRecord | BacktestRecord):
        return ()
    upstream = await _newer_upstream(entity, desk)
    try:
        over = await standing_universe(entity, universe, desk)
    except NotFoundError:
        if universe is not None:
            raise
        return (_never_computed(entity), *upstream)
    kept = await desk.lookups.standing(entity.id, over.name_id)
    if kept is None:
        return (_never_computed(entity, f" over {over.name}"), *upstream)
    return (*await _outdated(entity, over, kept, desk), *upstream)


def _never_computed(entity: Computing, over: str = "") -> StaleCause:
    return StaleCause(
        StaleCauseKind.NEVER_COMPUTED,
        entity,
        f"Nothing has been computed for {entity.name}{over} yet.",
    )


async def _outdated(
    entity: Computing, universe: UniverseRecord, kept: ResultRecord, desk: Desk
) -> list[StaleCause]:
    """What makes today's key another one than that of what is kept; nothing if it is the same.

    What today's engine makes of the data of then tells its changes from those of the data.
    """
    newest = await desk.lookups.latest_snapshot(universe.market_id)
    today = await standing_key(entity, universe, newest, desk)
    if today == kept.key:
        return []
    data = cast(SnapshotRecord, await desk.lookups.entity(kept.snapshot_id))
    members = universe
    if kept.universe_id is not None:
        members = cast(UniverseRecord, await desk.lookups.entity(kept.universe_id))
    on_data_of_then = await standing_key(entity, members, data, desk)
    causes = []
    versions = _engine_of(entity, kept)
    if _has_another_engine(kept, on_data_of_then, versions):
        causes.append(_engine_changed(kept, versions))
    if isinstance(today, QatlasError):
        causes.append(_new_data(newest, f"cannot give it. {today}"))
    elif on_data_of_then != today:
        causes.append(_new_data(newest, "has other bars or members where this result reads."))
    return causes


def _engine_of(entity: Computing, kept: ResultRecord) -> str:
    """What would compute today what is kept."""
    kind = RunKind(kept.kind)
    if kind is RunKind.TRAINING and isinstance(entity, ModelRecord):
        return engine(kind, entity.spec.kind)
    return engine(kind)


def _has_another_engine(
    kept: ResultRecord, on_data_of_then: str | QatlasError, versions: str
) -> bool:
    if isinstance(on_data_of_then, str):
        return on_data_of_then != kept.key
    return kept.engine != versions  # the data of then cannot be read any more


def _engine_changed(kept: ResultRecord, versions: str) -> StaleCause:
    by = f"by {kept.engine}; this is {versions}"
    if kept.engine == versions:
        by = "from what another version of its signal's engine gave"
    return StaleCause(StaleCauseKind.ENGINE_CHANGED, None, f"It was computed {by}.")


def _new_data(newest: SnapshotRecord, what: str) -> StaleCause:
    message = f"{newest.name}:{newest.version} {what}"
    return StaleCause(StaleCauseKind.NEW_SNAPSHOT, newest, message)


async def _newer_upstream(entity: Computing, desk: Desk) -> list[StaleCause]:
    """Newer versions of what an entity uses, at first or second hand."""
    causes = []
    for used in await _upstream(entity, desk):
        if not used.is_latest:
            newest = await desk.lookups.latest_version(used.name_id)
            message = (
                f"{entity.name} uses {used.kind.noun} {used.name}:{used.version}; "
                f"version {newest.version} exists."
            )
            causes.append(StaleCause(StaleCauseKind.NEW_VERSION_UPSTREAM, newest, message))
    return causes


async def _upstream(entity: AnyEntity, desk: Desk) -> list[AnyEntity]:
    if isinstance(entity, ModelRecord):
        factor_set = await desk.lookups.entity(entity.spec.factor_set_id)
        factors = await desk.lookups.factors_of_set(factor_set.id)
        universe = await desk.lookups.entity(entity.spec.universe_id)
        # A base has the factors and the universe of what continues it.
        return [factor_set, universe, *factors, *await bases_of(entity, desk.lookups)]
    if isinstance(entity, BacktestRecord):
        signal = await desk.lookups.entity(entity.spec.signal_id)
        universe = await desk.lookups.entity(entity.spec.universe_id)
        used = [signal, universe, *await _upstream(signal, desk)]
        return list({one.id: one for one in used}.values())
    return []
