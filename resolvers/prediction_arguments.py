"""Which predictions of a model a client asks for."""

from dataclasses import dataclass
from datetime import date

from domain.specs import SegmentName


@dataclass(frozen=True, slots=True)
class PredictionArguments:
    """Which predictions of a model: a segment, or some of its days.

    With `extend` the days may lie after the test segment, as far as the snapshot goes.
    """

    snapshot: str | None = None
    segment: SegmentName = SegmentName.TEST
    start: date | None = None
    end: date | None = None
    extend: bool = False
