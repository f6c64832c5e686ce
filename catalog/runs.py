"""Runs: one computation for one key at a time, and the record of what was done."""

from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, Update, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.dialects import among
from catalog.shapes import RUNS
from catalog.sources import RUN
from catalog.tables import RunEventRow, metadata
from catalog.tables.base import now
from catalog.upserts import upsert
from domain.records import RunEventRecord, RunRecord
from domain.runs import RunKind, RunState
from domain.severity import Severity

EVENT: Table = metadata.tables[RunEventRow.__tablename__]
ORPHANED = "ORPHANED"
MAX_PHASE_LENGTH = 100
_EVENT = [EVENT.c[field.name] for field in fields(RunEventRecord)]
_ACTIVE = tuple(state.value for state in RunState if not state.is_final)


async def queue_run(
    session: AsyncSession,
    key: str,
    kind: RunKind,
    *,
    entity_id: int | None,
    is_default: bool,
    owner: str,
    requested_by: str,
    snapshot_id: int | None = None,
) -> tuple[RunRecord, bool]:
    """Queue the computation of a key, or find the one that is under way.

    Args:
        session: Where to write.
        key: Of the result.
        kind: What is computed.
        entity_id: For which entity, if any.
        is_default: Whether it is the entity's result at default arguments.
        owner: The server that computes it.
        requested_by: Who asks.
        snapshot_id: The data that is read, which cannot be dropped meanwhile; None for unknown.

    Returns:
        The one active run of the key, and whether it was made now.
    """
    row = {
        "key": key,
        "kind": kind.value,
        "state": RunState.QUEUED.value,
        "entity_id": entity_id,
        "snapshot_id": snapshot_id,
        "is_default": is_default,
        "owner": owner,
        "requested_by": requested_by,
        "attempt": 1,
        "queued_at": now(),
        "phase": "queued",
        "done": 0,
    }
    queue = upsert(session, RUN).values(row).on_conflict_do_nothing().returning(RUN.c.id)
    while True:
        run_id = await session.scalar(queue)
        if run_id is not None:
            await _record(session, run_id, "Queued.")
            return (await runs_by_ids(session, [run_id]))[run_id], True
        # The winner may have finished between the two statements: then the key is free again.
        if winner := await active_run_for(session, key):
            return await _joined(session, winner, entity_id, is_default), False


async def start_run(session: AsyncSession, run_id: int, attempt: int = 1) -> None:
    """Record that a worker has taken up a run, for the first time or again; final runs stay."""
    taken_up = _active(run_id).values(
        state=RunState.RUNNING.value, attempt=attempt, started_at=now(), phase="started", done=0
    )
    if await _changed(session, taken_up):
        again = f"Started, attempt {attempt}." if attempt > 1 else "Started."
        await _record(session, run_id, again)


async def report_progress(
    session: AsyncSession,
    run_id: int,
    phase: str,
    done: int = 0,
    total: int | None = None,
    level: Severity = Severity.INFO,
    message: str | None = None,
) -> None:
    """Record how far a run is. A message, or a new phase, becomes an event; final runs stay."""
    phase = phase[:MAX_PHASE_LENGTH]
    current = await session.execute(
        select(RUN.c.phase).where(RUN.c.id == run_id, is_active()).with_for_update()
    )
    before = current.scalar_one_or_none()
    if before is None:
        return
    await session.execute(_active(run_id).values(phase=phase, done=done, total=total))
    if message is not None or phase != before:
        await _record(session, run_id, message or f"{phase.capitalize()}.", level)


async def finish_run(
    session: AsyncSession,
    run_id: int,
    state: RunState,
    error_code: str | None = None,
    error_message: str | None = None,
) -> None:
    """Record how a run ended; a run that has ended already stays as it is.

    Raises:
        ValueError: `state` is not a final one.
    """
    if not state.is_final:
        raise ValueError(f"{state} does not end a run.")
    ended = _active(run_id).values(
        state=state.value, finished_at=now(), error_code=error_code, error_message=error_message
    )
    if await _changed(session, ended):
        level = Severity.ERROR if state is RunState.FAILED else Severity.INFO
        await _record(session, run_id, error_message or f"{state.capitalize()}.", level)


async def orphan_runs(session: AsyncSession, owner: str) -> int:
    """End the runs that a server left unfinished, so that their keys are free; how many."""
    left = select(RUN.c.id).where(RUN.c.owner == owner, is_active()).order_by(RUN.c.id)
    run_ids = list(await session.scalars(left.with_for_update()))
    for run_id in run_ids:
        message = "The server that computed this stopped before it was done; ask again."
        await finish_run(session, run_id, RunState.FAILED, ORPHANED, message)
    return len(run_ids)


