"""Backtests of the strategies that Qlib has not: by weights, and on both sides."""

import numpy as np

from compute.exchange_rules import open_exchange
from compute.progress import ProgressReport, Report
from compute.traded_signal import TradedSignal
from compute.trading.book import Book, positions_of, report_of, trades_of
from compute.trading.exchange_days import quoted_days
from compute.trading.rebalancing import QuotedDays, trade
from compute.trading_days import TradingDays
from domain.arrays import Array, FloatArray
from domain.severity import Severity
from domain.work import BacktestWork


def traded_tables(
    work: BacktestWork, signal: TradedSignal, days: TradingDays, report: Report
) -> dict[str, dict[str, Array]]:
    """What a strategy did, by the names and columns of `compute.portfolio_report`.

    Raises:
        BadInputError: The account was used up.
        EmptyDataError: The quotes or the benchmark lack what is read.
    """
    report(ProgressReport("opening the exchange"))
    symbols = tuple(sorted(signal.held))
    exchange = open_exchange(work.exchange, symbols, days, report)
    quoted = quoted_days(exchange, symbols, days, work.benchmark, report)
    report(ProgressReport("trading", 0, len(days.days)))
    book = Book(np.array(symbols), work.exchange, float(work.account))
    trade(book, _scores(signal, symbols, days), quoted, work.strategy)
    _tell_of_the_stranded(book, quoted, report)
    report(ProgressReport("trading", len(days.days), len(days.days)))
    return {"report": report_of(book), "trades": trades_of(book), "positions": positions_of(book)}


def _scores(signal: TradedSignal, symbols: tuple[str, ...], days: TradingDays) -> FloatArray:
    """The scores of the trading day before each day; NaN on a first day that has none before."""
    columns = np.searchsorted(np.array(signal.symbols), np.array(symbols))
    scores = np.full((len(days.days), len(symbols)), np.nan)
    first = len(days.days) - len(days.signal_days)
    rows = first + np.searchsorted(days.signal_days, signal.days)
    scores[rows] = signal.scores[:, columns]
    return scores


def _tell_of_the_stranded(book: Book, quoted: QuotedDays, report: Report) -> None:
    """Warn of what is held at the end and has no more quotes; it stays at its last price."""
    stranded = book.symbols[(book.amounts != 0) & ~np.isfinite(quoted.close[-1])]
    if len(stranded):
        named = ", ".join(stranded[:5].tolist()) + (" …" if len(stranded) > 5 else "")
        message = f"Held at the end without a quote, at the price last seen: {named}."
        report(ProgressReport("trading", level=Severity.WARNING, message=message))
