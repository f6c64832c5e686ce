"""Trades on a signal by the strategy TopkDropout, by weights, or on both sides."""

import numpy as np

from compute.open_market import open_panels
from compute.outcomes import outcome
from compute.portfolio_report import Columns
from compute.progress import ProgressReport, Report, Warnings
from compute.qlib_session import qlib_on
from compute.traded_signal import TradedSignal, signal_warnings, traded_signal
from compute.trading.benchmark import benchmark_returns
from compute.trading.quotes import Quotes, open_quotes
from compute.trading.stale_holdings import count_stale, warn_of_stale
from compute.trading.topk_dropout import Tables, covers, trade
from compute.trading.traded_tables import traded_tables
from compute.trading_days import TradingDays, trading_days
from domain.artifacts import ArtifactStore
from domain.errors import BadInputError, EmptyDataError
from domain.severity import Severity
from domain.specs import StrategyKind
from domain.strategy_parameters import (
    Executor,
    beyond_qlib,
    check_holdings,
    check_strategy_parameters,
    draws_names,
)
from domain.work import BacktestWork, Outcome


def backtest(work: BacktestWork, store: ArtifactStore, report: Report) -> Outcome:
    """Trade on a signal, each day on that of the trading day before.

    Of TOPK_DROPOUT the report is that of a Qlib script that gives the same rules and the same
    ranks to `TopkDropoutStrategy`, `SimulatorExecutor` and `Exchange`, whichever executor trades.

    Returns:
        The document has `trading_days`, `signal_days` (those with a signal that was traded on),
        `trades` and `positions` (how many rows), `traded_symbols`, `benchmark` (None where there
        is none, and its returns are zeros), `initial_account`, `final_account`, `executor`, which
        traded, and `warnings`, sentences about what the figures rest on. The artifacts are the
        columns of `compute.portfolio_report`, under `report:`, `trades:` and `positions:` and
        their names, such as `report:account`.

    Raises:
        BadInputError: The period, the signal and the strategy do not fit together.
        EmptyDataError: The quotes or the benchmark lack what is read, or no order was filled.
        SnapshotChangedError: The bars are not those that were registered.
    """
    report = warnings = Warnings(report)
    strategy = work.strategy
    check_holdings(strategy.topk, strategy.n_drop, strategy.kind)
    panels = open_panels(work.bars, store)
    days = trading_days(work.period, panels.directory.calendar)
    signal = traded_signal(work, store, days)
    report(ProgressReport("opening the exchange"))
    for warning in signal_warnings(signal, work):
        report(ProgressReport("opening the exchange", level=Severity.WARNING, message=warning))
    quotes = open_quotes(panels, work.exchange, signal.held, days.days, report)
    benchmark = benchmark_returns(work.benchmark, panels, days.days, report)
    executor = _executor(work, quotes, report)
    if strategy.kind is not StrategyKind.TOPK_DROPOUT:
        tables = traded_tables(work, signal, quotes, benchmark, days, report)
    elif executor is Executor.QATLAS:
        tables = trade(work, signal, quotes, benchmark, report)
    else:
        tables = _traded_in_qlib(work, signal, quotes, days, store, report)
    _require_trades(tables["trades"], days)
    warn_of_stale(tables, quotes, report)
    document = _document(work, signal, tables, executor)
    document["warnings"] = warnings.sentences()
    return outcome(document, _kept(tables, store), store)


def _executor(work: BacktestWork, quotes: Quotes, report: Report) -> Executor:
    """What trades: Qlib where it is asked for, or our loops do not cover the rules or quotes."""
    if work.strategy.kind is not StrategyKind.TOPK_DROPOUT:
        return Executor.QATLAS  # Qlib has no such strategy
    parameters = check_strategy_parameters(work.strategy.parameters)
    if parameters["executor"] == Executor.QLIB:
        return Executor.QLIB
    if draws_names(parameters):
        message = "Names are drawn at random, which Qlib's executor does."
        report(ProgressReport("opening the exchange", message=message))
        return Executor.QLIB
    if covers(quotes, work.exchange):
        return Executor.QATLAS
    trouble = "Some prices or factors are not above zero and finite"
    if beyond := beyond_qlib(parameters):
        raise BadInputError(
            f"{trouble}, which only Qlib's executor trades on, and it does not know "
            f"{' and '.join(beyond)}; mend the data, or leave that out.",
            f"input.strategy.parameters.{beyond[0]}",
        )
    message = f"{trouble}; Qlib's executor trades on them."
    report(ProgressReport("opening the exchange", level=Severity.WARNING, message=message))
    return Executor.QLIB


def _traded_in_qlib(
    work: BacktestWork,
    signal: TradedSignal,
    quotes: Quotes,
    days: TradingDays,
    store: ArtifactStore,
    report: Report,
) -> Tables:
    from compute.trading.reference import trade_in_qlib  # takes seconds to load

    qlib_on(work.bars, store)
    tables = trade_in_qlib(work, signal, days, report)
    tables["report"]["stale_holdings"] = count_stale(tables["positions"], quotes)
    return tables


def _require_trades(trades: Columns, days: TradingDays) -> None:
    if not len(trades["date"]):
        raise EmptyDataError(
            f"No order could be filled between {days.days[0]} and {days.days[-1]}: the names that "
            "the signal holds had no quotes or stood at their limits, or the account does not "
            "pay for one trade unit; give more money, or other rules.",
            "input.account",
        )


def _document(
    work: BacktestWork, signal: TradedSignal, tables: Tables, executor: Executor
) -> dict[str, object]:
    return {
        "trading_days": len(tables["report"]["date"]),
        "signal_days": signal.scored_days,
        "trades": len(tables["trades"]["date"]),
        "positions": len(tables["positions"]["date"]),
        "traded_symbols": len(np.unique(tables["trades"]["symbol"])),
        "benchmark": work.benchmark,
        "initial_account": float(work.account),
        "final_account": float(tables["report"]["account"][-1]),
        "executor": str(executor),
    }


def _kept(tables: Tables, store: ArtifactStore) -> dict[str, str]:
    return {
        f"{table}:{name}": store.put_array(values)
        for table, columns in tables.items()
        for name, values in columns.items()
    }
