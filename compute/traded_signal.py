"""The scores that a backtest trades on."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bars.universes import Days
from compute.members import member_mask
from compute.trading_days import TradingDays
from domain.arrays import BoolPanel, FloatArray, FloatPanel
from domain.artifacts import ArtifactStore
from domain.errors import BadInputError
from domain.period import Period
from domain.work import BacktestWork, Spans


@dataclass(frozen=True, slots=True)
class TradedSignal:
    """Scores by day and name; NaN where a name has none or is no member.

    `scores` are ranks within their day, 1 for the lowest, no two the same: shape (days, symbols),
    with days and symbols ascending. `calendar` has all trading days whose signal is asked for,
    those without one too. On `tied_days` several names have a score and all the same.
    """

    scores: FloatArray
    days: Days
    symbols: tuple[str, ...]
    calendar: Days
    tied_days: int = 0

    @property
    def scored_days(self) -> int:
        """On how many days any name has a score."""
        return int(np.isfinite(self.scores).any(axis=1).sum())

    @property
    def held(self) -> tuple[str, ...]:
        """The names that ever have a score."""
        ever = np.isfinite(self.scores).any(axis=0)
        return tuple(np.array(self.symbols)[ever].tolist())

    def series(self) -> pd.Series:
        """The scores as Qlib's strategies take them, by (datetime, instrument)."""
        rows, columns = np.nonzero(np.isfinite(self.scores))
        dates = pd.DatetimeIndex(self.days)[rows]
        names = np.array(self.symbols)[columns]
        index = pd.MultiIndex.from_arrays([dates, names], names=["datetime", "instrument"])
        return pd.Series(self.scores[rows, columns], index, name="score")


def traded_signal(work: BacktestWork, store: ArtifactStore, days: TradingDays) -> TradedSignal:
    """Take from a stored signal what may be traded on, and rank it.

    Raises:
        BadInputError: Nothing may be traded on in the period, or the universe has never as many
            members in it as are to be held.
        ArtifactMissingError: The signal is no longer kept.
    """
    values, dates, symbols = _stored(work, store)
    is_member = member_mask(work.members, symbols, dates)
    is_usable = np.isfinite(values) & is_member & _within(work.signal_period, dates)[:, None]
    is_asked = np.isin(dates, days.signal_days)
    if not is_usable[is_asked].any():
        raise _no_overlap(dates[is_usable.any(axis=1)], work, days)
    _require_enough(work, days)
    scores = daily_ranks(values[is_asked], is_usable[is_asked])
    tied = _tied_days(values[is_asked], is_usable[is_asked])
    return TradedSignal(scores, dates[is_asked], tuple(symbols), days.signal_days, tied)


def signal_warnings(signal: TradedSignal, work: BacktestWork) -> list[str]:
    """Sentences about days on which the signal says nothing of use; nothing if it always does."""
    asked = signal.calendar[_within(work.signal_period, signal.calendar)]
    silent = np.setdiff1d(asked, signal.days[np.isfinite(signal.scores).any(axis=1)])
    warnings = []
    if len(silent):
        warnings.append(
            f"On {len(silent):,} of {len(asked):,} days no member of the universe has a score, "
            f"the first {silent[0]} and the last {silent[-1]}; nothing is traded on such a day's "
            "signal."
        )
    if signal.tied_days:
        warnings.append(
            f"On {signal.tied_days:,} of {len(asked):,} days all scores are equal, so that names "
            "are taken in the order of their symbols."
        )
    return warnings


def daily_ranks(values: FloatPanel, is_ranked: BoolPanel) -> FloatArray:
    """Rank within each day, the lowest value first; of equals the later column first.

    Equal scores would be put in order by an unstable sort, which differs between processors.

    Args:
        values: Shape (days, names), finite where ranked.
        is_ranked: Which of them take part, same shape.

    Returns:
        Shape (days, names), ranks from 1, all distinct within a day; NaN where not ranked.
    """
    ranks = np.full(values.shape, np.nan)
    for row, (day, take) in enumerate(zip(values, is_ranked, strict=True)):
        columns = np.flatnonzero(take)
        order = np.lexsort((-columns, day[columns]))
        ranks[row, columns[order]] = np.arange(1, len(columns) + 1)
    return ranks


def _tied_days(values: FloatPanel, is_ranked: BoolPanel) -> int:
    highest = np.where(is_ranked, values, -np.inf).max(axis=1)
    lowest = np.where(is_ranked, values, np.inf).min(axis=1)
    return int(((highest == lowest) & (is_ranked.sum(axis=1) > 1)).sum())


def _stored(work: BacktestWork, store: ArtifactStore) -> tuple[FloatPanel, Days, list[str]]:
    """Values, days and symbols of the signal, with the symbols ascending."""
    symbols = store.open_array(work.signal.symbols)
    order = np.argsort(symbols)
    values = store.open_array(work.signal.values)[:, order]
    return values, np.asarray(store.open_array(work.signal.dates)), symbols[order].tolist()


def _within(period: Period, days: Days) -> BoolPanel:
    return (np.datetime64(period.start) <= days) & (days <= np.datetime64(period.end))


def _no_overlap(found: Days, work: BacktestWork, days: TradingDays) -> BadInputError:
    asked = f"{days.signal_days[0]} to {days.signal_days[-1]}"
    has = f"has values from {found[0]} to {found[-1]}" if len(found) else "has none at all"
    return BadInputError(
        f"The period {work.period.start} to {work.period.end} trades on signals of {asked}, the "
        f"trading days before its own, and the signal {has} for members of the universe; choose "
        "a period that the signal covers.",
        "input.period",
    )


def _require_enough(work: BacktestWork, days: TradingDays) -> None:
    largest = _largest_membership(work.members, days.signal_days)
    sides = work.strategy.kind.sides
    if sides * work.strategy.topk > largest:
        raise BadInputError(
            f"topk is {work.strategy.topk}, and the universe has at most {largest} members on any "
            f"day of the period; hold {largest // sides} names or fewer.",
            "input.strategy.topk",
        )


def _largest_membership(members: Mapping[str, Spans], days: Days) -> int:
    return int(member_mask(members, list(members), days).sum(axis=1).max())
