"""One attempt at a piece of work, in a worker process: told by reports, dying quietly."""

import logging
import os
import sys
import traceback
import warnings
from contextlib import suppress
from copy import copy
from dataclasses import asdict, dataclass, fields, replace
from time import monotonic
from typing import Any

from compute.performing import Performers, perform
from compute.progress import STARTED, ProgressReport
from domain.artifacts import ArtifactStore
from domain.errors import QatlasError
from domain.severity import Severity
from domain.work import Outcome

_REPORT_SECONDS = 0.1
_PLAIN = (str, bytes, int, float, type(None))


@dataclass(frozen=True, slots=True)
class Attempt:
    """Work as it travels to a worker. `token` names it among those that report to `topic`."""

    work: object
    store: ArtifactStore
    performers: Performers
    topic: str
    token: str
    number: int


def make(attempt: Attempt) -> Outcome:
    """Do the work of an attempt; called by Dask in a worker.

    Raises:
        RuntimeError: The computation raised something of a library that only workers import;
            its name, sentence and traceback are told.
        Exception: Anything else that the computation raised, as it was.
    """
    from distributed import get_worker

    worker = get_worker()
    settle(worker.local_directory)
    report = _Reporter(worker, attempt)
    report(ProgressReport(STARTED))
    try:
        outcome = perform(attempt.work, attempt.store, report, attempt.performers)
        each = [_told(one) if isinstance(one, Exception) else one for one in outcome.each]
        return replace(outcome, each=tuple(each))
    except Exception as error:
        told = _told(error)
    # Outside of the handler: a context would travel along, and its class with it.
    raise told


def message_of(report: ProgressReport, token: str) -> dict[str, Any]:
    """A report as Dask's messages can carry it."""
    plain = replace(
        report, done=int(report.done), total=None if report.total is None else int(report.total)
    )
    return asdict(plain) | {"level": report.level.value, "token": token}


def report_of(message: dict[str, Any]) -> ProgressReport:
    """The report that a message carries; Dask adds names of its own."""
    told = {field.name: message[field.name] for field in fields(ProgressReport)}
    return ProgressReport(**told | {"level": Severity(told["level"])})


def settle(folder: str) -> None:
    """Work where stray files do no harm, without filling the server's terminal."""
    os.chdir(folder)
    warnings.simplefilter("ignore")
    logging.getLogger().setLevel(logging.ERROR)
    with suppress(ImportError):
        from gym_notices import notices  # type: ignore[import-untyped]

        notices.notices.clear()  # Qlib imports gym, which prints that it has a successor


class _Reporter:
    """Sends reports to the server, a few a second at most; none that says something new is lost."""

    def __init__(self, worker: Any, attempt: Attempt) -> None:
        self._worker = worker
        self._attempt = attempt
        self._phase = ""
        self._sent_at = 0.0

    def __call__(self, report: ProgressReport) -> None:
        is_news = report.phase != self._phase or report.message or report.done == report.total
        now = monotonic()
        if not is_news and now - self._sent_at < _REPORT_SECONDS:
            return
        self._phase, self._sent_at = report.phase, now
        numbered = replace(report, attempt=self._attempt.number)
        self._worker.log_event(self._attempt.topic, message_of(numbered, self._attempt.token))


def _told(error: Exception) -> Exception:
    """The error itself if the server can read it without importing what only workers do."""
    if _travels(error):
        error.__cause__ = error.__context__ = None
        return error
    told = RuntimeError(f"{type(error).__qualname__}: {error}")
    told.add_note("".join(traceback.format_exception(error)))
    return told


def _travels(error: Exception) -> bool:
    try:
        copy(error)  # built anew from the parts that are sent
    except Exception:
        return False
    if isinstance(error, QatlasError):
        return True
    package = type(error).__module__.partition(".")[0]
    return package in sys.stdlib_module_names and all(
        isinstance(value, _PLAIN) for value in error.args
    )
