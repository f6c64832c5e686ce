"""When results were last used, written down in the background so that no reader waits for it."""

import asyncio
import logging
from collections import OrderedDict

from catalog import results
from catalog.database import Database

logger = logging.getLogger(__name__)
EVERY_SECONDS = 60.0
GATHER_SECONDS = 1.0
_REMEMBERED = 10_000


class Uses:
    """Marks results as used, each at most once a minute, many in one statement.

    Args:
        database: Where results are recorded.
        gather_seconds: How long uses are gathered before they are written.
    """

    def __init__(self, database: Database, gather_seconds: float = GATHER_SECONDS) -> None:
        self._database = database
        self._gather_seconds = gather_seconds
        self._marked_at: OrderedDict[str, float] = OrderedDict()
        self._waiting: set[str] = set()
        self._writing: asyncio.Task[None] | None = None

    def mark(self, key: str) -> None:
        """Note that a result has just been used."""
        now = asyncio.get_running_loop().time()
        if now - self._marked_at.get(key, float("-inf")) < EVERY_SECONDS:
            return
        self._remember(key, now)
        self._waiting.add(key)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_on())

    async def close(self) -> None:
        """Write what is left."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.wait([self._writing])
        await self._write()

    def _remember(self, key: str, now: float) -> None:
        self._marked_at[key] = now
        self._marked_at.move_to_end(key)
        while len(self._marked_at) > _REMEMBERED:
            self._marked_at.popitem(last=False)

    async def _write_on(self) -> None:
        while self._waiting:
            await asyncio.sleep(self._gather_seconds)
            await self._write()

    async def _write(self) -> None:
        keys, self._waiting = self._waiting, set()
        try:
            async with self._database.read() as session:
                idle = await results.idle_results(session, keys) if keys else ()
            if idle:
                async with self._database.begin() as session:
                    await results.touch(session, idle)
        except Exception:  # nobody asked for it, and the next use is marked again
            logger.exception("The last use of %d results was not written", len(keys))
