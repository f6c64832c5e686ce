"""A key is computed by one run at a time, and every run leaves a record."""

import asyncio
from typing import Any

import pytest
from catalogue_examples import factor

from catalog.database import Database
from catalog.defining import create_factor
from catalog.runs import (
    active_run_for,
    active_runs,
    events_of,
    finish_run,
    last_attempts,
    orphan_runs,
    queue_run,
    report_progress,
    runs_by_ids,
    start_run,
)
from domain.records import RunEventRecord, RunRecord
from domain.runs import RunKind, RunState
from domain.severity import Severity

pytestmark = pytest.mark.anyio


async def queue(database: Database, key: str = "k", **changes: Any) -> tuple[RunRecord, bool]:
    """Queue in a transaction of its own."""
    facts: dict[str, Any] = {
        "kind": RunKind.EVALUATION,
        "entity_id": None,
        "is_default": False,
        "owner": "server-1",
        "requested_by": "ada",
    }
    async with database.begin() as session:
        return await queue_run(session, key, **{**facts, **changes})


async def start(database: Database, run_id: int, attempt: int = 1) -> None:
    """Start in a transaction of its own."""
    async with database.begin() as session:
        await start_run(session, run_id, attempt)


async def finish(database: Database, run_id: int, state: RunState, *error: str) -> None:
    """Finish in a transaction of its own."""
    async with database.begin() as session:
        await finish_run(session, run_id, state, *error)


async def read(database: Database, run_id: int) -> RunRecord:
    """A run as readers see it."""
    async with database.read() as session:
        return (await runs_by_ids(session, [run_id]))[run_id]


async def events(database: Database, run_id: int) -> tuple[RunEventRecord, ...]:
    """All events of a run."""
    async with database.read() as session:
        return (await events_of(session, [run_id]))[run_id]


async def factor_row(database: Database, name: str = "close") -> int:
    """An entity that runs can be about."""
    async with database.begin() as session:
        return await create_factor(session, name, factor(), author="tests")


async def test_however_many_ask_one_run_computes_a_key(database: Database) -> None:
    queued = await asyncio.gather(*(queue(database, owner=f"server-{n}") for n in range(8)))
    assert sum(is_new for _, is_new in queued) == 1
    assert len({run.id for run, _ in queued}) == 1
    async with database.read() as session:
        assert await active_run_for(session, "k") == queued[0][0]
        assert await active_run_for(session, "other") is None


async def test_a_key_is_free_again_when_its_run_has_ended(database: Database) -> None:
    first, _ = await queue(database)
    await start(database, first.id)
    joined, is_new = await queue(database)
    assert (joined.id, joined.state, is_new) == (first.id, "RUNNING", False)
    await finish(database, first.id, RunState.SUCCEEDED)
    second, is_new = await queue(database)
    assert is_new
    assert second.id != first.id


async def test_other_keys_are_queued_beside_it(database: Database) -> None:
    assert [(await queue(database, key))[1] for key in ("a", "b", "c")] == [True, True, True]


async def test_a_run_goes_from_queue_to_end(database: Database) -> None:
    run, _ = await queue(database)
    assert (run.state, run.phase, run.attempt, run.started_at) == ("QUEUED", "queued", 1, None)
    await start(database, run.id)
    running = await read(database, run.id)
    assert running.state == "RUNNING"
    assert running.started_at is not None
    assert running.started_at >= running.queued_at
    await finish(database, run.id, RunState.SUCCEEDED)
    done = await read(database, run.id)
    assert (done.state, done.error_code, done.error_message) == ("SUCCEEDED", None, None)
    assert done.finished_at is not None
    assert [event.state for event in await events(database, run.id)] == [
        "QUEUED",
        "RUNNING",
        "SUCCEEDED",
    ]


async def test_a_failure_is_told_with_its_code_and_sentence(database: Database) -> None:
    run, _ = await queue(database)
    await start(database, run.id)
    await finish(database, run.id, RunState.FAILED, "NO_DATA", "There is no close in 2019.")
    failed = await read(database, run.id)
    assert (failed.error_code, failed.error_message) == ("NO_DATA", "There is no close in 2019.")
    last = (await events(database, run.id))[-1]
    assert (last.level, last.message) == ("ERROR", "There is no close in 2019.")


async def test_progress_is_recorded_in_order_without_gaps(database: Database) -> None:
    run, _ = await queue(database)
    await start(database, run.id)

    async def report(step: int) -> None:
        async with database.begin() as session:
            await report_progress(
                session, run.id, "training", step, 6, Severity.WARNING, f"Step {step}."
            )

    await asyncio.gather(*(report(step) for step in range(6)))
    recorded = await events(database, run.id)
    assert [event.sequence for event in recorded] == list(range(1, 9))
    assert {event.message for event in recorded[2:]} == {f"Step {step}." for step in range(6)}
    assert {(event.level, event.phase, event.total) for event in recorded[2:]} == {
        ("WARNING", "training", 6)
    }
    last = recorded[-1]
    now = await read(database, run.id)
    assert (now.phase, now.done, now.total) == (last.phase, last.done, last.total)


