"""What becomes of runs when servers end, files vanish, and questions come in odd orders."""

import asyncio
import gc
import logging
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from asking_ground import Ground, until
from catalog_builder import CatalogBuilder
from sqlalchemy import select, update

from catalog.database import Database
from catalog.results import RESULT
from catalog.runs import events_of, runs_by_ids
from catalog.tables.base import now
from compute.progress import STARTED, ProgressReport
from domain.severity import Severity
from resolvers.journal import Journal
from resolvers.uses import Uses

pytestmark = pytest.mark.anyio

VALUES = '{ factor(name: "momentum") { values { returnedCount provenance { key fromCache } } } }'
EVALUATION = '{ factor(name: "momentum") { evaluation { ic provenance { key fromCache } } } }'
RISK = '{ backtest(name: "on-trees") { risk { sharpe provenance { key fromCache } } } }'


@pytest.fixture
async def ground(database: Database, tmp_path: Path) -> AsyncIterator[Ground]:
    ground = Ground(database, tmp_path)
    await ground.import_data()
    await ground.define()
    yield ground
    ground.executor.gate.set()
    await ground.runner.close()


async def states(ground: Ground) -> list[tuple[str, str | None]]:
    """State and error code of all runs."""
    runs = (await ground.data("{ runs { nodes { state error { code } } } }"))["runs"]["nodes"]
    return [(run["state"], (run["error"] or {}).get("code")) for run in runs]


async def test_runs_that_a_server_left_are_failed_when_it_opens_again(ground: Ground) -> None:
    async with ground.database.begin() as session:
        builder = CatalogBuilder(session)
        await builder.run("k1", state="RUNNING", owner="tests")
        await builder.run("k2", state="QUEUED", owner="tests")
        await builder.run("k3", state="RUNNING", owner="another")

    assert await ground.runner.open() == 2
    assert sorted(await states(ground), key=str) == [
        ("FAILED", "ORPHANED"),
        ("FAILED", "ORPHANED"),
        ("RUNNING", None),
    ]


async def test_a_key_that_a_server_left_is_computed_by_the_next(ground: Ground) -> None:
    ground.executor.gate.clear()
    await ground.ask(EVALUATION, wait=0)
    abandoned = ground.runner
    ground.restart()
    ground.executor.gate.set()
    await abandoned.close()
    await ground.runner.open()

    assert (await ground.data(EVALUATION))["factor"]["evaluation"]["ic"] is not None


async def test_closing_ends_what_is_computed(ground: Ground) -> None:
    ground.executor.gate.clear()
    asking = asyncio.create_task(ground.ask(EVALUATION))
    await until(lambda: ground.executor.made)
    await ground.runner.close()

    assert (await asking).codes == {"factor.evaluation": "WORKER_LOST"}
    assert set(await states(ground)) == {("FAILED", "ORPHANED")}


async def test_nothing_begins_on_a_server_that_was_closed(ground: Ground) -> None:
    await ground.runner.close()

    assert (await ground.ask(EVALUATION)).codes == {"factor.evaluation": "WORKER_LOST"}
    assert await states(ground) == []


async def test_closing_leaves_no_task_behind(
    ground: Ground, caplog: pytest.LogCaptureFixture
) -> None:
    ground.executor.gate.clear()
    await ground.ask(EVALUATION, wait=0)
    await until(lambda: ground.executor.made)
    await ground.runner.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    with caplog.at_level(logging.ERROR):
        gc.collect()
        await asyncio.sleep(0)

    assert not [task for task in others if "resolvers" in repr(task.get_coro())]
    assert not caplog.records


@pytest.mark.parametrize(
    ("query", "work"), [(EVALUATION, "EvaluationWork"), (RISK, "BacktestWork")]
)
async def test_a_result_whose_file_is_gone_is_computed_again(
    ground: Ground, query: str, work: str
) -> None:
    first = await ground.data(query)
    artifacts = await _artifacts(ground, work)
    (ground.store.root / artifacts[0][:2] / f"{artifacts[0]}.npy").unlink()

    second, third = await ground.data(query), await ground.data(query)

    assert ground.executor.made[work] == 2
    for answer, from_cache in ((first, False), (second, False), (third, True)):
        field = next(iter(next(iter(answer.values())).values()))
        assert field["provenance"].pop("fromCache") is from_cache
    assert first == second == third


