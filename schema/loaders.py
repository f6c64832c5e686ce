"""Reads of one operation, batched: one statement however many rows ask."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar, cast

from strawberry.dataloader import DataLoader

from catalog.database import Database

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
Batch = Callable[..., Awaitable[Mapping[Key, Value]]]
"""A function of `catalog`: takes a session, keys and arguments, and answers by key."""


class Loaders:
    """The loaders of one operation, each made when it is first used."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._loaders: dict[Hashable, DataLoader[Any, Any]] = {}

    async def load(self, batch: Batch[Key, Value], key: Key, *arguments: Hashable) -> Value | None:
        """What `batch` answers for `key`, asked together with all others of the moment.

        Args:
            batch: A batch function of `catalog`.
            key: What to look up.
            arguments: Further arguments of `batch`; only calls with equal ones go together.
        """
        name = (batch, arguments)
        if name not in self._loaders:
            self._loaders[name] = DataLoader(load_fn=self._reader(batch, arguments))
        return cast(Value | None, await self._loaders[name].load(key))

    async def load_many(
        self, batch: Batch[Key, Value], keys: Sequence[Key], *arguments: Hashable
    ) -> list[Value | None]:
        """What `batch` answers for each of `keys`."""
        return await asyncio.gather(*(self.load(batch, key, *arguments) for key in keys))

    async def read(self, query: Callable[..., Awaitable[Value]], *arguments: Any) -> Value:
        """What a function of `catalog` that is not batched answers."""
        async with self.database.read() as session:
            return await query(session, *arguments)

    def _reader(
        self, batch: Batch[Key, Value], arguments: tuple[Hashable, ...]
    ) -> Callable[[list[Key]], Awaitable[Sequence[Value | None]]]:
        async def read(keys: list[Key]) -> Sequence[Value | None]:
            async with self.database.read() as session:
                found = await batch(session, keys, *arguments)
            return [found.get(key) for key in keys]

        return read
