"""Periods and segments as clients write them."""

from datetime import date

import strawberry

from domain.definitions import GivenPeriod, GivenSegments


@strawberry.input(description="Days, both ends included.")
class PeriodInput:
    """A period."""

    start: date = strawberry.field(description="The first day.")
    end: date = strawberry.field(description="The last day, not before the first.")

    def given(self) -> GivenPeriod:
        """The two days."""
        return GivenPeriod(self.start, self.end)


@strawberry.input(description="The three periods of a model, one after the other.")
class SegmentsInput:
    """The segments."""

    train: PeriodInput = strawberry.field(description="What it learns from.")
    valid: PeriodInput = strawberry.field(description="What stops its learning.")
    test: PeriodInput = strawberry.field(description="What it has never seen.")

    def given(self) -> GivenSegments:
        """The three periods."""
        return GivenSegments(self.train.given(), self.valid.given(), self.test.given())
