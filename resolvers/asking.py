"""The terms of one operation: how long it waits, and what it may start."""

import asyncio
from dataclasses import dataclass, field

from domain.errors import NotComputedError, QatlasError, TooManyComputationsError
from domain.records import ResultRecord


@dataclass(frozen=True, slots=True)
class Known:
    """An answer that an operation has, and whether it had been kept before it asked."""

    result: ResultRecord
    from_cache: bool


@dataclass(slots=True)
class Asking:
    """Who asks, until when, and what may be computed for the answer.

    Attributes:
        requested_by: Who asks.
        deadline: The loop's time after which COMPUTING is the answer.
        only_if_cached: Whether nothing may be started.
        is_reading: Whether the operation came by GET, which starts nothing either.
        max_starts: How many computations this one operation may start.
        started: The keys whose computation it has started.
        known: The answers that it has, by key, so that all its fields are told the same.
        failed: What has failed while it asked, by key; only the next operation tries again.
    """

    requested_by: str
    deadline: float
    only_if_cached: bool = False
    is_reading: bool = False
    max_starts: int = 16
    started: set[str] = field(default_factory=set)
    known: dict[str, Known] = field(default_factory=dict)
    failed: dict[str, QatlasError] = field(default_factory=dict)

    @property
    def remaining_seconds(self) -> float:
        """How long there still is to wait; 0 when the time is up."""
        return max(0.0, self.deadline - asyncio.get_running_loop().time())

    def require_leave(self) -> None:
        """Check that something may be computed at all.

        Raises:
            NotComputedError: The operation takes kept answers only.
        """
        if self.only_if_cached:
            raise NotComputedError(
                "This has not been computed, and only a kept answer was asked for; "
                "ask again without only-if-cached to compute it."
            )
        if self.is_reading:
            raise NotComputedError(
                "This has not been computed, and GET computes nothing; ask by POST to compute it."
            )

    def count_start(self, key: str) -> None:
        """Count the computation of a key against the limit; one key counts once.

        Raises:
            TooManyComputationsError: The operation has started as many as it may.
        """
        if key in self.started:
            return
        if len(self.started) >= self.max_starts:
            raise TooManyComputationsError(
                f"One operation may start {self.max_starts} computations and this one has; "
                "ask for fewer results at once, or again for the rest."
            )
        self.started.add(key)
