"""What a backtest did, as columns: day by day, trade by trade, holding by holding."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from domain.arrays import Array

if TYPE_CHECKING:
    from qlib.backtest.account import Account

Columns = dict[str, Array]
"""Arrays of one length by name."""

_REPORT = ("account", "return", "bench", "cost", "turnover", "value", "cash")
_TRADE_VALUE_FLOOR = 1e-5
"""Qlib fills no order whose value is not above this."""


def report_columns(account: "Account") -> Columns:
    """The daily report, `return` being before cost: `date`, datetime64[D], and float64 columns."""
    report: pd.DataFrame = account.portfolio_metrics.generate_portfolio_metrics_dataframe()
    days = report.index.to_numpy().astype("datetime64[D]")
    return {"date": days} | {name: report[name].to_numpy(dtype=np.float64) for name in _REPORT}


def trade_columns(account: "Account", quotes: pd.DataFrame) -> Columns:
    """The orders that were filled, in the order in which they were.

    Args:
        account: Qlib's, after the last day.
        quotes: The exchange's, for their `$factor`.

    Returns:
        `date`, datetime64[D]; `symbol`; `side`, BUY or SELL; and, positive and in float64,
        `amount` in adjusted shares, `price` of one, `value`, `cost`, and `factor` (NaN where the
        data has none).
    """
    trades = pd.DataFrame(
        _trades(account), columns=["date", "symbol", "amount", "price", "value", "cost"]
    )
    at = pd.MultiIndex.from_arrays([trades["symbol"], trades["date"]])
    factors = quotes["$factor"].reindex(at).to_numpy(dtype=np.float64)
    sides = np.where(trades["amount"] > 0, "BUY", "SELL")
    numbers = {
        name: trades[name].abs().to_numpy(dtype=np.float64)
        for name in ("amount", "price", "value", "cost")
    }
    return _placed(trades) | {"side": sides} | numbers | {"factor": factors}


def position_columns(account: "Account") -> Columns:
    """The holdings at the end of each day, by day and symbol; a day without any has no row.

    Returns:
        `date`, `symbol`, `amount` in adjusted shares, `price` last seen, `weight` in the account
        with its cash, all float64, and `held_days`, int64, 1 on the day of the purchase.
    """
    held = pd.DataFrame(
        _holdings(account), columns=["date", "symbol", "amount", "price", "weight", "held_days"]
    ).sort_values(["date", "symbol"])
    numbers = {name: held[name].to_numpy(np.float64) for name in ("amount", "price", "weight")}
    return _placed(held) | numbers | {"held_days": held["held_days"].to_numpy(np.int64)}


def _placed(rows: pd.DataFrame) -> Columns:
    return {
        "date": rows["date"].to_numpy().astype("datetime64[D]"),
        "symbol": rows["symbol"].to_numpy().astype(np.str_),
    }


def _trades(account: "Account") -> Iterator[tuple[Any, ...]]:
    for day, orders in account.get_trade_indicator().order_indicator_his.items():
        symbols = orders.get_index_data("trade_value").index.tolist()
        figures = (
            orders.get_index_data(name).data.tolist()
            for name in ("deal_amount", "trade_price", "trade_value", "trade_cost")
        )
        for symbol, amount, price, value, cost in zip(symbols, *figures, strict=True):
            if abs(value) > _TRADE_VALUE_FLOOR:
                yield day, symbol, amount, price, value, cost


def _holdings(account: "Account") -> Iterator[tuple[Any, ...]]:
    for day, position in account.get_hist_positions().items():
        for symbol in position.get_stock_list():
            stock: Mapping[str, Any] = position.position[symbol]
            yield day, symbol, stock["amount"], stock["price"], stock["weight"], stock["count_day"]