async def runs_by_ids(session: AsyncSession, ids: Iterable[int]) -> dict[int, RunRecord]:
    """Runs by row; rows without one are left out."""
    return {run.id: run for run in await _read(session, RUNS.select().where(among(RUN.c.id, ids)))}


async def active_run_for(session: AsyncSession, key: str) -> RunRecord | None:
    """The run that computes a key at this moment."""
    found = await _read(session, RUNS.select().where(RUN.c.key == key, is_active()))
    return found[0] if found else None


async def active_runs(session: AsyncSession, entity_ids: Iterable[int]) -> dict[int, RunRecord]:
    """The run under way for each entity that has one: rather a default one, rather a new one."""
    found = RUNS.select().where(among(RUN.c.entity_id, entity_ids), is_active())
    return _by_entity(await _read(session, found.order_by(RUN.c.is_default, RUN.c.id)))


async def last_attempts(session: AsyncSession, entity_ids: Iterable[int]) -> dict[int, RunRecord]:
    """The newest finished run of each entity's result at default arguments, however it ended."""
    newest = (
        select(
            RUN.c.id,
            func.row_number()
            .over(
                partition_by=RUN.c.entity_id, order_by=[RUN.c.finished_at.desc(), RUN.c.id.desc()]
            )
            .label("place"),
        )
        .where(among(RUN.c.entity_id, entity_ids), RUN.c.is_default, ~is_active())
        .subquery()
    )
    found = RUNS.select().join(newest, newest.c.id == RUN.c.id).where(newest.c.place == 1)
    return _by_entity(await _read(session, found))


async def events_of(
    session: AsyncSession, run_ids: Iterable[int], after_sequence: int = 0, first: int = 100
) -> dict[int, tuple[RunEventRecord, ...]]:
    """Up to `first` events of each run after one of them, in order; every run has an entry."""
    wanted = list(run_ids)
    # Sequences have no gaps, so counting on is the same as a limit for each run.
    window = EVENT.c.sequence.between(after_sequence + 1, after_sequence + first)
    rows = await session.execute(
        select(*_EVENT)
        .where(among(EVENT.c.run_id, wanted), window)
        .order_by(EVENT.c.run_id, EVENT.c.sequence)
    )
    events: dict[int, list[RunEventRecord]] = {run_id: [] for run_id in wanted}
    for row in rows:
        events[row.run_id].append(RunEventRecord(**row._mapping))
    return {run_id: tuple(of_run) for run_id, of_run in events.items()}


async def _joined(
    session: AsyncSession, winner: RunRecord, entity_id: int | None, is_default: bool
) -> RunRecord:
    """The run that was found; whoever asks for it by default makes it a default one."""
    if not is_default or winner.is_default or winner.entity_id != entity_id:
        return winner
    await session.execute(_active(winner.id).values(is_default=True))
    return replace(winner, is_default=True)


async def _record(
    session: AsyncSession, run_id: int, message: str, level: Severity = Severity.INFO
) -> None:
    """Write the next event of a run whose row this transaction has written or locked."""
    latest = select(func.max(EVENT.c.sequence)).where(EVENT.c.run_id == run_id)
    run = (await runs_by_ids(session, [run_id]))[run_id]
    row = {
        "run_id": run_id,
        "sequence": (await session.scalar(latest) or 0) + 1,
        "at": now(),
        "level": level.value,
        "message": message,
        "state": run.state,
        "phase": run.phase,
        "done": run.done,
        "total": run.total,
    }
    await session.execute(insert(EVENT), row)


def is_active() -> ColumnElement[bool]:
    """Whether a run is queued or running."""
    return RUN.c.state.in_(_ACTIVE)


def _active(run_id: int) -> Update:
    return update(RUN).where(RUN.c.id == run_id, is_active())


async def _changed(session: AsyncSession, change: Update) -> bool:
    return await session.scalar(change.returning(RUN.c.id)) is not None


async def _read(session: AsyncSession, found: Select[Any]) -> list[RunRecord]:
    return [RUNS.record(row) for row in await session.execute(found)]


def _by_entity(found: Iterable[RunRecord]) -> dict[int, RunRecord]:
    return {run.entity_id: run for run in found if run.entity_id is not None}
