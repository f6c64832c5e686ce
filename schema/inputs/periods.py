"""Periods, segments and their schedules as clients write them."""

from datetime import date

import strawberry

from domain.definitions import GivenPeriod, GivenSegments
from domain.specs import Rolling


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


@strawberry.input(
    description=(
        "How often a model is trained anew, all in trading days. Test is what is predicted out of "
        "sample, leg by leg; no leg learns from a day before train begins; the rest of the "
        "segments follows."
    )
)
class RollingInput:
    """The schedule of a rolling model."""

    step_days: int = strawberry.field(
        description="How many days a leg predicts, 1 or more; at most 500 legs."
    )
    valid_days: int = strawberry.field(
        description="How many days right before them stop its learning, 1 or more."
    )
    train_days: int | None = strawberry.field(
        default=None,
        description=(
            "How many days before those it learns from, 1 or more; all since train begins if left "
            "out."
        ),
    )

    def given(self) -> Rolling:
        """The schedule."""
        return Rolling(self.step_days, self.valid_days, self.train_days)
