"""Qlib's own executor: slow, and what ours is held against."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pandas as pd
from qlib.backtest import get_strategy_executor
from qlib.backtest.account import Account
from qlib.backtest.decision import BaseTradeDecision
from qlib.backtest.exchange import Exchange
from qlib.backtest.executor import SimulatorExecutor
from qlib.backtest.high_performance_ds import NumpyQuote
from qlib.backtest.position import Position
from qlib.contrib.strategy.signal_strategy import TopkDropoutStrategy

from compute.portfolio_report import (
    Columns,
    position_columns,
    report_columns,
    trade_columns,
)
from compute.progress import ProgressReport, Report
from compute.qlib_session import forget_values
from compute.traded_signal import TradedSignal
from compute.trading_days import TradingDays
from domain.specs import ExchangeSpec
from domain.strategy_parameters import qlib_parameters
from domain.work import BacktestWork

_NO_LIMIT = float("inf")
"""Qlib takes None for the limit of its region; no change is as large as this."""


class OrderedPosition(Position):  # type: ignore[misc]
    """Holdings in the order of their symbols.

    Qlib's own come in the order of a set of texts, which depends on the seed of their hashes, and
    with it which of several unscored holdings is sold and the last bits of sums.
    """

    def get_stock_list(self) -> list[str]:
        """The symbols held, ascending."""
        return sorted(super().get_stock_list())


class PlainlyNamedOrders(TopkDropoutStrategy):  # type: ignore[misc]
    """TopkDropout with plain texts for symbols.

    Names that NumPy drew are texts of its own, which Qlib refuses beside plain ones.
    """

    def generate_trade_decision(self, execute_result: object = None) -> BaseTradeDecision:
        """Qlib's decision for the day."""
        decision = super().generate_trade_decision(execute_result)
        for order in decision.get_decision():
            order.stock_id = str(order.stock_id)
        return decision


def trade_in_qlib(
    work: BacktestWork, signal: TradedSignal, days: TradingDays, report: Report
) -> dict[str, Columns]:
    """Trade by Qlib's strategy, executor and exchange, on the directory that Qlib stands on.

    Returns:
        The tables `report`, `trades` and `positions` of `compute.portfolio_report`.
    """
    try:
        exchange = open_exchange(work.exchange, signal.held, days)
        with _drawing_from(int(work.strategy.parameters.get("seed", 0))):
            account = traded(work, signal, exchange, days, report)
        return {
            "report": report_columns(account),
            "trades": trade_columns(account, exchange.quote_df),
            "positions": position_columns(account),
        }
    finally:
        NumpyQuote.get_data.cache_clear()  # it keeps the quotes of exchanges that are over
        forget_values()


def open_exchange(rules: ExchangeSpec, symbols: tuple[str, ...], days: TradingDays) -> Exchange:
    """Open Qlib's exchange with every rule passed.

    The names are a plain list: a universe would hide the quotes of those that left it, and they
    could never be sold.
    """
    threshold = rules.limit_threshold
    return Exchange(
        freq="day",
        start_time=pd.Timestamp(days.days[0]),
        end_time=pd.Timestamp(days.days[-1]),
        codes=list(symbols),
        deal_price=f"${rules.deal_price.bar_field}",
        subscribe_fields=[],
        limit_threshold=_NO_LIMIT if threshold is None else float(threshold),
        volume_threshold=None,
        open_cost=rules.open_cost,
        close_cost=rules.close_cost,
        min_cost=rules.min_cost,
        impact_cost=0.0,
        trade_unit=rules.trade_unit,
    )


def traded(
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
        benchmark=_benchmark(work.benchmark, days),
        account=float(work.account),
        exchange_kwargs={"exchange": exchange},
    )
    executor.trade_account.current_position = OrderedPosition(cash=float(work.account))
    executor.reset(start_time=first, end_time=last)
    strategy.reset(level_infra=executor.get_level_infra())
    result = None
    for step in _told(days, report):
        assert not executor.finished(), f"Qlib has fewer trading days than {step}"
        result = executor.execute(strategy.generate_trade_decision(result))
        strategy.post_exe_step(result)
    return executor.trade_account


@contextmanager
def _drawing_from(seed: int) -> Iterator[None]:
    """Have Qlib draw names as the seed says: it draws from NumPy's own state."""
    state = np.random.get_state()
    np.random.seed(seed)
    try:
        yield
    finally:
        np.random.set_state(state)


def _strategy(work: BacktestWork, signal: TradedSignal) -> TopkDropoutStrategy:
    return PlainlyNamedOrders(
        signal=signal.series(),
        topk=work.strategy.topk,
        n_drop=work.strategy.n_drop,
        **qlib_parameters(work.strategy.parameters),
    )


def _benchmark(code: str | None, days: TradingDays) -> str | pd.Series:
    """The benchmark as Qlib's account takes it; it takes None for SH000300."""
    if code is None:
        return pd.Series(0.0, pd.DatetimeIndex(days.days, name="datetime"))
    return code


def _told(days: TradingDays, report: Report) -> Iterator[int]:
    """Count the trading days, and tell of every new month."""
    months = days.days.astype("datetime64[M]")
    for step, month in enumerate(months):
        if step == 0 or month != months[step - 1]:
            report(ProgressReport("trading", step, len(months)))
        yield step
    report(ProgressReport("trading", len(months), len(months)))
