"""A catalogue for a command that runs beside a server, or without one."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from catalog.database import Database
from server.database import migrated
from server.home import Home
from server.settings import Settings

Answer = TypeVar("Answer")


def with_catalogue(settings: Settings, work: Callable[[Database], Awaitable[Answer]]) -> Answer:
    """Do something with the catalogue, whose database is brought up to date first.

    Raises:
        HomeError: The folder cannot be used.
        DatabaseError: The database cannot be used.
    """
    Home(settings.home).make()

    async def run() -> Answer:
        database = await migrated(settings.catalogue_url)
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())