async def test_progress_without_news_moves_the_run_and_leaves_no_event(
    database: Database,
) -> None:
    run, _ = await queue(database)
    await start(database, run.id)
    async with database.begin() as session:
        await report_progress(session, run.id, "training", 1, 100)
        await report_progress(session, run.id, "training", 2, 100)
        await report_progress(session, run.id, "p" * 300)
    assert [event.message for event in await events(database, run.id)][2:] == [
        "Training.",
        "P" + "p" * 99 + ".",
    ]
    assert (await read(database, run.id)).done == 0


async def test_a_new_attempt_starts_over(database: Database) -> None:
    run, _ = await queue(database)
    await start(database, run.id)
    async with database.begin() as session:
        await report_progress(session, run.id, "training", 7, 10)
    await start(database, run.id, attempt=2)
    again = await read(database, run.id)
    assert (again.state, again.attempt, again.done, again.phase) == ("RUNNING", 2, 0, "started")
    assert "attempt 2" in (await events(database, run.id))[-1].message


async def test_what_has_ended_stays_as_it_is(database: Database) -> None:
    run, _ = await queue(database)
    await finish(database, run.id, RunState.CANCELLED)
    ended, recorded = await read(database, run.id), await events(database, run.id)
    await start(database, run.id)
    await finish(database, run.id, RunState.SUCCEEDED)
    async with database.begin() as session:
        await report_progress(session, run.id, "training", 1, 2, message="Too late.")
    assert await read(database, run.id) == ended
    assert await events(database, run.id) == recorded


async def test_a_run_ends_in_a_final_state_only(database: Database) -> None:
    run, _ = await queue(database)
    with pytest.raises(ValueError, match="RUNNING"):
        await finish(database, run.id, RunState.RUNNING)


async def test_what_a_server_left_behind_fails_and_frees_its_keys(database: Database) -> None:
    queued, _ = await queue(database, "queued")
    running, _ = await queue(database, "running")
    done, _ = await queue(database, "done")
    others, _ = await queue(database, "others", owner="server-2")
    await start(database, running.id)
    await finish(database, done.id, RunState.SUCCEEDED)
    async with database.begin() as session:
        assert await orphan_runs(session, "server-1") == 2
    for run_id in (queued.id, running.id):
        orphan = await read(database, run_id)
        assert (orphan.state, orphan.error_code) == ("FAILED", "ORPHANED")
        assert orphan.error_message is not None
        assert orphan.finished_at is not None
    assert (await read(database, done.id)).state == "SUCCEEDED"
    assert (await read(database, others.id)).state == "QUEUED"
    assert (await queue(database, "running"))[1]
    async with database.begin() as session:
        assert await orphan_runs(session, "server-3") == 0


async def test_the_run_under_way_is_found_by_its_entity(database: Database) -> None:
    close, open_ = await factor_row(database, "close"), await factor_row(database, "open")
    default, _ = await queue(database, "a", entity_id=close, is_default=True)
    await queue(database, "b", entity_id=close)
    ended, _ = await queue(database, "c", entity_id=open_, is_default=True)
    await finish(database, ended.id, RunState.SUCCEEDED)
    async with database.read() as session:
        assert await active_runs(session, [close, open_]) == {close: default}


async def test_whoever_asks_by_default_makes_the_run_a_default_one(database: Database) -> None:
    close, open_ = await factor_row(database, "close"), await factor_row(database, "open")
    run, _ = await queue(database, entity_id=close)
    await queue(database, entity_id=open_, is_default=True)
    assert not (await read(database, run.id)).is_default
    joined, is_new = await queue(database, entity_id=close, is_default=True)
    assert (joined.is_default, is_new) == (True, False)
    assert await read(database, run.id) == joined


async def test_the_last_attempt_is_the_newest_finished_default_run(database: Database) -> None:
    close, open_ = await factor_row(database, "close"), await factor_row(database, "open")
    first, _ = await queue(database, "a", entity_id=close, is_default=True)
    second, _ = await queue(database, "b", entity_id=close, is_default=True)
    other, _ = await queue(database, "c", entity_id=close)
    await queue(database, "d", entity_id=open_, is_default=True)
    await finish(database, second.id, RunState.SUCCEEDED)
    await finish(database, first.id, RunState.FAILED, "NO_DATA", "There is none.")
    await finish(database, other.id, RunState.SUCCEEDED)
    async with database.read() as session:
        attempts = await last_attempts(session, [close, open_])
    # The one that was queued first ended last.
    assert {entity: run.id for entity, run in attempts.items()} == {close: first.id}


async def test_events_are_paged_by_sequence_for_many_runs_at_once(database: Database) -> None:
    ids = [(await queue(database, key))[0].id for key in ("a", "b")]
    for run_id in ids:
        await start(database, run_id)
        await finish(database, run_id, RunState.SUCCEEDED)
    unknown = max(ids) + 1
    async with database.read() as session:
        page = await events_of(session, [*ids, unknown], after_sequence=1, first=1)
    assert {run_id: [event.sequence for event in of_run] for run_id, of_run in page.items()} == {
        ids[0]: [2],
        ids[1]: [2],
        unknown: [],
    }
