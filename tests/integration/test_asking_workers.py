"""Questions that are answered by worker processes, as a server does it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest
from asking_ground import PATIENCE_SECONDS, Ground
from sqlalchemy import delete

from catalog.database import Database
from catalog.results import RESULT
from compute.executor import DaskExecutor
from resolvers.facts import Facts
from resolvers.running import Runner
from resolvers.services import Services

pytestmark = pytest.mark.anyio

WALK = """{ factor(name: "momentum") { evaluation { ic rankIc turnover } }
    backtest(name: "on-trees") { risk { absolute { mean std } } } }"""
RUN = """{ run(id: "%s") { state startedAt finishedAt progress { phase }
    events { sequence message state } } }"""


@pytest.fixture
async def ground(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Ground]:
    copyfile(sqlite_template, tmp_path / "catalogue.db")
    database = Database(f"sqlite:///{tmp_path / 'catalogue.db'}")
    ground = Ground(database, tmp_path)
    await ground.import_data()
    await ground.define()
    yield ground
    await ground.runner.close()
    await database.close()


async def ended(ground: Ground, services: Services, run_id: str) -> dict[str, Any]:
    """A run, once it has ended."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            run: dict[str, Any] = (await ground.data(RUN % run_id, services=services))["run"]
            if run["state"] not in ("QUEUED", "RUNNING"):
                return run
            await asyncio.sleep(0.1)


async def test_workers_answer_what_is_asked_and_tell_how_far_they_are(ground: Ground) -> None:
    executor = DaskExecutor(ground.store, 1, ground.folder / "scratch")
    runner = Runner(ground.database, ground.store, executor, "workers")
    workers = Services(ground.database, ground.store, Facts(), runner, ground.limits)
    try:
        hasty = await ground.ask(WALK, services=workers, wait=0)
        assert set(hasty.codes.values()) == {"COMPUTING"}
        runs = [
            await ended(ground, workers, error.extensions["runId"])
            for error in hasty.errors
            if error.extensions
        ]
        computed = await ground.data(WALK, services=workers, only_if_cached=True)
    finally:
        await runner.close()

    for run in runs:
        assert run["state"] == "SUCCEEDED"
        assert run["startedAt"] <= run["finishedAt"]
        messages = [event["message"] for event in run["events"]]
        assert (messages[0], messages[1], messages[-1]) == ("Queued.", "Started.", "Succeeded.")
        assert [event["sequence"] for event in run["events"]] == list(range(1, len(messages) + 1))
        assert run["events"][-1]["state"] == "SUCCEEDED"
    async with ground.database.begin() as session:
        await session.execute(delete(RESULT))
    assert await ground.data(WALK) == computed  # the same numbers in another process
    assert ground.executor.made["BacktestWork"] == 1
