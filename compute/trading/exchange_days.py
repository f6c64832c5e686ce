"""The quotes of Qlib's exchange as panels."""

import numpy as np
import pandas as pd
from qlib.backtest.exchange import Exchange
from qlib.data import D

from compute.benchmark import qlib_benchmark
from compute.progress import Report
from compute.trading.rebalancing import QuotedDays
from compute.trading_days import TradingDays
from domain.arrays import FloatArray

_LEAST_PRICE = 1e-8
"""Qlib deals at the close where a price is not above this."""


def quoted_days(
    exchange: Exchange,
    symbols: tuple[str, ...],
    days: TradingDays,
    benchmark: str | None,
    report: Report,
) -> QuotedDays:
    """What can be traded when: Qlib's prices, suspensions and limits.

    Raises:
        EmptyDataError: The benchmark has no close.
    """
    quotes: pd.DataFrame = exchange.quote_df

    def panel(column: str, missing: float) -> FloatArray:
        table = quotes[column].unstack(level="instrument")
        wanted = table.reindex(index=pd.DatetimeIndex(days.days), columns=list(symbols))
        values: FloatArray = wanted.astype("float64").fillna(missing).to_numpy()
        return values

    close, deal = panel("$close", np.nan), panel(exchange.buy_price, np.nan)
    deal = np.where(np.isfinite(close) & ~(deal > _LEAST_PRICE), close, deal)
    return QuotedDays(
        days=days.days,
        deal=np.where(np.isfinite(close), deal, np.nan),
        close=close,
        factor=panel("$factor", np.nan) if "$factor" in quotes else np.full_like(close, np.nan),
        can_buy=panel("limit_buy", 1.0) == 0,
        can_sell=panel("limit_sell", 1.0) == 0,
        bench=_benchmark_returns(benchmark, days, report),
    )


def _benchmark_returns(code: str | None, days: TradingDays, report: Report) -> FloatArray:
    """Qlib's daily returns of the benchmark, in its float32; 0 where there is none."""
    if not isinstance(qlib_benchmark(code, days, report), str):
        return np.zeros(len(days.days))
    index = pd.DatetimeIndex(days.days)
    changes = D.features([code], ["$close/Ref($close,1)-1"], index[0], index[-1])
    daily = changes.groupby("datetime").mean().iloc[:, 0].reindex(index).fillna(0)
    grown = daily.to_numpy(dtype=np.float32) + np.float32(1)
    returns: FloatArray = (grown - np.float32(1)).astype(np.float64)
    return returns
