"""A memory of reads that always give the same, bounded, in which no failure stays."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, TypeVar, cast

T = TypeVar("T")


class Remembered:
    """What was read under its key, for as long as it is among the last used.

    A read goes on when those who asked for it give up. One that fails is told to all who wait
    for it, and made anew for the next.

    Args:
        capacity: How many answers are kept.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._known: OrderedDict[Hashable, asyncio.Task[Any]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    async def once(self, key: Hashable, read: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What `read` gives, read now unless it is known or being read."""
        known = self._known.get(key)
        if known is None:
            known = self._begin(key, read)
        self._known.move_to_end(key)
        return cast(T, known.result() if known.done() else await asyncio.shield(known))

    def _begin(
        self, key: Hashable, read: Callable[[], Coroutine[Any, Any, T]]
    ) -> asyncio.Task[Any]:
        reading = self._known[key] = asyncio.create_task(read())
        reading.add_done_callback(lambda done: self._let_go_if_broken(key, done))
        while len(self._known) > self._capacity:
            self._known.popitem(last=False)
        return reading

    def _let_go_if_broken(self, key: Hashable, done: asyncio.Task[Any]) -> None:
        is_broken = done.cancelled() or done.exception() is not None
        if is_broken and self._known.get(key) is done:
            del self._known[key]
