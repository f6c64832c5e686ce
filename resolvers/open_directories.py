"""Directories of registered snapshots, read only as long as they are what was registered."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from bars.directory import MarketDirectory
from bars.stamp import require_unchanged
from domain.errors import DataDirectoryError

T = TypeVar("T")


class OpenDirectory:
    """A snapshot's directory, opened.

    Args:
        directory: What was opened.
        stamp: That of the files that were registered.
    """

    def __init__(self, directory: MarketDirectory, stamp: str) -> None:
        self.directory = directory
        self._stamp = stamp
        self._disk = asyncio.Lock()
        self._checking = asyncio.Lock()
        self._checked_at = float("-inf")

    @classmethod
    async def open(cls, path: Path, stamp: str) -> "OpenDirectory":
        """Open a directory.

        Raises:
            DataDirectoryError: It is not there or cannot be read.
            SnapshotChangedError: Its files are not those that were registered.
        """
        await _in_thread(lambda: require_unchanged(path, stamp))
        opened = cls(await _in_thread(lambda: MarketDirectory.open(path)), stamp)
        await opened._require_unchanged()
        return opened

    async def read(self, reading: Callable[[MarketDirectory], T]) -> T:
        """What `reading` finds in a thread, if the files are still those registered thereafter.

        Readings wait for each other. Each opens thousands of small files, for which threads side
        by side would take the interpreter from each other and need longer together.

        Raises:
            DataDirectoryError: A file is not there or cannot be read.
            SnapshotChangedError: The files are not those that were registered.
        """
        async with self._disk:
            found = await _in_thread(lambda: reading(self.directory))
        await self._require_unchanged()
        return found

    async def _require_unchanged(self) -> None:
        """Check the files; a check that begins later than this is asked for counts as well.

        It begins after the readings that wait already, so that one does for all of them.
        """
        loop = asyncio.get_running_loop()
        asked_at = loop.time()
        async with self._checking:
            if self._checked_at >= asked_at:
                return
            async with self._disk:
                begun_at = loop.time()
                await _in_thread(lambda: require_unchanged(self.directory.path, self._stamp))
            self._checked_at = begun_at


async def _in_thread(read: Callable[[], T]) -> T:
    try:
        return await asyncio.to_thread(read)
    except OSError as error:
        raise DataDirectoryError(
            f"{error.filename or 'A file of the market'} cannot be read: {error.strerror}."
        ) from error
