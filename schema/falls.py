"""Falls of a backtest, as clients see them."""

import datetime

import strawberry

from compute.analysis import drawdowns
from domain.errors import BadInputError

MOST_SHOWN = 500


@strawberry.type(description="A fall from a high until that high is reached again.")
class Drawdown:
    """A fall."""

    start: datetime.date = strawberry.field(description="The day of the high.")
    bottom: datetime.date = strawberry.field(description="The deepest day, the first of equals.")
    recovery: datetime.date | None = strawberry.field(
        description="The first day at that high or above; null if there is none yet."
    )
    depth: float = strawberry.field(description="How deep it went, a fraction below 0.")
    days_down: int = strawberry.field(description="Trading days from `start` to `bottom`.")
    days_up: int | None = strawberry.field(
        description="Trading days from `bottom` to `recovery`; null if there is none yet."
    )
    days: int = strawberry.field(
        description="Trading days from `start` to `recovery`, or to the last day."
    )

    @classmethod
    def of(cls, found: drawdowns.Drawdown) -> "Drawdown":
        """A fall as clients see it."""
        return cls(
            start=found.start,
            bottom=found.bottom,
            recovery=found.recovery,
            depth=found.depth,
            days_down=found.days_down,
            days_up=found.days_up,
            days=found.days,
        )


def require_count(first: int) -> None:
    """Check how many falls are asked for.

    Raises:
        BadInputError: Below 0, or more than 500.
    """
    if not 0 <= first <= MOST_SHOWN:
        raise BadInputError(f"first is {first}; give 0 to {MOST_SHOWN}.", "first")
