"""The files that go out: written once however many ask, and kept for as long as there is room."""

import asyncio
import logging
import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from compute.executor import Executor
from compute.progress import unheard
from domain.errors import ArtifactMissingError
from domain.exports import ExportWork
from resolvers.exports import Export

logger = logging.getLogger(__name__)
UNFINISHED = ".unfinished"
ABANDONED_SECONDS = 3600.0
_TRIES = 3


class ExportFiles:
    """A folder of files, each under the digest of what is in it.

    A file is written by a worker and opened before it is told to anybody, so that whoever has it
    open reads it to its end, whatever becomes of its name.

    Args:
        folder: Where they are; made when the first is written.
        capacity_bytes: How much is kept. Those that were not used for longest go first; what is
            being asked for stays, even where it alone is more.
        executor: Where they are written.
    """

    def __init__(self, folder: Path, capacity_bytes: int, executor: Executor) -> None:
        self._folder = folder.absolute()
        self._capacity = capacity_bytes
        self._executor = executor
        self._writing: dict[str, asyncio.Task[None]] = {}
        self._wanted: Counter[str] = Counter()

    async def open(self, export: Export) -> BinaryIO:
        """A file that was written whole, open for reading; whoever gets it closes it.

        Raises:
            QatlasError: It cannot be written, with the reason that the worker gave.
        """
        name = f"{export.digest}.{export.format.value}"
        with self._wanting(name):
            for _ in range(_TRIES):
                found = await asyncio.to_thread(self._opened, name)
                if found is not None:
                    return found
                await self._written(name, export)
        raise ArtifactMissingError(
            f"The file {name} went away as often as it was written; ask again."
        )

    def sweep(self, older_than_seconds: float = ABANDONED_SECONDS) -> int:
        """Remove what writers that died left unfinished, and return how many files that were.

        A younger one may still be written to.
        """
        oldest = time.time() - older_than_seconds
        left = [path for path in self._folder.glob(f"*{UNFINISHED}") if _used_at(path) <= oldest]
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)

    @contextmanager
    def _wanting(self, name: str) -> Iterator[None]:
        """Have a file stay while somebody is about to open it."""
        self._wanted[name] += 1
        try:
            yield
        finally:
            self._wanted[name] -= 1
            if not self._wanted[name]:
                del self._wanted[name]

    def _opened(self, name: str) -> BinaryIO | None:
        """A file, marked as used now; None if there is none."""
        try:
            file = (self._folder / name).open("rb")
        except FileNotFoundError:
            return None
        os.utime(file.fileno())
        return file

    async def _written(self, name: str, export: Export) -> None:
        """Write a file, or wait until whoever writes it is done."""
        if name not in self._writing:
            writing = self._writing[name] = asyncio.create_task(self._write(name, export))
            writing.add_done_callback(lambda done: self._let_go(name, done))
        # One who gives up must not take the file from the others.
        await asyncio.shield(self._writing[name])

    async def _write(self, name: str, export: Export) -> None:
        await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
        content, target = export.content, str(self._folder / name)
        work = ExportWork(content.source, export.format, target, content.about, content.notes)
        await self._executor.run(work, key=f"export-{name}", report=unheard)
        await asyncio.to_thread(self._make_room, {name, *self._wanted})

    def _let_go(self, name: str, done: asyncio.Task[None]) -> None:
        del self._writing[name]
        if not done.cancelled():
            done.exception()  # told to whoever waits; nobody may be waiting

    def _make_room(self, wanted: set[str]) -> None:
        """Remove the files that were not used for longest until the others fit."""
        self.sweep()
        files = [path for path in self._folder.iterdir() if path.suffix != UNFINISHED]
        files.sort(key=_used_at)
        excess = sum(map(_size_of, files)) - self._capacity
        for path in files:
            if excess <= 0:
                return
            if path.name not in wanted:
                excess -= _size_of(path)
                path.unlink(missing_ok=True)
                logger.info("Removed %s to make room for other files", path.name)


def _used_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # finished, or removed by somebody else
        return float("inf")


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
