"""What workers load while nobody asks for anything."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

WORKS = Path(__file__).parent / "works"
sys.path.insert(0, str(WORKS))  # workers find there what performs the trial works

from trial_works import Counting, leave_mark, load_in_vain  # noqa: E402

from catalog.artifacts import LocalArtifacts  # noqa: E402
from compute.executor import DaskExecutor  # noqa: E402
from compute.progress import unheard  # noqa: E402

pytestmark = pytest.mark.anyio

WORKERS = 2
_LONGEST_SECONDS = 60


@pytest.fixture
async def executor(tmp_path: Path) -> AsyncIterator[DaskExecutor]:
    executor = DaskExecutor(
        LocalArtifacts(tmp_path / "artifacts"),
        WORKERS,
        tmp_path / "dask",
        performers={Counting: "trial_works:count"},
        loads=(load_in_vain, leave_mark),
    )
    yield executor
    await executor.close()


async def test_every_worker_loads_once_nobody_asks_and_no_sooner(
    executor: DaskExecutor, tmp_path: Path
) -> None:
    await executor.run(Counting(1, 2.0), key="first", report=unheard)
    # It took longer than it must be quiet, and one of the workers had nothing to do.
    assert _idle(tmp_path) == 0
    begun = time.monotonic()
    while _idle(tmp_path) < WORKERS and time.monotonic() - begun < _LONGEST_SECONDS:
        await asyncio.sleep(0.05)
    assert _idle(tmp_path) == WORKERS  # what could not be loaded before took nothing from it
    outcome = await executor.run(Counting(3), key="second", report=unheard)
    assert outcome.artifacts


def _idle(folder: Path) -> int:
    """How many workers have shown that they had nothing to do."""
    return len(list((folder / "dask").rglob("idle")))
