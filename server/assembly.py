"""Puts one server's services together, and takes them apart again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from catalog.artifacts import LocalArtifacts
from catalog.database import Database
from compute.executor import DaskExecutor
from compute.idling import LOADS
from resolvers.export_files import ABANDONED_SECONDS, ExportFiles
from resolvers.facts import Facts
from resolvers.questions import bars_of
from resolvers.running import Runner
from resolvers.services import Limits, Services
from server.home import Home
from server.settings import MAX_WAIT_SECONDS, Settings

LOCAL_ADMIN = "admin"
"""Who everybody is as long as there is no access control."""


def limits_of(settings: Settings) -> Limits:
    """What one operation may take."""
    return Limits(
        wait_seconds=settings.wait_seconds,
        max_wait_seconds=MAX_WAIT_SECONDS,
        max_starts=settings.max_starts,
    )


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Services]:
    """The services of one server for as long as it runs. Workers start at the first computation."""
    home = Home(settings.home)
    database = Database(settings.catalogue_url)
    store = LocalArtifacts(home.artifacts)
    executor = DaskExecutor(store, settings.workers, home.scratch, settings.scheduler, loads=LOADS)
    runner = Runner(database, store, executor, home.owner)
    facts = Facts(foresee=lambda snapshot, fields: executor.foresee(bars_of(snapshot), fields))
    await asyncio.to_thread(store.sweep)
    await runner.open()
    try:
        yield Services(database, store, facts, runner, limits_of(settings))
    finally:
        await runner.close()
        await database.close()


async def export_files(settings: Settings, services: Services) -> ExportFiles:
    """The files that go out, without what writers of an earlier server left unfinished."""
    files = ExportFiles(
        Home(settings.home).exports, settings.export_bytes, services.runner.executor
    )
    # Our own workers end with their server; those of a scheduler may still be writing.
    oldest = ABANDONED_SECONDS if settings.scheduler else 0.0
    await asyncio.to_thread(files.sweep, oldest)
    return files
