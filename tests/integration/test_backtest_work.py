"""Backtests as workers do them: stock Qlib's report, trades that add up, refusals by name."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bars.bins import read_bins
from bars.directory import MarketDirectory
from bars.stamp import stamp
from bars.universes import Span
from bars.writing import write_market
from catalog.artifacts import LocalArtifacts
from compute import qlib_session
from compute.progress import ProgressReport, unheard
from domain.arrays import FloatArray
from domain.errors import BadInputError, EmptyDataError, QatlasError
from domain.period import Period
from domain.severity import Severity
from domain.specs import DealPrice, ExchangeSpec, StrategySpec
from domain.work import BacktestWork, Bars, Outcome, StoredPanel

SCRIPT = Path(__file__).with_name("plain_qlib_backtest.py")
PERIOD = Period(date(2010, 3, 1), date(2010, 11, 30))
FREE = ExchangeSpec(DealPrice.CLOSE, 0.0, 0.0, 0.0, None, None)
COSTLY = ExchangeSpec(DealPrice.CLOSE, 0.0005, 0.0015, 5.0, None, None)
STRICT = ExchangeSpec(DealPrice.OPEN, 0.001, 0.002, 10.0, 0.03, 100)

PANEL = ("values", "dates", "symbols")

pytestmark = pytest.mark.filterwarnings("ignore:Mean of empty slice")

Run = Callable[[BacktestWork], Outcome]
Table = dict[str, np.ndarray]


@pytest.fixture(autouse=True)
def qlib_elsewhere() -> None:
    """Other tests put Qlib on their own directories."""
    qlib_session._standing.clear()


@pytest.fixture
def store(tmp_path: Path) -> LocalArtifacts:
    return LocalArtifacts(tmp_path / "artifacts")


@pytest.fixture
def run(store: LocalArtifacts) -> Run:
    from compute.backtesting import backtest

    return lambda work: backtest(work, store, unheard)


@pytest.fixture(scope="session")
def sample(sample_directory: Path) -> MarketDirectory:
    return MarketDirectory.open(sample_directory)


def keep(
    store: LocalArtifacts, values: np.ndarray, dates: np.ndarray, symbols: list[str]
) -> StoredPanel:
    arrays = (values, dates, np.array(symbols))
    return StoredPanel(*(store.put_array(array) for array in arrays))


def scores_of(directory: MarketDirectory, symbols: list[str]) -> np.ndarray:
    """Reversals of the last days, in steps so coarse that they often tie; NaN without a close."""
    closes = read_bins(directory, "close", symbols).astype("f8")
    scores = np.full(closes.shape, np.nan)
    scores[3:] = np.round(closes[:-3] / closes[3:] - 1, 2)
    return scores


@pytest.fixture
def sample_work(sample: MarketDirectory, store: LocalArtifacts) -> BacktestWork:
    spans = sample.markets["us5"]
    symbols = list(spans)
    return BacktestWork(
        bars=Bars(str(sample.path), "us", stamp(sample.path)),
        signal=keep(store, scores_of(sample, symbols), sample.calendar, symbols),
        members={name: tuple((s.start, s.end) for s in spans[name]) for name in symbols},
        signal_period=Period(date(2000, 3, 1), date(2013, 3, 1)),
        period=PERIOD,
        benchmark="SPX",
        account=1e6,
        strategy=StrategySpec(2, 1),
        exchange=COSTLY,
    )


def table(found: Outcome, store: LocalArtifacts, name: str) -> Table:
    return {
        column.removeprefix(f"{name}:"): np.asarray(store.open_array(digest))
        for column, digest in found.artifacts.items()
        if column.startswith(f"{name}:")
    }


RULES = {
    "costly": (COSTLY, StrategySpec(2, 1)),
    "strict": (STRICT, StrategySpec(3, 2, parameters={"hold_thresh": 3, "risk_degree": 0.8})),
    "tradable": (STRICT, StrategySpec(2, 1, parameters={"only_tradable": True})),
}


def as_qlib(exchange: ExchangeSpec, strategy: StrategySpec) -> dict[str, dict[str, Any]]:
    numbers = {"topk": strategy.topk, "n_drop": strategy.n_drop}
    rules = {
        "codes": "us5",
        "deal_price": exchange.deal_price.bar_field,
        "open_cost": exchange.open_cost,
        "close_cost": exchange.close_cost,
        "min_cost": exchange.min_cost,
        "limit_threshold": exchange.limit_threshold,
        "trade_unit": exchange.trade_unit,
    }
    return {"strategy": numbers | dict(strategy.parameters), "exchange": rules}


def run_plain_qlib(work: BacktestWork, store: LocalArtifacts, folder: Path) -> Table:
    settings = {
        "directory": work.bars.directory,
        "region": "us",
        "start": str(work.period.start),
        "end": str(work.period.end),
        "account": work.account,
        "benchmark": work.benchmark,
        "runs": {name: as_qlib(*rules) for name, rules in RULES.items()},
    }
    (folder / "settings.json").write_text(json.dumps(settings))
    arrays = {name: store.open_array(getattr(work.signal, name)) for name in PANEL}
    np.savez(folder / "signal.npz", **arrays)
    subprocess.run(
        [sys.executable, str(SCRIPT), "settings.json", "signal.npz", "found.npz"],
        cwd=folder,
        env=os.environ | {"PYTHONHASHSEED": "0"},
        check=True,
        capture_output=True,
    )
    return dict(np.load(folder / "found.npz"))


def test_reports_are_those_of_a_plain_qlib_script(
    sample_work: BacktestWork, run: Run, store: LocalArtifacts, tmp_path: Path
) -> None:
    qlibs = run_plain_qlib(sample_work, store, tmp_path)

    for rules, (exchange, strategy) in RULES.items():
        work = replace(sample_work, exchange=exchange, strategy=strategy)
        ours = table(run(work), store, "report")
        assert not ours.pop("stale_holdings").any()
        theirs = {name: qlibs[f"{rules}.{name}"] for name in ours}
        np.testing.assert_array_equal(ours["date"], theirs["date"])
        for name in ("account", "value", "cash"):
            np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-12, atol=0)
        for name in ("return", "bench", "cost", "turnover"):
            np.testing.assert_allclose(ours[name], theirs[name], rtol=0, atol=1e-12)
        assert ours["turnover"].mean() > 0.05
        assert ours["bench"].std() > 0
    assert len({qlibs[f"{rules}.account"][-1] for rules in RULES}) == len(RULES)


def test_the_columns_are_what_they_say(
    sample_work: BacktestWork, run: Run, store: LocalArtifacts, sample: MarketDirectory
) -> None:
    found = run(sample_work)

    report, trades, positions = (table(found, store, n) for n in ("report", "trades", "positions"))
    document = found.document
    assert set(report) == {
        "date", "account", "return", "bench", "cost", "turnover", "value", "cash",
        "stale_holdings",
    }  # fmt: skip
    for columns, rows in ((report, "trading_days"), (trades, "trades"), (positions, "positions")):
        assert {len(values) for values in columns.values()} == {document[rows]}
        assert columns["date"].dtype == np.dtype("datetime64[D]")
        floats = set(columns) - {"date", "symbol", "side", "held_days", "stale_holdings"}
        assert {columns[name].dtype for name in floats} == {np.dtype("f8")}
        assert all(np.isfinite(columns[name]).all() for name in floats)
    assert set(trades["side"]) == {"BUY", "SELL"}
    assert document["final_account"] == report["account"][-1]
    assert document["traded_symbols"] == len(set(trades["symbol"]))
    assert json.loads(json.dumps(document)) == document
    assert found.bytes == sum(map(store.size_of, set(found.artifacts.values())))
    inside = (sample.calendar >= np.datetime64(PERIOD.start)) & (
        sample.calendar <= np.datetime64(PERIOD.end)
    )
    np.testing.assert_array_equal(report["date"], sample.calendar[inside])


@pytest.mark.parametrize("exchange", [COSTLY, STRICT])
def test_the_trades_add_up_to_the_account(
    exchange: ExchangeSpec, sample_work: BacktestWork, run: Run, store: LocalArtifacts
) -> None:
    work = replace(sample_work, exchange=exchange)

    found = run(work)

    report, trades, positions = (table(found, store, n) for n in ("report", "trades", "positions"))
    frame = pd.DataFrame(trades)
    np.testing.assert_allclose(frame["value"], frame["amount"] * frame["price"], rtol=1e-12)
    flow = frame["value"].where(frame["side"] == "SELL", -frame["value"]) - frame["cost"]
    cash = (
        work.account + flow.groupby(frame["date"]).sum().reindex(report["date"]).fillna(0).cumsum()
    )
    np.testing.assert_allclose(cash, report["cash"], rtol=1e-12)
    held = pd.DataFrame(positions)
    value = (held["amount"] * held["price"]).groupby(held["date"]).sum()
    np.testing.assert_allclose(value.reindex(report["date"]).fillna(0), report["value"], rtol=1e-12)
    np.testing.assert_allclose(report["value"] + report["cash"], report["account"], rtol=1e-12)
    before = np.concatenate([[work.account], report["account"][:-1]])
    growth = before * (1 + report["return"] - report["cost"])
    np.testing.assert_allclose(growth, report["account"], rtol=1e-12)
    costs = frame["cost"].groupby(frame["date"]).sum().reindex(report["date"]).fillna(0)
    np.testing.assert_allclose(costs / before, report["cost"], atol=1e-12)


def test_holdings_are_those_that_the_trades_leave(
    sample_work: BacktestWork, run: Run, store: LocalArtifacts
) -> None:
    found = run(sample_work)

    report, trades, positions = (table(found, store, n) for n in ("report", "trades", "positions"))
    frame = pd.DataFrame(trades)
    signed = frame["amount"].where(frame["side"] == "BUY", -frame["amount"])
    changes = signed.groupby([frame["date"], frame["symbol"]]).sum().unstack()
    amounts = changes.reindex(report["date"]).fillna(0).cumsum()
    held = pd.DataFrame(positions).set_index(["date", "symbol"])
    listed = held["amount"].unstack().reindex(report["date"], columns=amounts.columns).fillna(0)
    np.testing.assert_allclose(listed, amounts, rtol=1e-9, atol=1e-6)
    account = pd.Series(report["account"], report["date"]).reindex(positions["date"]).to_numpy()
    weights = positions["amount"] * positions["price"] / account
    np.testing.assert_allclose(positions["weight"], weights, rtol=1e-12)
    bought = frame[frame["side"] == "BUY"].set_index(["date", "symbol"])
    assert (held["held_days"].loc[bought.index] == 1).all()
    assert held["held_days"].max() > 1
    order = pd.MultiIndex.from_arrays([positions["date"], positions["symbol"]])
    assert order.is_monotonic_increasing


def test_a_day_is_traded_on_the_signal_of_the_trading_day_before(
    sample_work: BacktestWork, sample: MarketDirectory, store: LocalArtifacts, run: Run
) -> None:
    friday = np.datetime64("2010-03-05")
    symbols = ["AAPL", "GOOG", "IBM", "MSFT"]
    values = np.array([[1.0, 2.0, 3.0, 4.0]])
    signal = keep(store, values, np.array([friday]), symbols)

    found = run(replace(sample_work, signal=signal))

    trades = table(found, store, "trades")
    assert set(trades["date"]) == {np.datetime64("2010-03-08")}
    assert set(trades["symbol"]) == {"IBM", "MSFT"}
    assert set(trades["side"]) == {"BUY"}
    assert found.document["signal_days"] == 1
    closes = read_bins(sample, "close", ["IBM", "MSFT"])
    row = sample.calendar.searchsorted(np.datetime64("2010-03-08"))
    expected = dict(zip(["IBM", "MSFT"], closes[row], strict=True))
    assert dict(zip(trades["symbol"], trades["price"], strict=True)) == expected


def test_only_days_of_the_signals_own_period_are_traded_on(
    sample_work: BacktestWork, store: LocalArtifacts, run: Run
) -> None:
    found = run(replace(sample_work, signal_period=Period(date(2010, 6, 1), date(2010, 6, 30))))

    days = table(found, store, "trades")["date"]
    assert (str(days.min()), str(days.max()) <= "2010-07-01") == ("2010-06-02", True)


def test_only_members_of_the_day_are_bought(
    sample_work: BacktestWork, store: LocalArtifacts, run: Run
) -> None:
    spans = sample_work.members | {"MSFT": ((date(2000, 1, 1), date(2010, 6, 30)),)}

    found = run(replace(sample_work, members=spans))

    trades = pd.DataFrame(table(found, store, "trades"))
    mine = trades[trades["symbol"] == "MSFT"]
    late = mine[mine["date"] > pd.Timestamp("2010-07-01")]
    assert (mine["side"] == "BUY").sum() > 1
    assert set(late["side"]) <= {"SELL"}
    assert table(found, store, "positions")["symbol"][-1] != "MSFT"


def test_of_equal_scores_the_first_symbol_is_held(
    sample_work: BacktestWork, sample: MarketDirectory, store: LocalArtifacts, run: Run
) -> None:
    symbols = ["MSFT", "IBM", "GOOG", "AAPL"]
    equal = keep(store, np.ones((len(sample.calendar), 4)), sample.calendar, symbols)

    found = run(replace(sample_work, signal=equal))

    assert set(table(found, store, "positions")["symbol"]) == {"AAPL", "GOOG"}


def test_without_a_benchmark_its_return_is_zero(
    sample_work: BacktestWork, store: LocalArtifacts, run: Run
) -> None:
    found, held_against = run(replace(sample_work, benchmark=None)), run(sample_work)

    report, other = (table(one, store, "report") for one in (found, held_against))
    assert not report["bench"].any()
    np.testing.assert_array_equal(report["account"], other["account"])


def test_no_limit_and_no_unit_are_none_whatever_the_region(
    sample_work: BacktestWork, store: LocalArtifacts, run: Run
) -> None:
    here = run(replace(sample_work, exchange=FREE))
    bars = replace(sample_work.bars, region="cn")
    there = run(replace(sample_work, exchange=FREE, bars=bars))

    assert here.artifacts == there.artifacts
    amounts = table(here, store, "trades")["amount"]
    assert (amounts % 1 > 0).any()


def test_units_are_of_unadjusted_shares(
    sample_work: BacktestWork, store: LocalArtifacts, run: Run
) -> None:
    trades = table(run(replace(sample_work, exchange=STRICT)), store, "trades")

    bought = trades["side"] == "BUY"  # what is sold in full may be odd after a dividend
    lots = (trades["amount"] * trades["factor"] / 100)[bought]
    np.testing.assert_allclose(lots, np.round(lots), atol=1e-4)
    assert len(set(trades["factor"])) > 1


def test_a_run_lets_go_of_its_quotes(sample_work: BacktestWork, run: Run) -> None:
    from qlib.backtest.high_performance_ds import NumpyQuote

    run(sample_work)

    assert NumpyQuote.get_data.cache_info().currsize == 0


def test_every_month_is_told(sample_work: BacktestWork, store: LocalArtifacts) -> None:
    from compute.backtesting import backtest

    told: list[ProgressReport] = []
    backtest(sample_work, store, told.append)

    trading = [report for report in told if report.phase == "trading"]
    assert len(trading) == 9 + 1
    assert (
        trading[-1].done
        == trading[-1].total
        == len(table(backtest(sample_work, store, unheard), store, "report")["date"])
    )


@pytest.mark.parametrize(
    ("change", "error", "field", "said"),
    [
        (
            {"period": Period(date(2012, 1, 2), date(2013, 3, 1))},
            BadInputError,
            "period.end",
            "end it on 2013-02-28 or earlier",
        ),
        (
            {"period": Period(date(2012, 1, 2), date(2020, 1, 1))},
            BadInputError,
            "period.end",
            "2013-02-28",
        ),
        (
            {"period": Period(date(2010, 3, 6), date(2010, 3, 7))},
            BadInputError,
            "period",
            "no trading day",
        ),
        (
            {"period": Period(date(2000, 3, 1), date(2000, 3, 1))},
            BadInputError,
            "period",
            "first day of the calendar",
        ),
        (
            {"signal_period": Period(date(2005, 1, 1), date(2005, 12, 31))},
            BadInputError,
            "period",
            "has values from 2005-01-03 to 2005-12-30",
        ),
        (
            {"members": {"FB": ((date(2012, 5, 18), None),)}},
            BadInputError,
            "period",
            "trades on signals of 2010-02-26 to 2010-11-29",
        ),
        (
            {"strategy": StrategySpec(5, 1)},
            BadInputError,
            "strategy.topk",
            "at most 4 members",
        ),
        ({"strategy": StrategySpec(2, 0)}, BadInputError, "strategy.nDrop", "at least one"),
        (
            {"strategy": StrategySpec(2, 1, parameters={"method_buy": "best"})},
            BadInputError,
            "strategy.parameters.method_buy",
            "give top or random",
        ),
        ({"benchmark": "SH000300"}, EmptyDataError, "benchmark", "SH000300 has no close"),
        ({"benchmark": "../spx"}, EmptyDataError, "benchmark", "no close"),
        ({"account": 3.0}, EmptyDataError, "account", "No order could be filled"),
    ],
)
def test_what_cannot_be_traded_is_refused_by_name(
    change: dict[str, Any],
    error: type[QatlasError],
    field: str,
    said: str,
    sample_work: BacktestWork,
    run: Run,
) -> None:
    with pytest.raises(error, match=re.escape(said)) as caught:
        run(replace(sample_work, **change))

    assert caught.value.field == f"input.{field}"


@pytest.fixture
def bare_market(tmp_path: Path) -> Callable[[str], MarketDirectory]:
    """Makes a market of two names of which one field is left out, or of one name only."""
    days = np.arange("2020-01-01", "2020-03-01", dtype="datetime64[D]")
    calendar = days[np.is_busday(days)]
    chance = np.random.default_rng(1)

    def write(lacking: str) -> MarketDirectory:
        bars: dict[str, dict[str, np.ndarray]] = {}
        for name in ("AA", "BB"):
            close = np.exp(chance.normal(0, 0.01, len(calendar)).cumsum())
            change = np.concatenate([[np.nan], close[1:] / close[:-1] - 1])
            columns = {"close": close, "open": close, "volume": close, "change": change}
            bars[name] = columns | {"factor": np.ones(len(calendar)), "vwap": close}
        name, _, field = lacking.partition(".")
        for one in ("AA", "BB") if name == "*" else (name,):
            del bars[one][field]
        spans = {one: (Span(date(2020, 1, 1)),) for one in bars}
        write_market(tmp_path / "bare", calendar, bars, {"both": spans})
        return MarketDirectory.open(tmp_path / "bare")

    return write


def bare_work(market: MarketDirectory, store: LocalArtifacts, **rules: Any) -> BacktestWork:
    exchange = replace(FREE, **rules)
    chance = np.random.default_rng(4).normal(size=(len(market.calendar), 2))
    return BacktestWork(
        bars=Bars(str(market.path), "us", stamp(market.path)),
        signal=keep(store, chance, market.calendar, ["AA", "BB"]),
        members={name: ((date(2020, 1, 1), None),) for name in ("AA", "BB")},
        signal_period=Period(date(2020, 1, 1), date(2020, 2, 28)),
        period=Period(date(2020, 1, 2), date(2020, 2, 27)),
        benchmark=None,
        account=1e6,
        strategy=StrategySpec(1, 1),
        exchange=exchange,
    )


@pytest.mark.parametrize(
    ("lacking", "rules", "field", "said"),
    [
        ("*.vwap", {"deal_price": DealPrice.VWAP}, "dealPrice", "no $vwap"),
        ("*.change", {"limit_threshold": 0.1}, "limitThreshold", "no $change"),
        ("BB.factor", {"trade_unit": 100}, "tradeUnit", "BB lack $factor"),
    ],
)
def test_a_rule_is_not_left_out_for_want_of_data(
    lacking: str,
    rules: dict[str, Any],
    field: str,
    said: str,
    bare_market: Callable[[str], MarketDirectory],
    store: LocalArtifacts,
    run: Run,
) -> None:
    work = bare_work(bare_market(lacking), store, **rules)

    with pytest.raises(EmptyDataError, match=re.escape(said)) as caught:
        run(work)

    assert caught.value.field == f"input.exchange.{field}"
    run(replace(work, exchange=FREE))


@pytest.mark.parametrize(
    ("lacking", "rules", "said"),
    [
        ("BB.vwap", {"deal_price": DealPrice.VWAP}, "dealt at the close"),
        ("BB.change", {"limit_threshold": 0.1}, "No limit applies to BB"),
    ],
)
def test_what_is_missing_in_part_is_told(
    lacking: str,
    rules: dict[str, Any],
    said: str,
    bare_market: Callable[[str], MarketDirectory],
    store: LocalArtifacts,
) -> None:
    from compute.backtesting import backtest

    told: list[ProgressReport] = []
    made = backtest(bare_work(bare_market(lacking), store, **rules), store, told.append)

    warnings = [one.message for one in told if one.level is Severity.WARNING]
    assert [message for message in warnings if message and said in message] == warnings != []
    assert made.document["warnings"] == warnings


def test_a_trade_without_a_factor_says_so(
    bare_market: Callable[[str], MarketDirectory], store: LocalArtifacts, run: Run
) -> None:
    trades = table(run(bare_work(bare_market("BB.factor"), store)), store, "trades")

    np.testing.assert_array_equal(np.isnan(trades["factor"]), trades["symbol"] == "BB")
    assert {"AA", "BB"} == set(trades["symbol"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda values: values * 0 + 3, "all scores are equal"),
        (
            lambda values: np.where(np.arange(len(values))[:, None] > 30, np.nan, values),
            "no member",
        ),
    ],
)
def test_a_signal_that_says_nothing_of_use_is_warned_of(
    change: Callable[[FloatArray], FloatArray],
    said: str,
    bare_market: Callable[[str], MarketDirectory],
    store: LocalArtifacts,
) -> None:
    from compute.backtesting import backtest

    work = bare_work(bare_market("BB.vwap"), store)
    changed = store.put_array(change(store.open_array(work.signal.values)))
    told: list[ProgressReport] = []
    backtest(replace(work, signal=replace(work.signal, values=changed)), store, told.append)

    warnings = [one.message or "" for one in told if one.level is Severity.WARNING]
    assert len([message for message in warnings if said in message]) == 1