async def test_values_whose_file_is_gone_are_computed_again(ground: Ground) -> None:
    await ground.data(VALUES)
    for digest in await _artifacts(ground, "PanelsWork"):
        (ground.store.root / digest[:2] / f"{digest}.npy").unlink(missing_ok=True)

    second = (await ground.data(VALUES))["factor"]["values"]

    assert second["provenance"]["fromCache"] is False
    assert second["returnedCount"] == 120
    assert ground.executor.made["PanelsWork"] == 2
    assert (await ground.data(VALUES))["factor"]["values"]["provenance"]["fromCache"] is True


async def _artifacts(ground: Ground, work: str) -> list[str]:
    kind = {"EvaluationWork": "EVALUATION", "BacktestWork": "BACKTEST"}.get(work, "FACTOR_VALUES")
    async with ground.database.read() as session:
        found = await session.scalars(select(RESULT.c.artifacts).where(RESULT.c.kind == kind))
        return sorted(digest for artifacts in found for digest in artifacts.values())


async def test_reading_marks_results_as_used_without_waiting_for_it(ground: Ground) -> None:
    key = (await ground.data(EVALUATION))["factor"]["evaluation"]["provenance"]["key"]
    long_ago = now() - timedelta(days=1)
    async with ground.database.begin() as session:
        await session.execute(update(RESULT).values(last_used_at=long_ago))
        # This transaction keeps all other writers waiting, and the reader is answered.
        await asyncio.wait_for(ground.data(EVALUATION), 10)
    await ground.runner.close()

    assert await _last_used(ground, key) > long_ago + timedelta(hours=1)


async def test_uses_are_marked_once_a_minute(ground: Ground) -> None:
    key = (await ground.data(EVALUATION))["factor"]["evaluation"]["provenance"]["key"]
    uses = Uses(ground.database, gather_seconds=0)
    assert await _marked_after(uses, key, ground)
    assert not await _marked_after(uses, key, ground)
    assert await _marked_after(Uses(ground.database, gather_seconds=0), key, ground)


async def _marked_after(uses: Uses, key: str, ground: Ground) -> bool:
    """Whether a use that is noted now is written."""
    long_ago = now() - timedelta(days=1)
    async with ground.database.begin() as session:
        await session.execute(update(RESULT).values(last_used_at=long_ago))
    uses.mark(key)
    await uses.close()
    return await _last_used(ground, key) > long_ago


async def _last_used(ground: Ground, key: str) -> datetime:
    async with ground.database.read() as session:
        moment = await session.scalar(select(RESULT.c.last_used_at).where(RESULT.c.key == key))
    assert isinstance(moment, datetime)
    return moment


async def test_a_journal_keeps_beginnings_messages_and_the_last_word(ground: Ground) -> None:
    async with ground.database.begin() as session:
        run_id = await CatalogBuilder(session).run("k", state="QUEUED", owner="tests")
    journal = Journal(ground.database, run_id)
    journal.report(ProgressReport(STARTED))
    for done in range(100):
        journal.report(ProgressReport("trading", done, 100))
    journal.report(ProgressReport("trading", 100, 100, Severity.WARNING, "Nothing was sold."))
    journal.report(ProgressReport("closing", 1, 2))
    journal.report(ProgressReport("closing", 2, 2))
    await journal.close()

    async with ground.database.read() as session:
        run = (await runs_by_ids(session, [run_id]))[run_id]
        events = (await events_of(session, [run_id]))[run_id]
    assert (run.state, run.phase, run.done, run.total) == ("RUNNING", "closing", 2, 2)
    assert [event.message for event in events] == [
        "Started.",
        "Trading.",
        "Nothing was sold.",
        "Closing.",
    ]


async def test_progress_that_cannot_be_written_fails_nothing(
    ground: Ground, caplog: pytest.LogCaptureFixture
) -> None:
    journal = Journal(ground.database, run_id=10**12)
    journal.report(ProgressReport("x", message="This run is not there."))
    unwritable = Journal(Database("sqlite:////nowhere/at/all.db"), run_id=1)
    unwritable.report(ProgressReport(STARTED))
    await journal.close()
    await unwritable.close()

    assert "was not written" in caplog.text
