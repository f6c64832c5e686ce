"""Runs: one computation for one key, however many ask for it and whoever gives up waiting."""

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

from catalog import results, runs
from catalog.database import Database
from compute.executor import Executor
from domain.artifacts import ArtifactStore
from domain.errors import (
    ArtifactMissingError,
    ComputationFailedError,
    QatlasError,
    WorkerLostError,
)
from domain.records import ResultRecord, RunRecord
from domain.results import NewResult
from domain.runs import RunState
from domain.work import Outcome
from resolvers.groundwork import Groundwork
from resolvers.headlines import Standings
from resolvers.journal import Journal
from resolvers.questions import Question
from resolvers.uses import Uses

logger = logging.getLogger(__name__)
POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Active:
    """A computation under way: its run, and the task that ends with its answer."""

    run_id: int
    task: asyncio.Task[ResultRecord]


class Runner:
    """Starts computations and keeps what they answer.

    Args:
        database: Where runs and results are recorded.
        store: Where computed arrays are.
        executor: Where computations go.
        owner: Names this server, so that what it leaves behind can be told from others' runs.
    """

    def __init__(
        self, database: Database, store: ArtifactStore, executor: Executor, owner: str
    ) -> None:
        self._database = database
        self._store = store
        self._executor = executor
        self._owner = owner
        self._starting: dict[str, asyncio.Task[Active | ResultRecord]] = {}
        self._active: dict[str, Active] = {}
        self._standings = Standings(database, store)
        self._uses = Uses(database)
        self._is_closed = False
        self.hits = 0
        self.misses = 0
        self.shadow_checks = 0
        self.shadow_differences = 0

    @property
    def workers(self) -> int:
        """How many computations run at the same time."""
        return self._executor.workers

    @property
    def executor(self) -> Executor:
        """Where computations go, for work that leaves no result."""
        return self._executor

    async def open(self) -> int:
        """Mark what an earlier server left unfinished as failed; returns how many."""
        async with self._database.begin() as session:
            return await runs.orphan_runs(session, self._owner)

    async def close(self) -> None:
        """End all computations of this server and mark their runs as failed; none begins again."""
        self._is_closed = True
        if self._starting:
            await asyncio.wait(self._starting.values())
        tasks = [active.task for active in self._active.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._executor.close()
        await self._uses.close()
        await self.open()

    def active(self, key: str) -> Active | None:
        """The computation of a key that this server has under way."""
        return self._active.get(key)

    async def start(self, question: Question, requested_by: str) -> Active | ResultRecord:
        """Compute the answer, or join whoever computes it; an answer that came in between.

        An asker who is cancelled meanwhile leaves the computation to the others.

        Raises:
            WorkerLostError: The server is shutting down.
        """
        key = question.key
        if self._is_closed:
            raise shutting_down()
        if (active := self._active.get(key)) is not None:
            return active
        if key not in self._starting:
            starting = self._starting[key] = asyncio.create_task(
                self._begin(question, requested_by)
            )
            starting.add_done_callback(lambda done: _let_go(self._starting, key, done))
        return await asyncio.shield(self._starting[key])

    async def ensure(self, question: Question, requested_by: str) -> ResultRecord:
        """The answer to a question that another computation needs, kept or computed now."""
        async with self._database.read() as session:
            kept = (await results.find_results(session, [question.key])).get(question.key)
        if kept is None or not self.is_whole(kept):
            begun = await self.start(question, requested_by)
            kept = await asyncio.shield(begun.task) if isinstance(begun, Active) else begun
        await self.stand(question, kept)
        return kept

    async def keep(self, new: NewResult) -> ResultRecord:
        """Keep a result under its key, unless one with all of its files is kept there."""
        async with self._database.begin() as session:
            kept = await results.keep_result(session, new)
            if not self.is_whole(kept):
                await results.drop_result(session, new.key)
                kept = await results.keep_result(session, new)
        return kept

    def is_whole(self, kept: ResultRecord) -> bool:
        """Whether all that a result keeps is still in the store."""
        try:
            for digest in set(kept.artifacts.values()):
                self._store.size_of(digest)
        except ArtifactMissingError:
            logger.warning("Result %s has lost a file and will be computed again", kept.key)
            return False
        return True

    async def stand(self, question: Question, kept: ResultRecord) -> None:
        """Let a result stand for its entity, if the question is the default one."""
        try:
            await self._standings.put(question, kept)
        except Exception:  # the answer is there, and the next who asks tries again
            logger.exception("The result %s was not written down as its entity's", kept.key)

    def mark_used(self, key: str) -> None:
        """Note that a kept result was read; nobody waits until that is written."""
        self._uses.mark(key)

    async def _begin(self, question: Question, requested_by: str) -> Active | ResultRecord:
        run, is_ours = await self._queue(question, requested_by)
        if isinstance(run, ResultRecord):
            return run
        if is_ours:
            work = self._compute(question, run.id, requested_by)
        else:
            work = self._follow(question.key, run.id)
        active = Active(run.id, asyncio.create_task(work))
        self._active[question.key] = active
        active.task.add_done_callback(lambda done: _let_go(self._active, question.key, done))
        return active

    async def _queue(
        self, question: Question, requested_by: str
    ) -> tuple[RunRecord | ResultRecord, bool]:
        """The run to be made or followed; the result instead, if it was kept in the meantime."""
        async with self._database.begin() as session:
            run, is_ours = await runs.queue_run(
                session,
                key=question.key,
                kind=question.kind,
                entity_id=question.purpose.entity_id,
                is_default=question.purpose.stands_for is not None,
                owner=self._owner,
                requested_by=requested_by,
                snapshot_id=question.snapshot.id,
            )
            # Only now does nobody else compute it: whoever did has kept it before.
            kept = (await results.find_results(session, [question.key])).get(question.key)
            if is_ours and kept is not None and self.is_whole(kept):
                await session.rollback()
                return kept, False
        return run, is_ours

    async def _compute(self, question: Question, run_id: int, requested_by: str) -> ResultRecord:
        try:
            outcome = await self._perform(question, run_id, requested_by)
            kept = await self._finish(question, run_id, outcome)
            self._standings.forget(question)
            await self.stand(question, kept)
        except QatlasError as error:
            await self._fail(run_id, error)
            raise
        except Exception as error:
            logger.exception("Run %s of key %s failed", run_id, question.key)
            failure = ComputationFailedError(
                "The computation failed; the server's log says more.", run_id
            )
            await self._fail(run_id, failure)
            raise failure from error
        return kept

    async def _perform(self, question: Question, run_id: int, requested_by: str) -> Outcome:
        journal = Journal(self._database, run_id)
        try:
            groundwork = Groundwork(
                lambda other: self.ensure(other, requested_by), self.workers, journal.report
            )
            work = await question.prepare(groundwork)
            return await self._executor.run(work, key=question.key, report=groundwork.hear)
        finally:
            await journal.close()

    async def _finish(self, question: Question, run_id: int, outcome: Outcome) -> ResultRecord:
        self._count_shadow(question, outcome)
        parts = {
            key: await self.keep(_new_result(question.parts[key], run_id, part))
            for key, part in outcome.parts.items()
        }
        new = _new_result(question, run_id, outcome)
        async with self._database.begin() as session:
            await results.drop_result(session, question.key)  # one that had lost a file
            kept = await results.keep_result(session, new)
            await runs.finish_run(session, run_id, RunState.SUCCEEDED)
        for key, part in parts.items():
            self._standings.forget(question.parts[key])
            await self.stand(question.parts[key], part)
        return kept

    def _count_shadow(self, question: Question, outcome: Outcome) -> None:
        """Count what Qlib computed a second time, and log where it computed something else."""
        shadow = outcome.document.get("shadow", {})
        self.shadow_checks += shadow.get("checked", 0)
        if different := shadow.get("different", 0):
            self.shadow_differences += different
            logger.warning(
                "Of %d series of %s that Qlib computed a second time, %d differ from the engine's, "
                "such as %s",
                shadow["checked"],
                question.key,
                different,
                shadow.get("example", "those of a worker that does not name them"),
            )

    async def _fail(self, run_id: int, error: QatlasError) -> None:
        async with self._database.begin() as session:
            await runs.finish_run(session, run_id, RunState.FAILED, error.code, error.message)

    async def _follow(self, key: str, run_id: int) -> ResultRecord:
        """Wait for a run of another server on the same catalogue."""
        while True:
            async with self._database.read() as session:
                run = (await runs.runs_by_ids(session, [run_id]))[run_id]
                kept = (await results.find_results(session, [key])).get(key)
            if RunState(run.state).is_final:
                break
            await asyncio.sleep(POLL_SECONDS)
        if run.state == RunState.SUCCEEDED and kept is not None:
            return kept
        message = run.error_message or "The run ended without an answer; ask again."
        raise ComputationFailedError(message, run_id, run.error_code)


def _new_result(question: Question, run_id: int, outcome: Outcome) -> NewResult:
    return NewResult(
        key=question.key,
        kind=question.kind,
        entity_id=question.purpose.entity_id,
        snapshot_id=question.snapshot.id,
        universe_id=question.universe.id if question.universe else None,
        run_id=run_id,
        engine=question.engine,
        document=outcome.document,
        artifacts=dict(outcome.artifacts),
        bytes=outcome.bytes,
        compute_seconds=outcome.seconds,
    )


def shutting_down() -> WorkerLostError:
    """What is told to those whose answer the end of the server prevents."""
    return WorkerLostError("The server is shutting down; ask again when it is back.")


def _let_go(known: dict[str, Any], key: str, done: asyncio.Task[Any]) -> None:
    del known[key]
    if not done.cancelled():
        done.exception()  # told to whoever waits; nobody may be waiting
