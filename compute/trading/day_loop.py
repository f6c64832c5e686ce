"""Trades day after day: the order of operations of Qlib's strategy, executor and account."""

from typing import NamedTuple

import numpy as np

from compute.engine.compiled import kernel
from compute.trading.choosing import by_score, candidates, drop_worst, prefix
from compute.trading.market import (
    ACCOUNT,
    CASH,
    COST,
    TURNOVER,
    Flags,
    Floats,
    Holdings,
    Market,
    Places,
    Rules,
    can_trade,
    count_held,
)
from compute.trading.orders import Trades, buy, sell_all


class Closes(NamedTuple):
    """Room for what each day ends with, shape (days,), as `compute.portfolio_report` has it."""

    account: Floats
    returns: Floats
    cost: Floats
    turnover: Floats
    value: Floats
    cash: Floats
    stale: Places


class Positions(NamedTuple):
    """Room for what is held at the ends of days: `filled[0]` says how many rows there are."""

    filled: Places
    row: Places
    name: Places
    amount: Floats
    price: Floats
    weight: Floats
    held_days: Places


@kernel
def trade_days(
    market: Market,
    rules: Rules,
    holdings: Holdings,
    closes: Closes,
    trades: Trades,
    positions: Positions,
    first: int,
    stop: int,
) -> None:
    """Trade the days from a row to another, and write down what happens.

    Args:
        market: What is read.
        rules: How is traded.
        holdings: What is held before the first of the days, and after the last.
        closes: Is filled at those rows.
        trades: Is filled from its start; has room for as many as days times names.
        positions: As `trades`.
        first: The first row.
        stop: The row before which to stop.
    """
    trades.filled[0] = 0
    positions.filled[0] = 0
    names = market.close.shape[1]
    order = np.empty(names, dtype=np.int64)
    today = np.empty(names, dtype=np.int64)
    is_dropped = np.empty(names, dtype=np.bool_)
    for row in range(first, stop):
        cost, turnover = holdings.purse[COST], holdings.purse[TURNOVER]
        if rules.liquidates:
            _liquidate(market, rules, holdings, trades, row)
        if market.signal_rows[row] >= 0:
            _rebalance(market, rules, holdings, trades, row, order, today, is_dropped)
        _close(market, holdings, closes, positions, row, cost, turnover)


@kernel
def _liquidate(market: Market, rules: Rules, holdings: Holdings, trades: Trades, row: int) -> None:
    """Sell what has no close any more at its last one."""
    for name in range(len(holdings.is_held)):
        last = market.last_closes[name]
        if holdings.is_held[name] and row > last:
            price, factor = holdings.price[name], market.factor[last, name]
            sell_all(rules, holdings, trades, row, name, price, factor)


@kernel
def _rebalance(
    market: Market,
    rules: Rules,
    holdings: Holdings,
    trades: Trades,
    row: int,
    order: Places,
    today: Places,
    is_dropped: Flags,
) -> None:
    """Sell the worst and buy the best, in equal parts of what cash there then is."""
    scored = by_score(market.scores[market.signal_rows[row]], order)
    if scored == 0:
        return
    held = count_held(holdings)
    found = candidates(market, rules, holdings, row, order, scored, held, today)
    dropped = drop_worst(market, rules, holdings, row, order, scored, today, found, is_dropped)
    cash = holdings.purse[CASH]  # as the strategy plans with it
    for name in range(len(is_dropped)):
        if is_dropped[name] and _may_sell(market, rules, holdings, row, name):
            price, factor = market.deal[row, name], market.factor[row, name]
            cash += sell_all(rules, holdings, trades, row, name, price, factor)
    bought = prefix(found, dropped + rules.topk - held)
    if rules.strict_topk:
        bought = prefix(found, max(0, rules.topk - count_held(holdings)))
    if bought == 0:
        return
    money = cash * rules.risk_degree / bought
    for place in range(bought):
        name = today[place]
        is_open = can_trade(market, row, name) if rules.forbid_at_limit else True
        if is_open and not market.limit_buy[row, name]:
            buy(market, rules, holdings, trades, row, name, money)


@kernel
def _may_sell(market: Market, rules: Rules, holdings: Holdings, row: int, name: int) -> bool:
    if holdings.held_days[name] < rules.hold_thresh or market.limit_sell[row, name]:
        return False
    return can_trade(market, row, name) if rules.forbid_at_limit else True


@kernel
def _close(
    market: Market,
    holdings: Holdings,
    closes: Closes,
    positions: Positions,
    row: int,
    cost: float,
    turnover: float,
) -> None:
    """Value what is held, and write the day down; cost and turnover are those before it."""
    purse = holdings.purse
    value, stale = 0.0, 0
    begin = positions.filled[0]
    for name in range(len(holdings.is_held)):
        if not holdings.is_held[name]:
            continue
        if not np.isnan(market.close[row, name]):
            holdings.price[name] = market.close[row, name]
        holdings.held_days[name] += 1
        value += holdings.amount[name] * holdings.price[name]
        stale += row > market.last_closes[name]
        _hold(positions, holdings, row, name)
    before, account = purse[ACCOUNT], value + purse[CASH]
    spent = purse[COST] - cost
    closes.account[row] = account
    closes.returns[row] = (account - before + spent) / before
    closes.cost[row] = spent / before
    closes.turnover[row] = (purse[TURNOVER] - turnover) / before
    closes.value[row] = value
    closes.cash[row] = purse[CASH]
    closes.stale[row] = stale
    purse[ACCOUNT] = account
    for place in range(begin, positions.filled[0]):
        positions.weight[place] = positions.amount[place] * positions.price[place] / account


@kernel
def _hold(positions: Positions, holdings: Holdings, row: int, name: int) -> None:
    place = positions.filled[0]
    positions.row[place] = row
    positions.name[place] = name
    positions.amount[place] = holdings.amount[name]
    positions.price[place] = holdings.price[name]
    positions.held_days[place] = holdings.held_days[name]
    positions.filled[0] = place + 1
