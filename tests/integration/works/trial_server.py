"""A process with an executor: `python trial_server.py FOLDER SECONDS`."""

import asyncio
import sys
from pathlib import Path

from trial_works import Counting

from catalog.artifacts import LocalArtifacts
from compute.executor import DaskExecutor
from compute.progress import STARTED, ProgressReport


async def serve(folder: Path, seconds: float) -> None:
    executor = DaskExecutor(
        LocalArtifacts(folder / "artifacts"),
        workers=1,
        scratch=folder / "dask",
        performers={Counting: "trial_works:count"},
    )

    def tell(report: ProgressReport) -> None:
        if report.phase == STARTED:
            print(STARTED, flush=True)

    await executor.run(Counting(10, seconds), key="counting", report=tell)


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), float(sys.argv[2])))
