"""Periods, segments and their schedules as clients see them."""

from datetime import date

import strawberry

from domain import period as words
from domain import specs


@strawberry.type(description="Days, both ends included.")
class Period:
    """A period."""

    start: date = strawberry.field(description="The first day.")
    end: date = strawberry.field(description="The last day.")

    @classmethod
    def of(cls, value: words.Period) -> "Period":
        """A period as clients see it."""
        return cls(start=value.start, end=value.end)


@strawberry.type(description="The three periods of a model.")
class Segments:
    """The segments."""

    train: Period = strawberry.field(description="What it learns from.")
    valid: Period = strawberry.field(description="What stops its learning.")
    test: Period = strawberry.field(description="What it has never seen.")

    @classmethod
    def of(cls, value: words.Segments) -> "Segments":
        """Segments as clients see them."""
        return cls(
            train=Period.of(value.train), valid=Period.of(value.valid), test=Period.of(value.test)
        )


@strawberry.type(
    description=(
        "A model is trained anew leg by leg, all lengths in trading days: each leg predicts the "
        "next days of test, is stopped by the days right before them, and learns from those "
        "before that."
    )
)
class Rolling:
    """The schedule of a rolling model."""

    step_days: int = strawberry.field(description="How many days a leg predicts.")
    valid_days: int = strawberry.field(description="How many days stop its learning.")
    train_days: int | None = strawberry.field(
        description="How many days it learns from; null for all since train begins."
    )

    @classmethod
    def of(cls, value: specs.Rolling) -> "Rolling":
        """A schedule as clients see it."""
        return cls(
            step_days=value.step_days, valid_days=value.valid_days, train_days=value.train_days
        )
