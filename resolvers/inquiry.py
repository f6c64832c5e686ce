"""One operation's questions: what it asks with, and how it gets an answer."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from domain.errors import ComputingError, QatlasError
from domain.records import ResultRecord
from resolvers.asking import Asking, Known
from resolvers.desk import Desk
from resolvers.lookups import Lookups
from resolvers.questions import Question
from resolvers.running import Active, shutting_down
from resolvers.services import Services

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
        found = await self.known(question.key) or await self._computed(question)
        await self.services.runner.stand(question, found.result)
        return Answer(found.result, question.key, found.from_cache, today or _same(question))

    async def known(self, key: str) -> Known | None:
        """The answer of a key that is there already, with all of its files."""
        runner = self.services.runner
        if (known := self.asking.known.get(key)) is not None:
            return known
        kept = await self.lookups.result(key)
        if kept is None or not runner.is_whole(kept):
            runner.misses += 1
            return None
        runner.hits += 1
        runner.mark_used(key)
        return self.learn(key, kept, from_cache=True)

    def learn(self, key: str, result: ResultRecord, *, from_cache: bool) -> Known:
        """Let all further fields of the operation have the same answer."""
        # The first to learn decides, so that two fields that asked at once say the same.
        return self.asking.known.setdefault(key, Known(result, from_cache))

    async def _computed(self, question: Question) -> Known:
        key, asking = question.key, self.asking
        if (failure := asking.failed.get(key)) is not None:
            raise failure
        begun = await self._begun(question)
        try:
            result = await self._awaited(begun)
        except ComputingError:
            raise
        except QatlasError as error:
            asking.failed[key] = error
            raise
        return self.learn(key, result, from_cache=False)

    async def _begun(self, question: Question) -> Active | ResultRecord:
        """The computation of a question, begun or joined; an answer that came in between."""
        runner, asking = self.services.runner, self.asking
        active = runner.active(question.key)
        if active is None or asking.only_if_cached:
            asking.require_leave()
        if active is not None:
            return active
        asking.count_start(question.key)
        return await runner.start(question, asking.requested_by)

    async def _awaited(self, begun: Active | ResultRecord) -> ResultRecord:
        if isinstance(begun, ResultRecord):
            return begun
        done, _ = await asyncio.wait({begun.task}, timeout=self.asking.remaining_seconds)
        if not done:
            raise ComputingError(
                "This is being computed; ask again in a while, or watch its run.", begun.run_id
            )
        if begun.task.cancelled():
            raise shutting_down()
        return begun.task.result()


def _same(question: Question) -> Today:
    async def again() -> str:
        return question.key

    return again
