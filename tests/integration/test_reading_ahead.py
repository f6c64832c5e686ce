"""What a worker reads before it is sent the work, and which worker that is."""

import asyncio
import os
import shutil
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from asking_ground import write_days

WORKS = Path(__file__).parent / "works"
sys.path.insert(0, str(WORKS))  # workers find there what performs the trial works

from trial_works import Counting  # noqa: E402

from bars.stamp import stamp  # noqa: E402
from catalog.artifacts import LocalArtifacts  # noqa: E402
from compute.executor import DaskExecutor  # noqa: E402
from compute.progress import unheard  # noqa: E402
from domain.work import Bars  # noqa: E402

pytestmark = pytest.mark.anyio

_LONGEST_SECONDS = 60


class Ground:
    """An executor of two workers, and a market that they may read."""

    def __init__(self, folder: Path) -> None:
        write_days(folder / "market", 60, ())
        self.bars = Bars(str(folder / "market"), "us", stamp(folder / "market"))
        self.store = LocalArtifacts(folder / "artifacts")
        self.scratch = folder / "dask"
        self.executor = DaskExecutor(
            self.store, 2, self.scratch, performers={Counting: "trial_works:count"}
        )
        self._asked = 0

    async def process(self, seconds: float = 0.0) -> int:
        """The process that does the next work."""
        self._asked += 1
        work = Counting(1, seconds)
        outcome = await self.executor.run(work, key=f"{self._asked}", report=unheard)
        return int(outcome.document["pid"])

    def fields(self) -> set[str]:
        """Which fields have been read."""
        return {path.name for path in self.store.scratch("panels").glob("*/[!.]*")}

    def forget(self) -> None:
        """Let nothing have been read."""
        shutil.rmtree(self.store.scratch("panels"))


@pytest.fixture
async def ground(tmp_path: Path) -> AsyncIterator[Ground]:
    ground = Ground(tmp_path)
    yield ground
    await ground.executor.close()


async def until(is_so: Callable[[], bool]) -> None:
    begun = time.monotonic()
    while not is_so() and time.monotonic() - begun < _LONGEST_SECONDS:
        await asyncio.sleep(0.02)
    assert is_so()


async def test_fields_are_read_before_there_is_work_on_them_and_once(ground: Ground) -> None:
    await ground.process()
    ground.executor.foresee(ground.bars, ("close", "volume"))
    await until(lambda: ground.fields() == {"close", "volume"})
    ground.forget()

    ground.executor.foresee(ground.bars, ("volume",))
    ground.executor.foresee(ground.bars, ("close", "open"))

    await until(lambda: ground.fields() == {"open"})
    await ground.process()  # it comes after what was foreseen
    assert ground.fields() == {"open"}


async def test_nothing_is_read_before_there_are_workers(ground: Ground) -> None:
    ground.executor.foresee(ground.bars, ("close",))
    assert not ground.scratch.exists()
    await ground.process()
    assert ground.fields() == set()
    ground.executor.foresee(ground.bars, ("close",))
    await until(lambda: ground.fields() == {"close"})


async def test_nothing_is_read_while_workers_work(ground: Ground) -> None:
    await ground.process()
    working = asyncio.create_task(ground.process(0.5))
    await asyncio.sleep(0.1)
    ground.executor.foresee(ground.bars, ("close",))
    await working
    await ground.process()
    assert ground.fields() == set()


async def test_what_cannot_be_read_is_nobodys_loss(ground: Ground, tmp_path: Path) -> None:
    process = await ground.process()
    for bars in (
        Bars(str(tmp_path / "nowhere"), "us", ground.bars.stamp),
        Bars(ground.bars.directory, "us", "another"),
    ):
        ground.executor.foresee(bars, ("close",))
    assert await ground.process() == process
    assert ground.fields() == set()


async def test_works_that_come_alone_go_to_one_worker_and_others_to_all(ground: Ground) -> None:
    assert len({await ground.process() for _ in range(6)}) == 1
    both = await asyncio.gather(ground.process(0.5), ground.process(0.5))
    assert len({*both}) == 2
    assert os.getpid() not in both
