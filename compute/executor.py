"""Runs work in Dask worker processes, without the event loop or its process feeling it."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from compute.attempts import Attempt, make, report_of
from compute.cluster import Connection, connect
from compute.foreseeing import read_ahead
from compute.gathering import AnyWork, Computation, Gathering, Group, work_of
from compute.idling import Load
from compute.performing import PERFORMERS, Performers
from compute.progress import ProgressReport, Report
from domain.artifacts import ArtifactStore
from domain.errors import WorkerLostError
from domain.work import Bars, Outcome

ATTEMPTS = 3

QUIET_SECONDS = 0.5
"""How long nobody must have asked for anything until workers load what they may need."""


class Executor(Protocol):
    """Where computations go."""

    @property
    def workers(self) -> int:
        """How many computations run at the same time; the others wait their turn."""

    async def run(self, work: AnyWork, *, key: str, report: Report) -> Outcome:
        """Have a piece of work done.

        Args:
            work: What to compute.
            key: Names the result; a second run of a key that is being computed joins the first.
            report: Called in the event loop with each report, the first of every attempt being
                of phase `STARTED`. Nothing is reported while the work waits its turn.

        Raises:
            WorkerLostError: The worker died on the third attempt too, or the executor was closed.
            Exception: Whatever the work itself raises; it is not tried again.
        """

    async def close(self) -> None:
        """End all workers. What was being computed is lost."""


class DaskExecutor:
    """An `Executor` on a Dask cluster, which starts or is joined at the first run.

    Panels of one ground that wait at the same time are computed by one worker in one plan. A caller
    that is cancelled stops waiting; the computation goes on for the others, and what nobody waits
    for when its turn comes is not begun.

    Args:
        store: Where workers put what they compute; it travels to them.
        workers: How many computations run at a time, and processes of a cluster of our own.
        scratch: Folder for the workers' working directories.
        address: Joins this scheduler instead of starting a cluster. Let it run with
            `distributed.scheduler.allowed-failures: 0`, or its attempts multiply with ours.
        performers: Who performs which type of work.
        loads: What workers of our own load once nobody asks for anything, one after the other.
    """

    def __init__(
        self,
        store: ArtifactStore,
        workers: int,
        scratch: Path,
        address: str | None = None,
        performers: Performers = PERFORMERS,
        loads: Sequence[Load] = (),
    ) -> None:
        self.workers = workers
        self._store = store
        self._scratch = scratch
        self._address = address
        self._performers = dict(performers)
        self._loads = tuple(loads)
        self._topic = f"qatlas-{uuid4().hex}"
        self._slots = asyncio.Semaphore(workers)
        self._connecting: asyncio.Task[Connection] | None = None
        self._idling: asyncio.Task[None] | None = None
        self._gathering = Gathering()
        self._tasks: set[asyncio.Task[None]] = set()
        self._computations: dict[str, Computation] = {}
        self._listening: dict[str, Sequence[Computation]] = {}
        self._foreseen: dict[Bars, set[str]] = {}
        self._is_closed = False

    async def run(self, work: AnyWork, *, key: str, report: Report) -> Outcome:
        """Have a piece of work done; see `Executor.run`."""
        if self._is_closed:
            raise _closed()
        computation = self._computations.get(key) or self._start(work, key)
        return await computation.wait(report)

    def foresee(self, bars: Bars, fields: Iterable[str]) -> None:
        """Have a worker of our own read what somebody is likely to compute from, if none works.

        It is the worker that gets the work then. What was told before is not read again, and
        nobody hears of what cannot be read.
        """
        connecting = self._connecting
        if self._computations or not connecting or not connecting.done() or _is_over(connecting):
            return
        new = {*fields}.difference(self._foreseen.get(bars, ()))
        if new or bars not in self._foreseen:
            self._foreseen.setdefault(bars, set()).update(new)
            load = partial(read_ahead, bars, tuple(new), self._store)
            self._begin(_load(connecting.result(), load))

    async def close(self) -> None:
        """End all workers. Those who wait for a computation get a `WorkerLostError`."""
        self._is_closed = True
        ending = [*self._tasks, *([self._idling] if self._idling else [])]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)
        for computation in self._computations.values():
            computation.settle(_closed())
        if self._connecting is not None:
            await asyncio.wait([self._connecting])  # a cluster half started must end, too
            if not self._connecting.exception():
                await asyncio.to_thread(self._connecting.result().close)

    def _start(self, work: AnyWork, key: str) -> Computation:
        end: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        computation = self._computations[key] = Computation(work, key, end)
        end.add_done_callback(lambda _: self._computations.pop(key))
        if group := self._gathering.join(computation):
            self._begin(self._send(group))
        return computation

    def _begin(self, doing: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(doing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, group: Group) -> None:
        """Have a group computed once there is a worker; until then others may join it."""
        try:
            await group.gather()
            async with self._slots:
                await self._connected()
                if computations := self._gathering.close(group):
                    await self._compute(computations)
        except Exception as error:
            for computation in self._gathering.close(group):
                computation.settle(error)

    async def _compute(self, computations: Sequence[Computation], number: int = 1) -> None:
        """Have works done by one worker, and each by itself if it dies of them."""
        ends: Sequence[Outcome | Exception]
        try:
            ends = await self._attempt(computations, number)
        except _WorkerDiedError:
            if number < ATTEMPTS:
                for computation in computations:
                    await self._compute([computation], number + 1)
                return
            ends = [_died() for _ in computations]
        except Exception as error:
            ends = [error for _ in computations]
        for computation, end in zip(computations, ends, strict=True):
            computation.settle(end)

    async def _attempt(
        self, computations: Sequence[Computation], number: int
    ) -> Sequence[Outcome | Exception]:
        """What becomes of each of some works that one worker is sent."""
        token = uuid4().hex
        work = work_of(computations)
        attempt = Attempt(work, self._store, self._performers, self._topic, token, number)
        name = f"{computations[0].key}-{number}-{token[:8]}"
        connection = await self._connected()
        self._listening[token] = computations
        try:
            is_alone = number == 1 and len(self._listening) == 1
            future = await asyncio.to_thread(connection.send, make, attempt, name, is_alone)
            await _settled(future)
            outcome = await asyncio.to_thread(_outcome, future)
        finally:
            del self._listening[token]
        return outcome.each or (outcome,)

    async def _connected(self) -> Connection:
        if self._connecting is None or _is_over(self._connecting):
            self._connecting = asyncio.create_task(self._connect())
        return await asyncio.shield(self._connecting)

    async def _connect(self) -> Connection:
        connection = await asyncio.to_thread(connect, self.workers, self._scratch, self._address)
        connection.client.subscribe_topic(self._topic, self._hearer())
        self._foreseen.clear()  # by workers that are lost
        if self._idling is not None:
            self._idling.cancel()
        if not self._is_closed:
            self._idling = asyncio.create_task(self._use_idle_time(connection))
        return connection

    async def _use_idle_time(self, connection: Connection) -> None:
        """Let workers load things, each when nobody has asked for anything for a moment."""
        for load in self._loads:
            looks = 0
            while looks < 2:
                await asyncio.sleep(QUIET_SECONDS / 2)
                looks = 0 if self._computations else looks + 1
            for future in await asyncio.to_thread(connection.load, load):
                await _settled(future)

    def _hearer(self) -> Callable[[tuple[float, dict[str, Any]]], None]:
        """What Dask calls, in its own thread, with each message of a worker."""
        loop = asyncio.get_running_loop()

        def hear(event: tuple[float, dict[str, Any]]) -> None:
            message = event[1]
            loop.call_soon_threadsafe(self._tell, message["token"], report_of(message))

        return hear

    def _tell(self, token: str, report: ProgressReport) -> None:
        for computation in self._listening.get(token, ()):
            computation.tell(report)


async def _load(connection: Connection, load: Load) -> None:
    """Have the first worker load something; if that fails, whoever needs it is told."""
    with suppress(Exception):
        for future in await asyncio.to_thread(connection.load, load, 1):
            await _settled(future)


class _WorkerDiedError(Exception):
    """An attempt ended with its worker and not by itself."""


def _is_over(connecting: asyncio.Task[Connection]) -> bool:
    """Whether the connection failed, or was lost since."""
    if not connecting.done():
        return False
    return connecting.exception() is not None or not connecting.result().is_open


def _died() -> WorkerLostError:
    return WorkerLostError(
        f"The process that computed died {ATTEMPTS} times, most likely for want of memory; "
        "give it more, or ask for less at once."
    )


def _closed() -> WorkerLostError:
    return WorkerLostError("The server is shutting down; ask again when it is back.")


async def _settled(future: Any) -> None:
    """Wait until a Dask future is done, in whatever way."""
    loop = asyncio.get_running_loop()
    settled = asyncio.Event()

    def wake(_: Any) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(settled.set)

    future.add_done_callback(wake)
    await settled.wait()


def _outcome(future: Any) -> Outcome:
    """The result of a Dask future that is done, or what its work raised. Blocks for moments."""
    from distributed import CancelledError
    from distributed.scheduler import KilledWorker, NoValidWorkerError

    try:
        outcome: Outcome = future.result()
    except (KilledWorker, NoValidWorkerError, CancelledError) as error:
        raise _WorkerDiedError from error
    return outcome
