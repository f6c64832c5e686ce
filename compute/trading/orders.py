"""Fills orders as Qlib's exchange does: units, cash and costs, operation by operation."""

from typing import NamedTuple

from compute.engine.compiled import kernel
from compute.trading.market import (
    CASH,
    COST,
    TURNOVER,
    Flags,
    Floats,
    Holdings,
    Market,
    Places,
    Rules,
)

LEAST_VALUE = 1e-5
"""Qlib fills no order whose value is not above this."""


class Trades(NamedTuple):
    """Room for filled orders: `filled[0]` says how many there are."""

    filled: Places
    row: Places
    name: Places
    is_buy: Flags
    amount: Floats
    price: Floats
    value: Floats
    cost: Floats
    factor: Floats


@kernel
def in_units(amount: float, factor: float, unit: int) -> float:
    """Round adjusted shares down to trade units of unadjusted ones; a unit of 0 is none.

    Source:
        Exchange.round_amount_by_trade_unit, which adds 0.1 so that 100 shares never are 99.99.
    """
    if unit == 0:
        return amount
    rounded: float = (amount * factor + 0.1) // unit * unit / factor
    return rounded


@kernel
def sell_all(
    rules: Rules,
    holdings: Holdings,
    trades: Trades,
    row: int,
    name: int,
    price: float,
    factor: float,
) -> float:
    """Sell all of a name, unless not even the sale and the cash pay for it.

    Returns:
        By how much the cash is planned to grow: the value less its cost.
    """
    amount = holdings.amount[name]
    worth = amount * price
    purse = holdings.purse
    if purse[CASH] + worth < max(worth * rules.close_cost, rules.min_cost):
        amount = 0.0
    worth = float(amount * price)
    if worth <= LEAST_VALUE:
        return worth
    cost = max(worth * rules.close_cost, rules.min_cost)
    purse[TURNOVER] += worth
    purse[COST] += cost
    purse[CASH] += worth - cost
    holdings.is_held[name] = False
    _record(trades, row, name, False, amount, price, worth, cost, factor)
    return worth - cost


@kernel
def buy(
    market: Market,
    rules: Rules,
    holdings: Holdings,
    trades: Trades,
    row: int,
    name: int,
    money: float,
) -> None:
    """Put money into a name that is not held, as far as units and the cash go."""
    price, factor = market.deal[row, name], market.factor[row, name]
    amount = in_units(money / price, factor, rules.trade_unit)
    if market.limit_buy[row, name]:
        return
    amount = _payable(amount, price, factor, holdings.purse[CASH], rules)
    worth = amount * price
    if worth <= LEAST_VALUE:
        return
    cost = max(worth * rules.open_cost, rules.min_cost)
    purse = holdings.purse
    purse[CASH] -= worth + cost
    purse[TURNOVER] += worth
    purse[COST] += cost
    holdings.is_held[name] = True
    holdings.amount[name] = worth / price
    holdings.price[name] = price
    holdings.held_days[name] = 0
    _record(trades, row, name, True, amount, price, worth, cost, factor)


@kernel
def _payable(amount: float, price: float, factor: float, cash: float, rules: Rules) -> float:
    """How much of an order the cash pays for, its cost included, in whole units."""
    worth = amount * price
    cost = max(worth * rules.open_cost, rules.min_cost)
    if cash < cost:
        return 0.0
    if cash < worth + cost:
        amount = min(_affordable(price, cash, rules), amount)
    return in_units(amount, factor, rules.trade_unit)


@kernel
def _affordable(price: float, cash: float, rules: Rules) -> float:
    """How many shares cash buys when the cost is paid from it, too."""
    if cash < rules.min_cost:
        return 0.0
    if cash >= rules.min_cost / rules.open_cost + rules.min_cost:
        return cash / (1 + rules.open_cost) / price
    return (cash - rules.min_cost) / price


@kernel
def _record(
    trades: Trades,
    row: int,
    name: int,
    is_buy: bool,
    amount: float,
    price: float,
    value: float,
    cost: float,
    factor: float,
) -> None:
    place = trades.filled[0]
    trades.row[place] = row
    trades.name[place] = name
    trades.is_buy[place] = is_buy
    trades.amount[place] = amount
    trades.price[place] = price
    trades.value[place] = value
    trades.cost[place] = cost
    trades.factor[place] = factor
    trades.filled[0] = place + 1
