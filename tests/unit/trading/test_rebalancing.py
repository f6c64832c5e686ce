"""WEIGHTED and LONG_SHORT: hand-reckoned days, a plain reference, and money that goes nowhere."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from rebalancing_reference import reference

from compute.trading.book import Book, positions_of, report_of, trades_of
from compute.trading.long_short import exposures_of
from compute.trading.rebalancing import QuotedDays, trade
from compute.trading.weighted import weights_of
from domain.errors import BadInputError
from domain.specs import DealPrice, ExchangeSpec, StrategyKind, StrategySpec
from domain.strategy_parameters import check_strategy_parameters

FREE = ExchangeSpec(DealPrice.CLOSE, 0.0, 0.0, 0.0, None, None)
COSTLY = ExchangeSpec(DealPrice.OPEN, 0.0005, 0.0015, 5.0, 0.095, None)
UNITS = replace(COSTLY, trade_unit=100)
MONDAYS = np.array(["2024-01-05", "2024-01-08", "2024-01-09"], "M8[D]")
"""A Friday, the Monday after it and a Tuesday."""


def strategy(kind: str, topk: int, **parameters: object) -> StrategySpec:
    found = StrategyKind(kind)
    return StrategySpec(topk, topk, found, check_strategy_parameters(parameters, found))


def quoted(close: list[list[float]], days: np.ndarray = MONDAYS) -> QuotedDays:
    prices = np.array(close)
    is_quoted = np.isfinite(prices)
    ones = np.ones(prices.shape)
    return QuotedDays(
        days, prices, prices, ones, is_quoted, is_quoted.copy(), np.zeros(len(prices))
    )


def book(rules: ExchangeSpec, money: float, names: str = "AB") -> Book:
    return Book(np.array(list(names)), rules, money)


def test_weights_by_rank() -> None:
    scores = np.array([1.0, np.nan, 4.0, 3.0, 2.0])

    np.testing.assert_array_equal(weights_of(scores, 3, "RANK") * 6, [0, 0, 3, 2, 1])
    np.testing.assert_array_equal(weights_of(scores, 2, "EQUAL"), [0, 0, 0.5, 0.5, 0])
    np.testing.assert_array_equal(weights_of(scores, 9, "RANK") * 10, [1, 0, 4, 3, 2])


def test_both_sides_share_no_name() -> None:
    scores = np.array([1.0, np.nan, 4.0, 3.0, 2.0])

    np.testing.assert_array_equal(exposures_of(scores, 1, 2.0), [-2, 0, 2, 0, 0])
    np.testing.assert_array_equal(exposures_of(scores, 5, 1.0), [-0.5, 0, 0.5, 0.5, -0.5])
    np.testing.assert_array_equal(exposures_of(scores[:1], 5, 1.0), [0])


def test_a_weighted_book_by_hand() -> None:
    held = book(replace(FREE, open_cost=0.01, close_cost=0.02), 1000.0)
    days = quoted([[10.0, 20.0], [20.0, 20.0], [20.0, 10.0]])
    scores = np.array([[1.0, 2.0], [2.0, 1.0], [np.nan, np.nan]])

    trade(held, scores, days, strategy("WEIGHTED", 1, rebalance_days=1, risk_degree=0.5))

    # Day 1: 500 buy 25 of B and cost 5. Day 2: the 25 are worth 500, cash is 495; half of 995 is
    # for A: B brings 500 and costs 10, then 497.5 buy 24.875 of A and cost 4.975.
    report, trades = report_of(held), trades_of(held)
    np.testing.assert_allclose(report["cash"], [495, 482.525, 482.525])
    np.testing.assert_allclose(report["account"], [995, 980.025, 980.025])
    np.testing.assert_allclose(report["cost"], [5 / 1000, 14.975 / 995, 0])
    np.testing.assert_allclose(report["return"], 0, atol=1e-15)
    np.testing.assert_allclose(report["turnover"], [0.5, 997.5 / 995, 0])
    assert trades["side"].tolist() == ["BUY", "SELL", "BUY"]
    assert trades["symbol"].tolist() == ["B", "B", "A"]
    np.testing.assert_allclose(trades["amount"], [25, 25, 24.875])
    assert positions_of(held)["held_days"].tolist() == [1, 1, 2]


def test_a_long_short_book_by_hand() -> None:
    held = book(replace(FREE, open_cost=0.01, close_cost=0.02), 1000.0)
    days = quoted([[10.0, 20.0], [11.0, 22.0], [11.0, 22.0]])
    scores = np.array([[2.0, 1.0], [2.0, 1.0], [1.0, 2.0]])

    trade(held, scores, days, strategy("LONG_SHORT", 1, rebalance_days=9, borrow_cost=0.365))

    # Day 1: 50 of B are sold short for 1000 and 20 of cost, 100 of A bought for 1000 and 10.
    # Day 2: both sides gain 100; borrowing 1000 over three days costs 3. Day 3: 1100 for a day.
    report, positions = report_of(held), positions_of(held)
    np.testing.assert_allclose(report["account"], [970, 967, 965.9])
    np.testing.assert_allclose(report["cash"], [970, 967, 965.9])
    np.testing.assert_allclose(report["cost"], [0.03, 3 / 970, 1.1 / 967])
    np.testing.assert_allclose(report["return"], 0, atol=1e-15)
    np.testing.assert_allclose(positions["amount"], [100, -50] * 3)
    np.testing.assert_allclose(positions["weight"][:2], [1000 / 970, -1000 / 970])
    assert trades_of(held)["side"].tolist() == ["SELL", "BUY"]


def test_what_cannot_be_traded_stays() -> None:
    held = book(FREE, 1000.0)
    days = quoted([[10.0, 10.0], [np.nan, 10.0], [20.0, 10.0]])
    scores = np.array([[2.0, 1.0], [1.0, 2.0], [1.0, 2.0]])

    trade(held, scores, days, strategy("WEIGHTED", 1, rebalance_days=1, risk_degree=0.8))

    # A is suspended on day 2 and counts at 10; cash buys no more than there is.
    np.testing.assert_allclose(report_of(held)["cash"], [200, 0, 1600 - 1240])
    assert trades_of(held)["symbol"].tolist() == ["A", "B", "A", "B"]
    np.testing.assert_allclose(trades_of(held)["amount"], [80, 20, 80, 124])


def test_a_rebalancing_waits_for_scores() -> None:
    held = book(FREE, 1000.0)
    days = quoted([[10.0, 10.0]] * 3)
    scores = np.array([[np.nan, np.nan], [1.0, 2.0], [2.0, 1.0]])

    trade(held, scores, days, strategy("WEIGHTED", 1, rebalance_days=2))

    assert trades_of(held)["date"].tolist() == [MONDAYS[1].item()]


def test_an_account_that_is_used_up_is_told() -> None:
    days = quoted([[10.0, 10.0], [10.0, 30.0], [10.0, 30.0]])

    with pytest.raises(BadInputError, match=r"used up on 2024-01-08.*smaller gross") as caught:
        trade(book(FREE, 1000.0), np.tile([2.0, 1.0], (3, 1)), days, strategy("LONG_SHORT", 1))

    assert caught.value.field == "input.strategy.parameters.gross"


CASES = {
    "ranks": (strategy("WEIGHTED", 4, rebalance_days=1), COSTLY),
    "units": (strategy("WEIGHTED", 5, rebalance_days=3, risk_degree=1.0), UNITS),
    "equal": (strategy("WEIGHTED", 3, weighting="EQUAL"), COSTLY),
    "both": (strategy("LONG_SHORT", 3, rebalance_days=1, borrow_cost=0.08), COSTLY),
    "more": (strategy("LONG_SHORT", 20, rebalance_days=4, gross=0.7), COSTLY),
}


def awkward(seed: int) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """A year of twelve names with suspensions, limits, splits, one that ends and missing scores."""
    random = np.random.default_rng(seed)
    shape = (240, 12)
    names = [f"N{place:02}" for place in range(12)]
    dates = pd.bdate_range("2020-01-01", periods=240)
    close = 20 * np.cumprod(1 + random.normal(0.0005, 0.02, shape), axis=0)
    close[random.random(shape) < 0.05] = np.nan
    close[150:, 3] = np.nan
    deal = close * random.uniform(0.99, 1.01, shape)
    is_quoted = np.isfinite(close)
    factor = np.where(np.arange(240)[:, None] < 100, 0.5, 0.73) * np.ones(shape)
    panels = {
        "deal": deal,
        "close": close,
        "factor": factor,
        "can_buy": is_quoted & (random.random(shape) > 0.1),
        "can_sell": is_quoted & (random.random(shape) > 0.1),
    }
    scores = np.argsort(random.random(shape), axis=1) + 1.0
    scores[random.random(shape) < 0.1] = np.nan
    scores[[0, 40, 41]] = np.nan
    frames = {name: pd.DataFrame(panel, dates, names) for name, panel in panels.items()}
    return frames, pd.DataFrame(scores, dates, names)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("seed", [1, 2])
def test_strategies_are_the_plain_reference(case: str, seed: int) -> None:
    plan, rules = CASES[case]
    market, scores = awkward(seed)
    days = scores.index.to_numpy().astype("M8[D]")
    panels = {name: frame.to_numpy() for name, frame in market.items()}
    held = Book(np.array(scores.columns.tolist()), rules, 1e6)

    trade(held, scores.to_numpy(), QuotedDays(days, **panels, bench=np.zeros(240)), plan)

    theirs, their_trades = reference(market, scores, plan, rules, 1e6)
    report, trades = report_of(held), trades_of(held)
    for name in ("account", "value", "cash"):
        np.testing.assert_allclose(report[name], theirs[name], rtol=1e-12, atol=1e-7)
    for name in ("return", "cost", "turnover"):
        np.testing.assert_allclose(report[name], theirs[name], rtol=0, atol=1e-12)
    expected = list(zip(*their_trades, strict=True))
    assert trades["symbol"].tolist() == list(expected[1])
    assert trades["side"].tolist() == list(expected[2])
    for name, numbers in (("amount", expected[3]), ("price", expected[4]), ("cost", expected[5])):
        np.testing.assert_allclose(trades[name], numbers, rtol=1e-9, atol=1e-9)
    assert len(trades["date"]) > 100


@pytest.mark.parametrize("case", CASES)
def test_money_goes_nowhere(case: str) -> None:
    plan, rules = CASES[case]
    market, scores = awkward(3)
    days = scores.index.to_numpy().astype("M8[D]")
    panels = {name: frame.to_numpy() for name, frame in market.items()}
    held = Book(np.array(scores.columns.tolist()), rules, 1e6)
    trade(held, scores.to_numpy(), QuotedDays(days, **panels, bench=np.zeros(240)), plan)
    report, trades = report_of(held), pd.DataFrame(trades_of(held))
    positions = pd.DataFrame(positions_of(held))

    # Account is cash and value; it changes by what holdings and trades gained, less the cost.
    closes = market["close"].ffill()
    signed = trades["amount"].where(trades["side"] == "BUY", -trades["amount"])
    moves = signed.groupby([trades["date"], trades["symbol"]]).sum().unstack()
    moves = moves.reindex(closes.index, columns=closes.columns).fillna(0)
    amounts = moves.cumsum()
    of_held = (amounts.shift(1).fillna(0) * closes.diff().fillna(0)).sum(axis=1)
    at = trades.set_index(["date", "symbol"])["price"].groupby(level=[0, 1]).first().unstack()
    at = at.reindex(closes.index, columns=closes.columns)
    of_trades = (moves * (closes - at)).fillna(0).sum(axis=1)
    before = np.append(1e6, report["account"][:-1])
    gained = before + of_held.to_numpy() + of_trades.to_numpy() - report["cost"] * before
    np.testing.assert_allclose(report["account"], gained, rtol=1e-9)
    np.testing.assert_allclose(report["account"], report["cash"] + report["value"], rtol=1e-14)
    listed = positions.pivot(index="date", columns="symbol", values="amount")
    listed = listed.reindex(closes.index, columns=closes.columns).fillna(0)
    np.testing.assert_allclose(listed, amounts, rtol=1e-9, atol=1e-6)
    is_long = plan.kind is StrategyKind.WEIGHTED
    assert report["cash"].min() > -1e-6 if is_long else (positions["weight"] < 0).any()
    assert (positions["amount"] > 0).all() == is_long
    assert (trades["amount"] > 0).all()
