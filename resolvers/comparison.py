"""Several backtests on the days that all of them traded."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import cast

import numpy as np

from compute.analysis.comparison import Comparison, compare
from compute.analysis.report import DailyReport
from domain.arrays import DateArray
from domain.errors import BadInputError, ComputingError, TooManyComputationsError
from domain.names import EntityKind
from domain.records import BacktestRecord
from resolvers.inquiry import Answer, Inquiry
from resolvers.reports import daily_report
from resolvers.trading import history

MOST_COMPARED = 20
_FIELD = "backtests"


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """Backtests in the order asked, their answers, and what they have on shared days."""

    backtests: tuple[BacktestRecord, ...]
    answers: tuple[Answer, ...]
    comparison: Comparison

    @property
    def names(self) -> tuple[str, ...]:
        """A name for each: its own, with its version where several have one name."""
        plain = [one.name for one in self.backtests]
        return tuple(
            one.name if plain.count(one.name) == 1 else f"{one.name}:{one.version}"
            for one in self.backtests
        )


async def compare_backtests(references: Sequence[str], inquiry: Inquiry) -> Compared:
    """Compare backtests on the newest data of each, computing those that are missing.

    All that are missing are started before any is waited for.

    Raises:
        BadInputError: There are fewer than 2 or more than 20, one is named twice, or no day is
            shared by all.
        ComputingError: One is still being computed.
        QatlasError: A reference is wrong, or a backtest has no answer.
    """
    if not 2 <= len(references) <= MOST_COMPARED:
        raise BadInputError(
            f"There {_counted(len(references))}; give 2 to {MOST_COMPARED}.", _FIELD
        )
    found = await asyncio.gather(
        *(inquiry.lookups.resolve(EntityKind.BACKTEST, one, _FIELD) for one in references)
    )
    backtests = tuple(cast(BacktestRecord, one) for one in found)
    _require_distinct(backtests)
    answers = await _answers(backtests, inquiry)
    store = inquiry.services.store
    reports = [daily_report(answer.result, store) for answer in answers]
    _require_overlap(backtests, reports)
    return Compared(backtests, answers, compare(reports))


def _counted(backtests: int) -> str:
    return "is 1 backtest" if backtests == 1 else f"are {backtests} backtests"


def _require_distinct(backtests: Sequence[BacktestRecord]) -> None:
    ids = [one.id for one in backtests]
    for one in backtests:
        if ids.count(one.id) > 1:
            raise BadInputError(
                f"{one.name}:{one.version} is named more than once; name each backtest once.",
                _FIELD,
            )


async def _answers(backtests: Sequence[BacktestRecord], inquiry: Inquiry) -> tuple[Answer, ...]:
    """What each did; of several refusals the one that asking again does not mend comes first."""
    found = await asyncio.gather(
        *(history(one, None, inquiry) for one in backtests), return_exceptions=True
    )
    refusals = [one for one in found if isinstance(one, BaseException)]
    if refusals:
        raise min(refusals, key=_patience)
    return tuple(cast(list[Answer], found))


def _patience(refusal: BaseException) -> int:
    if isinstance(refusal, ComputingError):
        return 1
    return 2 if isinstance(refusal, TooManyComputationsError) else 0


def _require_overlap(backtests: Sequence[BacktestRecord], reports: Sequence[DailyReport]) -> None:
    def narrowed(shared: DateArray, place: int) -> DateArray:
        left = np.intersect1d(shared, reports[place].dates)
        if not len(left):
            days = reports[place].dates
            before = " and ".join(one.name for one in backtests[:place])
            raise BadInputError(
                f"{backtests[place].name} trades {days[0]} to {days[-1]}, and none of these days "
                f"is shared by {before} ({shared[0]} to {shared[-1]}); compare backtests whose "
                "periods overlap.",
                _FIELD,
            )
        return left

    reduce(narrowed, range(1, len(reports)), reports[0].dates)
