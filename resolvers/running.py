"""Runs: one computation for one key, however many ask for it and whoever gives up waiting."""

import asyncio
import logging
from dataclasses import dataclass

from catalog import results, runs
from catalog.database import Database
from compute.executor import Executor
from domain.artifacts import ArtifactStore
from domain.errors import ArtifactMissingError, ComputationFailedError, QatlasError
from domain.records import ResultRecord
from domain.results import NewResult
from domain.runs import RunState
from domain.work import Outcome
from resolvers.headlines import record_standing
from resolvers.journal import Journal
from resolvers.questions import Question

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
        self._active: dict[str, Active] = {}
        self._starting: dict[str, asyncio.Lock] = {}
        self._standing: set[tuple[int, str]] = set()
        self.hits = 0
        self.misses = 0

    @property
    def workers(self) -> int:
        """How many computations run at the same time."""
        return self._executor.workers

    async def open(self) -> int:
        """Mark what an earlier server left unfinished as failed; returns how many."""
        async with self._database.begin() as session:
            return await runs.orphan_runs(session, self._owner)

    async def close(self) -> None:
        """End all computations of this server and mark their runs as failed."""
        tasks = [active.task for active in self._active.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._executor.close()
        await self.open()

    def active(self, key: str) -> Active | None:
        """The computation of a key that this server has under way."""
        return self._active.get(key)

    async def start(self, question: Question, requested_by: str) -> Active:
        """Compute the answer, or join whoever is computing it."""
        lock = self._starting.setdefault(question.key, asyncio.Lock())
        try:
            async with lock:
                return self._active.get(question.key) or await self._begin(question, requested_by)
        finally:
            if not lock.locked():
                self._starting.pop(question.key, None)

    async def ensure(self, question: Question, requested_by: str) -> ResultRecord:
        """The answer to a question that another computation needs, kept or computed now."""
        async with self._database.read() as session:
            kept = (await results.find_results(session, [question.key])).get(question.key)
        if kept is not None and self.is_whole(kept):
            return kept
        active = await self.start(question, requested_by)
        return await asyncio.shield(active.task)

    def is_whole(self, kept: ResultRecord) -> bool:
        """Whether all that a result keeps is still in the store."""
        try:
            for digest in kept.artifacts.values():
                self._store.size_of(digest)
        except ArtifactMissingError:
            logger.warning("Result %s has lost a file and will be computed again", kept.key)
            return False
        return True

    async def stand(self, question: Question, kept: ResultRecord) -> None:
        """Let a result stand for its entity, if the question is the default one."""
        if question.purpose.entity_id is None or question.purpose.stands_for is None:
            return
        place = (question.purpose.entity_id, kept.key)
        if place not in self._standing:
            await record_standing(self._database, question, kept, self._store)
            self._standing.add(place)

    async def _begin(self, question: Question, requested_by: str) -> Active:
        async with self._database.begin() as session:
            run, is_ours = await runs.queue_run(
                session,
                key=question.key,
                kind=question.kind,
                entity_id=question.purpose.entity_id,
                is_default=question.purpose.stands_for is not None,
                owner=self._owner,
                requested_by=requested_by,
            )
        work = (
            self._compute(question, run.id, requested_by)
            if is_ours
            else self._follow(question.key, run.id)
        )
        active = Active(run.id, asyncio.create_task(work))
        self._active[question.key] = active
        active.task.add_done_callback(lambda task: self._forget(question.key, task))
        return active

    def _forget(self, key: str, task: asyncio.Task[ResultRecord]) -> None:
        self._active.pop(key, None)
        if not task.cancelled():
            task.exception()  # told to whoever waits; nobody may be waiting

    async def _compute(self, question: Question, run_id: int, requested_by: str) -> ResultRecord:
        journal = Journal(self._database, run_id)
        try:
            work = await question.prepare(lambda other: self.ensure(other, requested_by))
            outcome = await self._executor.run(work, key=question.key, report=journal.report)
            await journal.close()
            return await self._keep(question, run_id, outcome)
        except QatlasError as error:
            await journal.close()
            await self._fail(run_id, error.code, error.message)
            raise
        except Exception as error:
            logger.exception("Run %s of key %s failed", run_id, question.key)
            await journal.close()
            message = "The computation failed; the server's log says more."
            await self._fail(run_id, "INTERNAL", message)
            raise ComputationFailedError(message, run_id) from error

    async def _keep(self, question: Question, run_id: int, outcome: Outcome) -> ResultRecord:
        async with self._database.begin() as session:
            await results.drop_result(session, question.key)  # one that had lost a file
            kept = await results.keep_result(
                session,
                NewResult(
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
                ),
            )
            await runs.finish_run(session, run_id, RunState.SUCCEEDED)
        await self.stand(question, kept)
        return kept

    async def _fail(self, run_id: int, code: str, message: str) -> None:
        async with self._database.begin() as session:
            await runs.finish_run(
                session, run_id, RunState.FAILED, error_code=code, error_message=message
            )

    async def _follow(self, key: str, run_id: int) -> ResultRecord:
        """Wait for a run of another server on the same catalogue."""
        while True:
            async with self._database.read() as session:
                run = (await runs.runs_by_ids(session, [run_id]))[run_id]
                kept = (await results.find_results(session, [key])).get(key)
            if kept is not None:
                return kept
            if RunState(run.state).is_final:
                message = run.error_message or "The run ended without an answer; ask again."
                raise ComputationFailedError(message, run_id)
            await asyncio.sleep(POLL_SECONDS)
