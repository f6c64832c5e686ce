"""Trades day after day, towards weights that are decided anew every few days."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from compute.trading.book import Book, DayQuotes
from compute.trading.long_short import borrowing, exposures_of, rebalance_both
from compute.trading.weighted import rebalance, weights_of
from domain.arrays import BoolPanel, DateArray, FloatArray
from domain.errors import BadInputError
from domain.specs import StrategyKind, StrategySpec


@dataclass(frozen=True, slots=True, eq=False)
class QuotedDays:
    """What can be traded when, and what the benchmark does; panels have shape (days, symbols).

    The panels are those of `DayQuotes`; `bench` has shape (days,).
    """

    days: DateArray
    deal: FloatArray
    close: FloatArray
    factor: FloatArray
    can_buy: BoolPanel
    can_sell: BoolPanel
    bench: FloatArray

    def on(self, row: int) -> DayQuotes:
        """One day of them."""
        return DayQuotes(
            self.deal[row],
            self.close[row],
            self.factor[row],
            self.can_buy[row],
            self.can_sell[row],
        )


def trade(book: Book, scores: FloatArray, quoted: QuotedDays, strategy: StrategySpec) -> None:
    """Trade a strategy over all days.

    Args:
        book: Empty; what happens is written into it.
        scores: Shape (days, symbols): those of the trading day before each day, NaN where there
            are none.
        quoted: The days.
        strategy: WEIGHTED or LONG_SHORT, every parameter filled in.

    Raises:
        BadInputError: The account is used up, as short sales can do.
    """
    waited = every = int(strategy.parameters["rebalance_days"])
    for row, day in enumerate(quoted.days):
        quotes = quoted.on(row)
        _borrow(book, strategy, quoted.days, row)
        if waited >= every and np.isfinite(scores[row]).any():
            _rebalance(book, day, scores[row], quotes, strategy)
            waited = 0
        waited += 1
        book.close_day(day, quotes, float(quoted.bench[row]))
        if not book.account > 0:
            raise BadInputError(
                f"The account was used up on {day}: what was sold short rose by more than there "
                "was; give a smaller gross, or another signal.",
                "input.strategy.parameters.gross",
            )


def _borrow(book: Book, strategy: StrategySpec, days: DateArray, row: int) -> None:
    if strategy.kind is StrategyKind.LONG_SHORT and row:
        passed = int((days[row] - days[row - 1]) / np.timedelta64(1, "D"))
        book.charge(borrowing(book, float(strategy.parameters["borrow_cost"]), passed))


def _rebalance(
    book: Book, day: np.datetime64, scores: FloatArray, quotes: DayQuotes, strategy: StrategySpec
) -> None:
    given: Mapping[str, Any] = strategy.parameters
    if strategy.kind is StrategyKind.LONG_SHORT:
        rebalance_both(book, day, exposures_of(scores, strategy.topk, given["gross"]), quotes)
    else:
        weights = weights_of(scores, strategy.topk, given["weighting"])
        rebalance(book, day, weights, quotes, given["risk_degree"])
