"""What a computation says of itself while it goes on."""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

from domain.severity import Severity

STARTED = "started"
"""The phase of the first report of every attempt: a worker has taken the work up."""


@dataclass(frozen=True, slots=True)
class ProgressReport:
    """How far a computation is.

    Args:
        phase: What it is busy with, a word or two such as `training`.
        done: Steps of the phase that are behind it.
        total: Steps that the phase has; None where nobody knows.
        level: How much `message` matters.
        message: Something worth telling, as a sentence.
        attempt: From 1; above that, workers died before. Filled in for the computation.
    """

    phase: str
    done: int = 0
    total: int | None = None
    level: Severity = Severity.INFO
    message: str | None = None
    attempt: int = 1


Report = Callable[[ProgressReport], None]
"""Takes reports as they come; cheap to call often."""


class Share:
    """Reports one phase that is done in several turns, each of as many steps."""

    def __init__(self, phase: str, turns: int, steps: int, report: Report) -> None:
        self._phase = phase
        self._steps = steps
        self._total = turns * steps
        self._report = report
        self._told = -1

    def turn(self, turn: int) -> Callable[[int], None]:
        """What is told, in a turn, how many of its steps have been begun."""
        return lambda begun: self._tell(turn * self._steps + min(begun, self._steps - 1))

    def say(self, message: str) -> None:
        """Say something, as a sentence, where the phase is now."""
        self._told = max(self._told, 0)
        self._report(ProgressReport(self._phase, self._told, self._total, message=message))

    def end(self) -> None:
        """Say that all of it is done."""
        self._tell(self._total)

    def _tell(self, done: int) -> None:
        if done > self._told:
            self._told = done
            self._report(ProgressReport(self._phase, done, self._total))


class PhaseClock:
    """A `Report` that passes reports on and notes how long each phase takes.

    A phase lasts from its first report to that of another phase, or to where it is asked.

    Args:
        phase: What the computation is busy with until it reports anything.
        report: Whom reports are passed on to.
    """

    def __init__(self, phase: str, report: Report) -> None:
        self._report = report
        self._phase = phase
        self._begun = perf_counter()
        self._seconds: dict[str, float] = {}

    def __call__(self, told: ProgressReport) -> None:
        """Take a report."""
        if told.phase != self._phase:
            self._end()
            self._phase = told.phase
        self._report(told)

    def phases(self) -> list[dict[str, object]]:
        """`name` and `seconds` of each phase so far, in the order in which they began."""
        self._end()
        return [{"name": name, "seconds": spent} for name, spent in self._seconds.items()]

    def _end(self) -> None:
        now = perf_counter()
        self._seconds[self._phase] = self._seconds.get(self._phase, 0.0) + now - self._begun
        self._begun = now


class Warnings:
    """A `Report` that passes reports on and remembers the sentences of those that warn.

    Args:
        report: Whom reports are passed on to.
    """

    def __init__(self, report: Report) -> None:
        self._report = report
        self._told: dict[str, None] = {}

    def __call__(self, told: ProgressReport) -> None:
        """Take a report."""
        if told.level is Severity.WARNING and told.message:
            self._told[told.message] = None
        self._report(told)

    def sentences(self) -> list[str]:
        """What was warned of, each once, in the order in which it was first told."""
        return list(self._told)


def unheard(_: ProgressReport) -> None:
    """A `Report` for those who do not listen."""
