"""One operation's questions: what it asks with, and how it gets an answer."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from domain.errors import ComputingError, QatlasError
from domain.records import ResultRecord
from resolvers.asking import Asking
from resolvers.lookups import Lookups
from resolvers.questions import Question
from resolvers.services import Services
from resolvers.signals import Desk

Today = Callable[[], Awaitable[str]]
"""The key that the same question has on today's data."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A kept result, and how it came to be the answer.

    Attributes:
        result: What is kept.
        key: The key of what was asked; the result's own, or that of a part of it.
        from_cache: Whether it had been kept before this operation asked.
        today: The key that the same question has on today's data.
    """

    result: ResultRecord
    key: str
    from_cache: bool
    today: Today

    async def is_current(self) -> bool:
        """Whether the same question on today's data has this answer."""
        try:
            return await self.today() == self.key
        except QatlasError:
            return False  # today's data no longer holds what was asked for


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What an operation asks with."""

    services: Services
    asking: Asking
    lookups: Lookups

    @property
    def desk(self) -> Desk:
        """What questions are worked out with."""
        return Desk(self.services.facts, self.lookups)

    async def answer(self, question: Question, today: Today | None = None) -> Answer:
        """Return the kept answer, computing and keeping it the first time.

        Raises:
            NotComputedError: There is none and nothing may be started.
            TooManyComputationsError: This operation has started as many as it may.
            ComputingError: The answer was not there when the wait ran out.
            QatlasError: The computation failed, with the reason it gave.
        """
        again = today or _same(question)
        if (kept := await self.kept(question.key)) is not None:
            self.services.runner.hits += 1
            await self.services.runner.stand(question, kept)
            return Answer(kept, question.key, True, again)
        return Answer(await self._computed(question), question.key, False, again)

    async def kept(self, key: str) -> ResultRecord | None:
        """The kept result of a key whose artifacts are all there."""
        kept = await self.lookups.result(key)
        return kept if kept is not None and self.services.runner.is_whole(kept) else None

    async def _computed(self, question: Question) -> ResultRecord:
        runner = self.services.runner
        runner.misses += 1
        active = runner.active(question.key)
        if active is None or self.asking.only_if_cached:
            self.asking.require_leave()
        if active is None:
            self.asking.count_start()
            active = await runner.start(question, self.asking.requested_by)
        done, _ = await asyncio.wait({active.task}, timeout=self.asking.remaining_seconds)
        if not done:
            raise ComputingError(
                "This is being computed; ask again in a while, or watch its run.", active.run_id
            )
        return active.task.result()


def _same(question: Question) -> Today:
    async def again() -> str:
        return question.key

    return again
