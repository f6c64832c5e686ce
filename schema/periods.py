"""Periods and segments as clients see them."""

from datetime import date

import strawberry

from domain import period as words


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
