"""A process with an executor: `python trial_server.py FOLDER SECONDS [noisy]`."""

import asyncio
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trial_works import Counting, Dying, Importing

from catalog.artifacts import LocalArtifacts
from compute.executor import DaskExecutor
from compute.progress import STARTED, ProgressReport, unheard


async def serve(folder: Path, seconds: float, noises: Sequence[Any]) -> None:
    executor = DaskExecutor(
        LocalArtifacts(folder.parent / "artifacts"),
        workers=1,
        scratch=folder.parent / "dask",
        performers={
            Counting: "trial_works:count",
            Dying: "trial_works:die",
            Importing: "trial_works:bring_in",
        },
    )

    def tell(report: ProgressReport) -> None:
        if report.phase == STARTED:
            print(STARTED, flush=True)

    for number, work in enumerate(noises):
        await executor.run(work, key=f"noise {number}", report=unheard)
    await executor.run(Counting(10, seconds), key="counting", report=tell)


if __name__ == "__main__":
    # Shells start what runs in the background with Ctrl-C ignored, and children inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    place = Path(sys.argv[1])
    noisy = [Dying(1, place), Importing("qlib.contrib.evaluate")] if "noisy" in sys.argv else []
    asyncio.run(serve(place, float(sys.argv[2]), noisy))
