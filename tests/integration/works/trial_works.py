"""Work for trying an executor, and what performs it in a worker."""

import logging
import os
import time
import warnings
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np

from compute.outcomes import outcome
from compute.progress import ProgressReport, Report
from domain.artifacts import ArtifactStore
from domain.errors import EmptyDataError, QatlasError
from domain.keys import canonical_json
from domain.work import Outcome, TrainingWork


@dataclass(frozen=True, slots=True)
class Counting:
    """Count to `steps` in so many seconds, keep the numbers, and tell of the process."""

    steps: int
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Dying:
    """End the process until there are as many deaths in the folder as `deaths` says."""

    deaths: int
    folder: Path


@dataclass(frozen=True, slots=True)
class Raising:
    """Raise what the name says, leaving a mark in the folder each time."""

    name: str
    folder: Path


class StubbornError(QatlasError):
    """Cannot be built anew from its own arguments."""

    def __init__(self, first: int, second: int) -> None:
        super().__init__(f"{first} is not {second}.")
        self.args = (first,)


@dataclass(frozen=True, slots=True)
class Importing:
    """Import a module, as noisy as it may be."""

    module: str


def count(work: Counting, store: ArtifactStore, report: Report) -> Outcome:
    for step in range(1, work.steps + 1):
        time.sleep(work.seconds / work.steps)
        report(ProgressReport("counting", step, work.steps))
    digest = store.put_array(np.arange(work.steps))
    document = {
        "pid": os.getpid(),
        "folder": str(Path.cwd()),
        "hash": hash("qatlas"),
        "threads": [
            os.environ[name]
            for name in ("OMP_NUM_THREADS", "OMP_WAIT_POLICY", "OPENBLAS_NUM_THREADS")
        ],
    }
    return outcome(document, {"numbers": digest}, store)


def die(work: Dying, store: ArtifactStore, _: Report) -> Outcome:
    past = len(list(work.folder.iterdir()))
    if past < work.deaths:
        (work.folder / f"{past}").touch()
        os._exit(1)
    return outcome({"deaths": past}, {}, store)


def fail(work: Raising, _: ArtifactStore, __: Report) -> Outcome:
    (work.folder / str(time.time_ns())).touch()
    if work.name == "EmptyDataError":
        raise EmptyDataError("There is no close of MSFT in 1999.", "input.period")
    if work.name == "pandas":
        import pandas

        raise pandas.errors.EmptyDataError("No columns to parse from file")
    if work.name == "stubborn":
        raise StubbornError(1, 2)
    raise ValueError("no such thing")


def bring_in(work: Importing, store: ArtifactStore, _: Report) -> Outcome:
    warnings.warn("something that only people at a terminal care for", stacklevel=1)
    logging.getLogger("distributed.worker").warning("something else")
    import_module(work.module)
    return outcome({}, {}, store)


def describe(work: TrainingWork, store: ArtifactStore, _: Report) -> Outcome:
    return outcome({"work": canonical_json(work)}, {}, store)


def load_in_vain() -> None:
    """What an idle worker may be given to load, and lacks."""
    raise ImportError("no such library")


def leave_mark() -> None:
    """Show in the worker's folder that it had nothing to do."""
    Path("idle").touch()
