"""The Dask cluster that workers belong to. Importing this imports nothing of Dask."""

import asyncio
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compute.idling import Load, idle
from domain.errors import WorkerLostError

_GRACE_SECONDS = 1.0
_CLOSE_SECONDS = 5.0
_CONNECT_SECONDS = 30.0

MOST_LOADED = 4
"""Workers that load what they may need before they do: some 300 MB each."""

_KEPT_BYTES = str(1 << 29)
"""Free memory that a worker keeps for itself."""

_SETTINGS = {
    # An attempt whose worker died is over; the executor counts and makes the next one.
    "distributed.scheduler.allowed-failures": 0,
    "distributed.scheduler.no-workers-timeout": "120s",
    # Workers have one work each at most, and none is to miss what was read ahead for it.
    "distributed.scheduler.work-stealing": False,
    # A library that holds the interpreter for minutes is slow, not lost.
    "distributed.scheduler.worker-ttl": "30 minutes",
    # Workers keep no results in memory, so there is nothing to spill or to pause for.
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": False,
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.worker.profile.enabled": False,
    "distributed.worker.multiprocessing-method": "spawn",
}


@dataclass(frozen=True, slots=True)
class Connection:
    """A client of a scheduler, with the cluster behind it where that is our own."""

    client: Any
    cluster: Any | None

    @property
    def is_open(self) -> bool:
        """Whether work can be sent."""
        return bool(self.client.status == "running")

    @property
    def workers(self) -> list[str]:
        """The addresses of workers of our own, in the same order each time."""
        if self.cluster is None:
            return []
        nannies = self.cluster.workers.values()
        return [one.worker_address for one in nannies if one.is_alive() and one.worker_address]

    def send(self, do: Callable[[Any], Any], what: Any, key: str, is_alone: bool) -> Any:
        """Have a worker do something; a future of it. Blocks.

        What is alone goes to the first of several workers, which is likeliest to have open what it
        needs. (If all died in the same moment, Dask would wait for that one in vain.)
        """
        workers = self.workers
        first = workers[:1] if is_alone and len(workers) > 1 else None
        return self.client.submit(
            do, what, key=key, pure=False, workers=first, allow_other_workers=first is not None
        )

    def load(self, load: Load, most: int = MOST_LOADED) -> list[Any]:
        """Let workers of our own load something, the first few; a future of each. Blocks."""
        workers = self.workers[:most] if self.is_open else []
        return [self.client.submit(idle, load, workers=[worker], pure=False) for worker in workers]

    def close(self) -> None:
        """Leave the scheduler, and end the workers if they are our own. Takes a few seconds."""
        self.client.close(timeout=_CLOSE_SECONDS)
        if self.cluster is not None:
            # The cluster lets its loggers speak again when it closes, and a worker that is killed
            # because the server ends is no news.
            logging.getLogger("distributed").setLevel(logging.CRITICAL)
            logging.getLogger("distributed.nanny").setLevel(logging.CRITICAL)
            self.cluster.sync(_end_workers, self.cluster)
            self.cluster.close(timeout=_CLOSE_SECONDS)


def connect(workers: int, scratch: Path, address: str | None) -> Connection:
    """Start a cluster on this machine, or join the one at `address`. Blocks for seconds.

    Args:
        workers: Processes of our own cluster, of one thread each since Qlib is process-global.
        scratch: Folder in which our own workers have their working directories.
        address: A scheduler, such as `tcp://host:8786`; None for a cluster of our own.

    Raises:
        WorkerLostError: Nothing answers at the address.
    """
    import dask

    dask.config.set(_SETTINGS | {"distributed.nanny.pre-spawn-environ": _environment(workers)})
    from distributed import Client

    if address is not None:
        return Connection(_join(address), None)
    cluster = _local_cluster(workers, scratch)
    return Connection(Client(cluster, set_as_default=False), cluster)


def _join(address: str) -> Any:
    from distributed import Client

    try:
        return Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, TypeError, ValueError) as error:
        raise WorkerLostError(
            f"No Dask scheduler answers at {address!r}: {error}. Start one there, or leave the "
            "address out to compute on this machine."
        ) from error


def _local_cluster(workers: int, scratch: Path) -> Any:
    from distributed import LocalCluster

    scratch.mkdir(parents=True, exist_ok=True)
    return LocalCluster(
        n_workers=workers,
        processes=True,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address=None,
        # Dask would listen for browsers all the same, on a fixed port.
        # Only who holds this cluster's own certificate may send work, not all on the machine.
        security=True,
        scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
        memory_limit=0,
        local_directory=str(scratch.resolve()),
        silence_logs=logging.CRITICAL,
    )


async def _end_workers(cluster: Any) -> None:
    """Ask the workers to end and kill those that are too busy to listen."""
    nannies = list(cluster.workers.values())
    await asyncio.gather(*(nanny.close(timeout=_GRACE_SECONDS) for nanny in nannies))


def _environment(workers: int) -> dict[str, str]:
    """What a worker's interpreter must find when it starts."""
    cores = os.cpu_count() or 1
    share = str(max(1, cores // workers))
    return {
        # Zero, spelt so that Dask keeps it: it replaces "0" by a seed of its own.
        "PYTHONHASHSEED": "00",
        "PYTHONWARNINGS": "ignore",
        # Memory that is given back and asked for again has to be found and cleared each time, a
        # large part of what a network's training costs.
        "MALLOC_MMAP_THRESHOLD_": _KEPT_BYTES,
        "MALLOC_TRIM_THRESHOLD_": _KEPT_BYTES,
        # One training alone has all cores. Threads that wait sleep: spinning, they would take
        # the cores from another worker's, and both would need more than twice as long.
        "OMP_NUM_THREADS": str(cores),
        "OMP_WAIT_POLICY": "PASSIVE",
        "MKL_NUM_THREADS": share,
        "OPENBLAS_NUM_THREADS": share,
    }
