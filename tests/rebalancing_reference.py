"""WEIGHTED and LONG_SHORT once more, name by name in plain Python, as the document defines them."""

import math
from typing import Any

import pandas as pd

from domain.specs import ExchangeSpec, StrategyKind, StrategySpec


def reference(
    market: dict[str, pd.DataFrame],
    scores: pd.DataFrame,
    strategy: StrategySpec,
    rules: ExchangeSpec,
    money: float,
) -> tuple[pd.DataFrame, list[tuple[Any, ...]]]:
    """The daily report and the trades.

    Args:
        market: Frames of days by names: deal, close, factor, can_buy, can_sell.
        scores: The same, of the trading day before.
    """
    is_short = strategy.kind is StrategyKind.LONG_SHORT
    given = strategy.parameters
    held: dict[str, float] = {}
    seen: dict[str, float] = {}
    cash, account, due = money, money, 0
    rows, trades = [], []
    yesterday = None
    for number, day in enumerate(scores.index):
        deal, close = market["deal"].loc[day], market["close"].loc[day]
        costs = turned = 0.0
        if is_short and yesterday is not None:
            borrowed = sum(-amount * seen[name] for name, amount in held.items() if amount < 0)
            costs += borrowed * given["borrow_cost"] * (day - yesterday).days / 365
            cash -= costs
        ranked = scores.loc[day].dropna().sort_values(ascending=False)
        if number >= due and len(ranked):
            due = number + given["rebalance_days"]
            worth = cash + sum(
                amount * (seen[name] if math.isnan(deal[name]) else deal[name])
                for name, amount in held.items()
            )
            weights: dict[str, float] = {}
            if is_short:
                each = min(strategy.topk, len(ranked) // 2)
                for name in ranked.index[:each]:
                    weights[name] = given["gross"] / each
                for name in ranked.index[len(ranked) - each :]:
                    weights[name] = -given["gross"] / each
            else:
                chosen = list(ranked.index[: strategy.topk])
                points = [1.0] * len(chosen)
                if given["weighting"] == "RANK":
                    points = [float(len(chosen) - place) for place in range(len(chosen))]
                for name, point in zip(chosen, points, strict=True):
                    weights[name] = point / sum(points) * given["risk_degree"]
            changes = {}
            for name in sorted({*held, *weights}):
                if not math.isnan(deal[name]):
                    target = weights.get(name, 0.0) * worth / deal[name]
                    changes[name] = target - held.get(name, 0.0)
            buys = [name for name, change in changes.items() if change > 0]
            if not is_short:
                buys.sort(key=lambda name: -weights[name])
            for name in [name for name, change in changes.items() if change < 0] + buys:
                amount, price = abs(changes[name]), deal[name]
                is_buy = changes[name] > 0
                if not market["can_buy" if is_buy else "can_sell"].loc[day, name]:
                    continue
                if is_buy and not is_short:
                    most = min(cash / (1 + rules.open_cost), cash - rules.min_cost)
                    amount = max(min(amount, most / price), 0.0)
                is_all = not is_buy and amount == held.get(name)
                if rules.trade_unit and not is_all:
                    raw = amount * market["factor"].loc[day, name]
                    units = math.floor(raw / rules.trade_unit)
                    amount = units * rules.trade_unit / market["factor"].loc[day, name]
                if amount * price <= 1e-5:
                    continue
                rate = rules.open_cost if is_buy else rules.close_cost
                cost = max(amount * price * rate, rules.min_cost)
                cash += (-1 if is_buy else 1) * amount * price - cost
                held[name] = held.get(name, 0.0) + (1 if is_buy else -1) * amount
                if held[name] == 0:
                    del held[name]
                costs, turned = costs + cost, turned + amount * price
                trades.append((day, name, "BUY" if is_buy else "SELL", amount, price, cost))
        seen.update({name: price for name, price in close.items() if not math.isnan(price)})
        value = sum(amount * seen[name] for name, amount in held.items())
        before, account = account, cash + value
        rows.append(
            {
                "account": account,
                "return": (account - before + costs) / before,
                "cost": costs / before,
                "turnover": turned / before,
                "value": value,
                "cash": cash,
            }
        )
        yesterday = day
    return pd.DataFrame(rows, index=scores.index), trades
