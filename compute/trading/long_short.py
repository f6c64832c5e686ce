"""Holds the best names and sells the worst short, in equal parts."""

import numpy as np

from compute.trading.book import Book, DayQuotes
from compute.trading.weighted import best, wanted_changes
from domain.arrays import FloatArray

DAYS_OF_A_YEAR = 365


def exposures_of(scores: FloatArray, topk: int, gross: float) -> FloatArray:
    """The weights of both sides by scores.

    Args:
        scores: Shape (names,), all distinct; NaN where there is none.
        topk: How many names each side has; half of those with a score where they are fewer than
            twice as many, so that none is on both.
        gross: What the weights of each side add up to without their signs.

    Returns:
        Shape (names,), gross / k for the k highest scores, -gross / k for the k lowest, else 0.
    """
    each = min(topk, int(np.isfinite(scores).sum()) // 2)
    weights = np.zeros(len(scores))
    if each:
        weights[best(scores, each)] = gross / each
        weights[best(-scores, each)] = -gross / each
    return weights


def rebalance_both(book: Book, day: np.datetime64, weights: FloatArray, quotes: DayQuotes) -> None:
    """Trade a book of both sides towards weights of what it is worth before the trades.

    Sales, short or not, go first, then purchases, both by symbol. Cash may fall below 0. A name
    that cannot be traded stays as it is.
    """
    changes = wanted_changes(book, weights, quotes)
    for place in np.flatnonzero(changes < 0):
        book.sell(day, int(place), -float(changes[place]), quotes)
    for place in np.flatnonzero(changes > 0):
        book.buy(day, int(place), float(changes[place]), quotes)


def borrowing(book: Book, borrow_cost: float, days: int) -> float:
    """What borrowing the shares sold short costs over so many calendar days.

    Args:
        book: As it stood at the last close, whose prices count.
        borrow_cost: A fraction of the short value for 365 days.
        days: Since that close.
    """
    short = book.amounts < 0
    value = -float(book.amounts[short] @ book.prices[short])
    return value * borrow_cost * days / DAYS_OF_A_YEAR
