"""Backtests of the strategies that Qlib has not: by weights, and on both sides."""

import numpy as np

from compute.progress import ProgressReport, Report
from compute.traded_signal import TradedSignal
from compute.trading.book import Book, positions_of, report_of, trades_of
from compute.trading.quotes import Quotes
from compute.trading.rebalancing import QuotedDays, trade
from compute.trading.stale_holdings import count_stale
from compute.trading.topk_dropout import Tables, covers
from compute.trading_days import TradingDays
from domain.arrays import FloatArray
from domain.errors import EmptyDataError
from domain.work import BacktestWork


def traded_tables(
    work: BacktestWork,
    signal: TradedSignal,
    quotes: Quotes,
    benchmark: FloatArray,
    days: TradingDays,
    report: Report,
) -> Tables:
    """What a strategy did, by the names and columns of `compute.portfolio_report`.

    Args:
        work: What is asked; its strategy is WEIGHTED or LONG_SHORT.
        signal: The scores.
        quotes: Of the names that ever have a score, over the days.
        benchmark: Its returns, shape (days,).
        days: The days that are traded.
        report: Is told how far it is.

    Raises:
        BadInputError: The account was used up.
        EmptyDataError: Some prices or factors make no sense.
    """
    if not covers(quotes, work.exchange):
        raise EmptyDataError(
            "Some prices or factors of names that the signal holds are not above zero and finite; "
            "mend the data, or choose a period without them.",
            "input.period",
        )
    report(ProgressReport("trading", 0, len(days.days)))
    book = Book(np.array(quotes.symbols), work.exchange, float(work.account))
    quoted = QuotedDays(
        days=quotes.days,
        deal=np.where(quotes.suspended, np.nan, quotes.deal),
        close=quotes.close,
        factor=quotes.factor,
        can_buy=~quotes.limit_buy,
        can_sell=~quotes.limit_sell,
        bench=benchmark,
    )
    trade(book, _scores(signal, quotes.symbols, days), quoted, work.strategy)
    report(ProgressReport("trading", len(days.days), len(days.days)))
    tables: Tables = {
        "report": report_of(book),
        "trades": trades_of(book),
        "positions": positions_of(book),
    }
    tables["report"]["stale_holdings"] = count_stale(tables["positions"], quotes)
    return tables


def _scores(signal: TradedSignal, symbols: tuple[str, ...], days: TradingDays) -> FloatArray:
    """The scores of the trading day before each day; NaN on a first day that has none before."""
    columns = np.searchsorted(np.array(signal.symbols), np.array(symbols))
    scores = np.full((len(days.days), len(symbols)), np.nan)
    first = len(days.days) - len(days.signal_days)
    rows = first + np.searchsorted(days.signal_days, signal.days)
    scores[rows] = signal.scores[:, columns]
    return scores
