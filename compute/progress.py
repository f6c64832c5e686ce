"""What a computation says of itself while it goes on."""

from collections.abc import Callable
from dataclasses import dataclass

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


def unheard(_: ProgressReport) -> None:
    """A `Report` for those who do not listen."""
