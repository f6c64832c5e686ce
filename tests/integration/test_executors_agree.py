"""Our executor against Qlib's: the same trades, holdings and account, whatever the rules."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from trading_ground import (
    STRICT,
    awkward_market,
    awkward_work,
    by_executor,
    require_equal,
    table_of,
    tables_of,
)

from bars.bins import read_bins
from bars.directory import MarketDirectory
from bars.stamp import stamp
from catalog.artifacts import LocalArtifacts
from compute import qlib_session
from compute.backtesting import backtest
from compute.progress import ProgressReport, unheard
from domain.input_issues import InvalidInputError
from domain.period import Period
from domain.specs import DealPrice, ExchangeSpec, StrategySpec
from domain.work import BacktestWork, Bars, Outcome, StoredPanel

FREE = ExchangeSpec(DealPrice.CLOSE, 0.0, 0.0, 0.0, None, None)
DEFAULT = ExchangeSpec(DealPrice.CLOSE, 0.0005, 0.0015, 5.0, 0.03, 100)

pytestmark = pytest.mark.filterwarnings("ignore:Mean of empty slice")

GRID: list[tuple[StrategySpec, ExchangeSpec, float]] = [
    (StrategySpec(5, 2), STRICT, 1e6),
    (StrategySpec(5, 1), FREE, 1e6),
    (StrategySpec(1, 1), DEFAULT, 1e5),
    (StrategySpec(4, 4), DEFAULT, 1e8),
    (StrategySpec(14, 3), STRICT, 1e6),
    (StrategySpec(6, 5, parameters={"only_tradable": True}), STRICT, 1e6),
    (StrategySpec(5, 2, parameters={"hold_thresh": 4, "risk_degree": 0.8}), DEFAULT, 1e6),
    (StrategySpec(5, 2, parameters={"forbid_all_trade_at_limit": False}), STRICT, 1e6),
    (
        StrategySpec(5, 3, parameters={"forbid_all_trade_at_limit": False, "only_tradable": True}),
        replace(DEFAULT, limit_threshold=0.01),
        1e6,
    ),
    (StrategySpec(5, 2, parameters={"risk_degree": 1.0}), replace(DEFAULT, min_cost=200.0), 3e4),
    (StrategySpec(6, 2, parameters={"risk_degree": 1.0}), replace(FREE, open_cost=0.01), 900.0),
    (StrategySpec(3, 2), replace(STRICT, deal_price=DealPrice.VWAP, trade_unit=7), 5e3),
    (StrategySpec(5, 2), replace(DEFAULT, limit_threshold=0.005), 1e6),
    (StrategySpec(2, 2, parameters={"hold_thresh": 30}), DEFAULT, 1e6),
]


@pytest.fixture(autouse=True)
def qlib_elsewhere() -> None:
    qlib_session._standing.clear()


@pytest.fixture
def store(tmp_path: Path) -> LocalArtifacts:
    return LocalArtifacts(tmp_path / "artifacts")


@pytest.fixture
def work(tmp_path: Path, store: LocalArtifacts) -> BacktestWork:
    return awkward_work(awkward_market(tmp_path / "market", 3), store, 5)


@pytest.mark.parametrize("seed", [1, 2])
def test_every_rule_gives_the_trades_and_the_account_of_qlib(
    seed: int, tmp_path: Path, store: LocalArtifacts
) -> None:
    work = awkward_work(awkward_market(tmp_path / "market", seed), store, seed + 10)
    accounts = set()
    for strategy, exchange, account in GRID:
        one = replace(work, strategy=strategy, exchange=exchange, account=account)
        ours, theirs = (by_executor(one, name, store) for name in ("QATLAS", "QLIB"))
        assert [ours.document["executor"], theirs.document["executor"]] == ["QATLAS", "QLIB"]
        require_equal(tables_of(ours, store), tables_of(theirs, store))
        accounts.add(ours.document["final_account"])
    assert len(accounts) == len(GRID)


def test_a_real_market_gives_the_trades_and_the_account_of_qlib(store: LocalArtifacts) -> None:
    place = os.environ.get("QATLAS_TEST_DATA")
    if not place:
        pytest.skip("QATLAS_TEST_DATA names no Qlib directory of the CSI 300")
    market = MarketDirectory.open(Path(place))
    spans = market.markets["csi300"]
    symbols = list(spans)
    closes = read_bins(market, "close", symbols)
    scores = np.full(closes.shape, np.nan)
    scores[5:] = closes[:-5] / closes[5:] - 1
    arrays = (scores, market.calendar, np.array(symbols))
    work = BacktestWork(
        bars=Bars(place, "cn", stamp(market.path)),
        signal=StoredPanel(*(store.put_array(array) for array in arrays)),
        members={name: tuple((span.start, span.end) for span in spans[name]) for name in symbols},
        signal_period=Period(date(2016, 12, 1), date(2020, 1, 1)),
        period=Period(date(2017, 1, 1), date(2017, 6, 30)),
        benchmark="SH000300",
        account=1e8,
        strategy=StrategySpec(50, 5),
        exchange=replace(DEFAULT, limit_threshold=0.095),
    )

    ours, theirs = (by_executor(work, name, store) for name in ("QATLAS", "QLIB"))

    require_equal(tables_of(ours, store), tables_of(theirs, store))
    assert ours.document["trades"] > 500


def test_holdings_without_quotes_are_counted_and_told(
    work: BacktestWork, store: LocalArtifacts
) -> None:
    told: list[ProgressReport] = []

    found = backtest(replace(work, strategy=StrategySpec(5, 1)), store, told.append)

    stale = table_of(found, store, "report")["stale_holdings"]
    held = table_of(found, store, "positions")
    assert stale.max() >= 1
    last = held["symbol"][held["date"] == held["date"][-1]]
    assert len(set(last) & {"N00", "N01", "N02"}) <= stale[-1]
    assert any("no quotes any more" in (one.message or "") for one in told)


def test_a_delisted_holding_can_be_sold_at_its_last_price(
    work: BacktestWork, store: LocalArtifacts
) -> None:
    sold = StrategySpec(5, 1, parameters={"delisted_policy": "LIQUIDATE_AT_LAST_PRICE"})

    kept = backtest(replace(work, strategy=StrategySpec(5, 1)), store, unheard)
    found = backtest(replace(work, strategy=sold), store, unheard)

    report, trades = (table_of(found, store, name) for name in ("report", "trades"))
    before = table_of(kept, store, "report")["stale_holdings"]
    assert not report["stale_holdings"].any()
    day = table_of(kept, store, "report")["date"][np.flatnonzero(before)[0]]
    held = table_of(kept, store, "positions")
    stale = (held["date"] == day) & np.isin(held["symbol"], ["N00", "N01", "N02"])
    prices = dict(zip(held["symbol"][stale], held["price"][stale], strict=True))
    dealt = (trades["date"] == day) & (trades["side"] == "SELL")
    sales = dict(zip(trades["symbol"][dealt], trades["price"][dealt], strict=True))
    assert prices
    assert {name: sales[name] for name in prices if name in sales} != {}
    assert all(sales[name] == price for name, price in prices.items() if name in sales)


def test_strict_topk_never_holds_more(work: BacktestWork, store: LocalArtifacts) -> None:
    def most(parameters: dict[str, Any]) -> int:
        strategy = StrategySpec(4, 2, parameters=parameters)
        held = table_of(
            backtest(replace(work, strategy=strategy), store, unheard), store, "positions"
        )
        return int(np.unique(held["date"], return_counts=True)[1].max())

    assert most({"strict_topk": True}) == 4 < most({})


@pytest.mark.parametrize(
    "own", [{"strict_topk": True}, {"delisted_policy": "LIQUIDATE_AT_LAST_PRICE"}]
)
def test_qlib_is_not_asked_for_what_it_does_not_know(
    own: dict[str, Any], work: BacktestWork, store: LocalArtifacts
) -> None:
    strategy = StrategySpec(5, 2, parameters=own | {"executor": "QLIB"})

    with pytest.raises(InvalidInputError, match="Qlib's executor does not know"):
        backtest(replace(work, strategy=strategy), store, unheard)


def test_prices_that_are_none_are_left_to_qlib(
    tmp_path: Path, store: LocalArtifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    from compute.trading import quotes

    work = awkward_work(awkward_market(tmp_path / "market", 3), store, 5)
    monkeypatch.setattr(quotes.Quotes, "are_prices", lambda _: False)
    told: list[ProgressReport] = []

    found = backtest(work, store, told.append)

    assert found.document["executor"] == "QLIB"
    assert any("Qlib's executor trades" in (one.message or "") for one in told)


@pytest.mark.parametrize("method", ["method_sell", "method_buy"])
def test_names_drawn_at_random_are_drawn_by_qlib_and_by_the_seed_alone(
    method: str, work: BacktestWork, store: LocalArtifacts
) -> None:
    def traded(**parameters: Any) -> Outcome:
        np.random.random(3)  # what a process has drawn before
        strategy = StrategySpec(5, 2, parameters=parameters)
        return backtest(replace(work, strategy=strategy), store, unheard)

    first, again, other = (traded(**{method: "random", "seed": seed}) for seed in (1, 1, 2))

    assert first.document["executor"] == "QLIB"
    assert first.artifacts == again.artifacts
    assert len({one.artifacts["report:account"] for one in (first, other, traded())}) == 3


def test_trading_by_our_own_executor_loads_no_qlib() -> None:
    program = "import sys, compute.backtesting; sys.exit('qlib' in sys.modules)"
    root = Path(__file__).parents[2]

    assert subprocess.run([sys.executable, "-c", program], cwd=root, check=False).returncode == 0
