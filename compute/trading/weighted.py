"""Holds the best names by weight, and brings them back to their weights from time to time."""

import numpy as np

from compute.trading.book import Book, DayQuotes
from domain.arrays import FloatArray


def weights_of(scores: FloatArray, topk: int, weighting: str) -> FloatArray:
    """The weights of names by their scores.

    Args:
        scores: Shape (names,), all distinct; NaN where there is none.
        topk: How many names are chosen, fewer where fewer have a score.
        weighting: RANK gives the lowest chosen 1 part, the next 2 and so on; EQUAL each the same.

    Returns:
        Shape (names,), summing to 1; 0 where not chosen.
    """
    chosen = best(scores, topk)
    parts = np.arange(len(chosen), 0, -1.0) if weighting == "RANK" else np.ones(len(chosen))
    weights = np.zeros(len(scores))
    weights[chosen] = parts / parts.sum()
    return weights


def best(scores: FloatArray, count: int) -> np.ndarray:
    """The places of the highest scores, the best first."""
    order = np.argsort(-scores, kind="stable")
    return order[: min(count, int(np.isfinite(scores).sum()))]


def rebalance(
    book: Book, day: np.datetime64, weights: FloatArray, quotes: DayQuotes, risk_degree: float
) -> None:
    """Trade a long book towards weights.

    The money that is weighted is what the book is worth before the trades. Sales go first, by
    symbol; then purchases, the largest weight first (by symbol among equals), each for the cash
    that is left at most.

    Args:
        book: What is held; its cash never falls below 0.
        day: The day.
        weights: Shape (symbols,), 0 where nothing is wanted.
        quotes: Of the day. A name that cannot be traded stays as it is.
        risk_degree: The share of the worth that the weights speak of.
    """
    changes = wanted_changes(book, weights * risk_degree, quotes)
    for place in np.flatnonzero(changes < 0):
        book.sell(day, int(place), -float(changes[place]), quotes)
    buying = np.flatnonzero(changes > 0)
    for place in buying[np.argsort(-weights[buying], kind="stable")]:
        book.buy(day, int(place), float(changes[place]), quotes, most=book.cash)


def wanted_changes(book: Book, weights: FloatArray, quotes: DayQuotes) -> FloatArray:
    """How many shares lead from what is held to weights of the worth; 0 where nothing is quoted."""
    with np.errstate(divide="ignore", invalid="ignore"):
        wanted = np.where(weights == 0, 0.0, weights * book.worth(quotes) / quotes.deal)
    return np.where(np.isfinite(quotes.deal), wanted - book.amounts, 0.0)
