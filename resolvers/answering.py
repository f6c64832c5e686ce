"""Look up, else compute and keep: how every computed field gets its answer."""

import asyncio
from dataclasses import dataclass

from domain.errors import ComputingError
from domain.records import ResultRecord
from resolvers.asking import Asking
from resolvers.lookups import Lookups
from resolvers.questions import Question
from resolvers.running import Runner


@dataclass(frozen=True, slots=True)
class Answer:
    """A kept result, the question it answers, and whether it had been kept before."""

    result: ResultRecord
    question: Question
    from_cache: bool


async def answer(question: Question, asking: Asking, runner: Runner, lookups: Lookups) -> Answer:
    """Return the kept answer, computing and keeping it the first time.

    Raises:
        NotComputedError: There is none and nothing may be started.
        TooManyComputationsError: This operation has started as many as it may.
        ComputingError: The answer was not there when the wait ran out.
        QatlasError: The computation failed, with the reason it gave.
    """
    if (kept := await lookups.result(question.key)) is not None:
        return Answer(kept, question, from_cache=True)
    active = runner.active(question.key)
    if active is None:
        asking.require_leave()
        asking.count_start()
        active = await runner.start(question, asking.requested_by)
    elif asking.only_if_cached:
        asking.require_leave()
    done, _ = await asyncio.wait({active.task}, timeout=asking.remaining_seconds)
    if not done:
        raise ComputingError(
            "This is being computed; ask again in a while, or watch its run.", active.run_id
        )
    return Answer(active.task.result(), question, from_cache=False)
