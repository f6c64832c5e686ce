"""Trades on a signal by Qlib's TopkDropout strategy, or by strategies of our own."""

from collections.abc import Iterator

import pandas as pd
from qlib.backtest import get_strategy_executor
from qlib.backtest.account import Account
from qlib.backtest.exchange import Exchange
from qlib.backtest.executor import SimulatorExecutor
from qlib.backtest.high_performance_ds import NumpyQuote
from qlib.contrib.strategy.signal_strategy import TopkDropoutStrategy
from qlib.data import D

from compute.benchmark import qlib_benchmark
from compute.exchange_rules import open_exchange
from compute.outcomes import outcome
from compute.portfolio_report import Columns, position_columns, report_columns, trade_columns
from compute.progress import ProgressReport, Report
from compute.qlib_session import forget_values, qlib_on
from compute.traded_signal import TradedSignal, traded_signal
from compute.trading.traded_tables import traded_tables
from compute.trading_days import TradingDays, trading_days
from domain.artifacts import ArtifactStore
from domain.errors import EmptyDataError
from domain.specs import StrategyKind
from domain.strategy_parameters import check_holdings, check_strategy_parameters
from domain.work import BacktestWork, Outcome


def backtest(work: BacktestWork, store: ArtifactStore, report: Report) -> Outcome:
    """Trade on a signal, each day on that of the trading day before.

    Of TOPK_DROPOUT the report is that of a Qlib script that gives the same rules and the same
    ranks to `TopkDropoutStrategy`, `SimulatorExecutor` and `Exchange`.

    Returns:
        The document has `trading_days`, `signal_days` (those with a signal that was traded on),
        `trades` and `positions` (how many rows), `traded_symbols`, `benchmark` (None where there
        is none, and its returns are zeros), `initial_account` and `final_account`. The artifacts
        are the columns of `compute.portfolio_report`, under `report:`, `trades:` and `positions:`
        and their names, such as `report:account`.

    Raises:
        BadInputError: The period, the signal and the strategy do not fit together.
        EmptyDataError: The quotes or the benchmark lack what is read, or no order was filled.
        SnapshotChangedError: The bars are not those that were registered.
    """
    strategy = work.strategy
    check_holdings(strategy.topk, strategy.n_drop, strategy.kind)
    qlib_on(work.bars, store)
    days = trading_days(work.period, D.calendar().astype("datetime64[D]"))
    signal = traded_signal(work, store, days)
    try:
        if strategy.kind is StrategyKind.TOPK_DROPOUT:
            tables = _qlibs_tables(work, signal, days, report)
        else:
            tables = traded_tables(work, signal, days, report)
    finally:
        NumpyQuote.get_data.cache_clear()  # it keeps the quotes of exchanges that are over
        forget_values()
    _require_trades(tables["trades"], days)
    return outcome(_document(work, signal, tables), _kept(tables, store), store)


def _qlibs_tables(
    work: BacktestWork, signal: TradedSignal, days: TradingDays, report: Report
) -> dict[str, Columns]:
    report(ProgressReport("opening the exchange"))
    exchange = open_exchange(work.exchange, signal.held, days, report)
    account = _traded(work, signal, exchange, days, report)
    return {
        "report": report_columns(account),
        "trades": trade_columns(account, exchange.quote_df),
        "positions": position_columns(account),
    }


def _traded(
    work: BacktestWork,
    signal: TradedSignal,
    exchange: Exchange,
    days: TradingDays,
    report: Report,
) -> Account:
    """Trade day after day and return Qlib's account, which remembers everything."""
    first, last = (pd.Timestamp(days.days[place]) for place in (0, -1))
    strategy, executor = get_strategy_executor(
        start_time=first,
        end_time=last,
        strategy=_strategy(work, signal),
        executor=SimulatorExecutor("day", generate_portfolio_metrics=True),
        benchmark=qlib_benchmark(work.benchmark, days, report),
        account=float(work.account),
        exchange_kwargs={"exchange": exchange},
    )
    executor.reset(start_time=first, end_time=last)
    strategy.reset(level_infra=executor.get_level_infra())
    result = None
    for step in _told(days, report):
        assert not executor.finished(), f"Qlib has fewer trading days than {step}"
        result = executor.execute(strategy.generate_trade_decision(result))
        strategy.post_exe_step(result)
    return executor.trade_account


def _strategy(work: BacktestWork, signal: TradedSignal) -> TopkDropoutStrategy:
    parameters = check_strategy_parameters(work.strategy.parameters)
    return TopkDropoutStrategy(
        signal=signal.series(), topk=work.strategy.topk, n_drop=work.strategy.n_drop, **parameters
    )


def _told(days: TradingDays, report: Report) -> Iterator[int]:
    """Count the trading days, and tell of every new month."""
    months = days.days.astype("datetime64[M]")
    for step, month in enumerate(months):
        if step == 0 or month != months[step - 1]:
            report(ProgressReport("trading", step, len(months)))
        yield step
    report(ProgressReport("trading", len(months), len(months)))


def _require_trades(trades: Columns, days: TradingDays) -> None:
    if not len(trades["date"]):
        raise EmptyDataError(
            f"No order could be filled between {days.days[0]} and {days.days[-1]}: the names that "
            "the signal holds had no quotes or stood at their limits, or the account does not "
            "pay for one trade unit; give more money, or other rules.",
            "input.account",
        )


def _document(
    work: BacktestWork, signal: TradedSignal, tables: dict[str, Columns]
) -> dict[str, object]:
    return {
        "trading_days": len(tables["report"]["date"]),
        "signal_days": signal.scored_days,
        "trades": len(tables["trades"]["date"]),
        "positions": len(tables["positions"]["date"]),
        "traded_symbols": len(set(tables["trades"]["symbol"].tolist())),
        "benchmark": work.benchmark,
        "initial_account": float(work.account),
        "final_account": float(tables["report"]["account"][-1]),
    }


def _kept(tables: dict[str, Columns], store: ArtifactStore) -> dict[str, str]:
    return {
        f"{table}:{name}": store.put_array(values)
        for table, columns in tables.items()
        for name, values in columns.items()
    }
