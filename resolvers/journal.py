"""Writes down what a computation reports, no faster than anybody reads."""

import asyncio
import logging
from contextlib import suppress

from catalog import runs
from catalog.database import Database
from compute.progress import STARTED, ProgressReport

logger = logging.getLogger(__name__)
INTERVAL_SECONDS = 0.5


class Journal:
    """The record of one run. Reports in between two writes are summed up by the last one."""

    def __init__(self, database: Database, run_id: int) -> None:
        self._database = database
        self._run_id = run_id
        self._news: list[ProgressReport] = []
        self._latest: ProgressReport | None = None
        self._writing: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    def report(self, report: ProgressReport) -> None:
        """Take a report; it is written soon. Beginnings and messages are never left out."""
        if report.phase == STARTED or report.message is not None:
            self._news += [*self._unwritten(), report]
        else:
            self._latest = report
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_on())

    async def close(self) -> None:
        """Write what is left; nothing is written thereafter."""
        self._closing.set()
        if self._writing is not None:
            await self._writing

    def _unwritten(self) -> list[ProgressReport]:
        latest, self._latest = self._latest, None
        return [latest] if latest else []

    async def _write_on(self) -> None:
        while self._news or self._latest:
            await self._write()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), INTERVAL_SECONDS)

    async def _write(self) -> None:
        reports, self._news = self._news + self._unwritten(), []
        try:
            async with self._database.begin() as session:
                for report in reports:
                    if report.phase == STARTED:
                        await runs.start_run(session, self._run_id, report.attempt)
                        continue
                    await runs.report_progress(
                        session,
                        self._run_id,
                        phase=report.phase,
                        done=report.done,
                        total=report.total,
                        level=report.level,
                        message=report.message,
                    )
        except Exception:  # what is computed is worth more than the record of how
            logger.exception("The progress of run %s was not written", self._run_id)
