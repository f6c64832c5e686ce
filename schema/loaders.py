"""Reads of one operation, in rounds: one statement however many rows ask."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from catalog.database import Database

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
Batch = Callable[..., Awaitable[Mapping[Key, Value]]]
"""A function of `catalog`: takes a session, keys and arguments, and answers by key."""

QUIET_TURNS = 4
"""Turns of the event loop without a new question after which all have asked who can."""


@dataclass(slots=True)
class _Asked:
    """What one batch function is asked, and what it has answered."""

    batch: Batch[Any, Any]
    arguments: tuple[Hashable, ...]
    answers: dict[Hashable, "asyncio.Future[Any]"] = field(default_factory=dict)
    waiting: list[Hashable] = field(default_factory=list)


class Loaders:
    """Reads, remembered for one operation.

    Questions are gathered until no field can go on without an answer, and then answered in one
    round, each batch function by one call. So the number of statements depends on how deep fields
    rest on one another, not on how many there are.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self._asked: dict[Hashable, _Asked] = {}
        self._has_news = False
        self._round: asyncio.Task[None] | None = None
        self._is_gathering = False

    async def load(self, batch: Batch[Key, Value], key: Key, *arguments: Hashable) -> Value | None:
        """What `batch` answers for `key`, asked together with all others of the moment.

        Args:
            batch: A batch function of `catalog`.
            key: What to look up.
            arguments: Further arguments of `batch`; only calls with equal ones go together.
        """
        asked = self._of(batch, arguments)
        answer = asked.answers.get(key)
        if answer is None:
            answer = asked.answers[key] = asyncio.get_running_loop().create_future()
            asked.waiting.append(key)
            self._gather()
        if answer.done():
            return answer.result()  # type: ignore[no-any-return]
        # One who gives up must not take the answer from the others.
        return await asyncio.shield(answer)

    async def load_many(
        self, batch: Batch[Key, Value], keys: Sequence[Key], *arguments: Hashable
    ) -> list[Value | None]:
        """What `batch` answers for each of `keys`."""
        return await asyncio.gather(*(self.load(batch, key, *arguments) for key in keys))

    def know(self, batch: Batch[Key, Value], key: Key, value: Value) -> None:
        """Take what another read has found for what `batch` would answer."""
        asked = self._of(batch, ())
        if key not in asked.answers:
            known = asyncio.get_running_loop().create_future()
            known.set_result(value)
            asked.answers[key] = known

    async def read(self, query: Callable[..., Awaitable[Value]], *arguments: Any) -> Value:
        """What a function of `catalog` that is not batched answers."""
        async with self.database.read() as session:
            return await query(session, *arguments)

    def _of(self, batch: Batch[Any, Any], arguments: tuple[Hashable, ...]) -> _Asked:
        name = (batch, arguments)
        asked = self._asked.get(name)
        if asked is None:
            asked = self._asked[name] = _Asked(batch, arguments)
        return asked

    def _gather(self) -> None:
        self._has_news = True
        if self._round is None and not self._is_gathering:
            self._is_gathering = True
            self._turn(QUIET_TURNS)

    def _turn(self, left: int) -> None:
        if self._has_news:
            self._has_news, left = False, QUIET_TURNS
        loop = asyncio.get_running_loop()
        if left:
            loop.call_soon(self._turn, left - 1)
            return
        self._is_gathering = False
        self._round = loop.create_task(self._answer())

    async def _answer(self) -> None:
        """One round; what is asked meanwhile is for the next."""
        round_ = [(asked, asked.waiting) for asked in self._asked.values() if asked.waiting]
        for asked, _ in round_:
            asked.waiting = []
        try:
            async with self.database.read() as session:
                found = [await _found(session, asked, keys) for asked, keys in round_]
        except Exception as error:
            found = [error] * len(round_)
        for (asked, keys), answers in zip(round_, found, strict=True):
            _tell(asked, keys, answers)
        self._round = None
        if any(asked.waiting for asked in self._asked.values()):
            self._gather()


async def _found(
    session: Any, asked: _Asked, keys: list[Hashable]
) -> Mapping[Hashable, Any] | Exception:
    try:
        return await asked.batch(session, keys, *asked.arguments)
    except Exception as error:
        await session.rollback()  # so that the others of the round can still be answered
        return error


def _tell(asked: _Asked, keys: list[Hashable], answers: Mapping[Hashable, Any] | Exception) -> None:
    for key in keys:
        if isinstance(answers, Exception):
            asked.answers[key].set_exception(answers)
            asked.answers[key].exception()  # looked at, for the case that all have given up
        else:
            asked.answers[key].set_result(answers.get(key))
