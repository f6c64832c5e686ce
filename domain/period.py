"""Spans of days, both ends included."""

from dataclasses import dataclass
from datetime import date

from domain.errors import BadInputError

MAX_PURGE_DAYS = 250
"""How many trading days at the end of train and of valid a model may leave out."""


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The days from `start` to `end`, both included."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise BadInputError(
                f"The period ends on {self.end}, before it starts on {self.start}; "
                "give an end on or after the start."
            )

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end

    def overlaps(self, other: "Period") -> bool:
        """Whether the two share at least one day."""
        return self.start <= other.end and other.start <= self.end

    def clip(self, other: "Period") -> "Period | None":
        """The days that both have, or None."""
        if not self.overlaps(other):
            return None
        return Period(max(self.start, other.start), min(self.end, other.end))


@dataclass(frozen=True, slots=True)
class Segments:
    """The periods a model learns from, is stopped by, and is judged on."""

    train: Period
    valid: Period
    test: Period
