"""Writes down what a computation reports, no faster than anybody reads."""

import asyncio

from catalog import runs
from catalog.database import Database
from compute.progress import STARTED, ProgressReport

INTERVAL_SECONDS = 0.5


class Journal:
    """The record of one run. Reports in between two writes are summed up by the last one."""

    def __init__(self, database: Database, run_id: int) -> None:
        self._database = database
        self._run_id = run_id
        self._starts: list[ProgressReport] = []
        self._latest: ProgressReport | None = None
        self._writing: asyncio.Task[None] | None = None

    def report(self, report: ProgressReport) -> None:
        """Take a report; it is written soon. Beginnings and messages are never left out."""
        if report.phase == STARTED or report.message is not None:
            self._starts.append(report)
        else:
            self._latest = report
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_on())

    async def close(self) -> None:
        """Write what is left."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
        await self._write()

    async def _write_on(self) -> None:
        while self._starts or self._latest:
            await asyncio.shield(asyncio.ensure_future(self._write()))
            await asyncio.sleep(INTERVAL_SECONDS)

    async def _write(self) -> None:
        reports = [*self._starts, *([self._latest] if self._latest else [])]
        self._starts, self._latest = [], None
        if not reports:
            return
        async with self._database.begin() as session:
            for report in reports:
                if report.phase == STARTED:
                    await runs.start_run(session, self._run_id, report.attempt)
                else:
                    await runs.report_progress(
                        session,
                        self._run_id,
                        phase=report.phase,
                        done=report.done,
                        total=report.total,
                        level=report.level,
                        message=report.message,
                    )
