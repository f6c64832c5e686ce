"""WEIGHTED and LONG_SHORT in a worker, on real prices."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from bars.bins import read_bins
from bars.directory import MarketDirectory
from bars.stamp import stamp
from catalog.artifacts import LocalArtifacts
from compute import qlib_session
from compute.progress import unheard
from domain.errors import BadInputError
from domain.period import Period
from domain.specs import DealPrice, ExchangeSpec, StrategyKind, StrategySpec
from domain.strategy_parameters import check_strategy_parameters
from domain.work import BacktestWork, Bars, StoredPanel

RULES = ExchangeSpec(DealPrice.OPEN, 0.0005, 0.0015, 5.0, 0.05, None)
Table = dict[str, np.ndarray]


@pytest.fixture
def store(tmp_path: Path) -> LocalArtifacts:
    return LocalArtifacts(tmp_path / "artifacts")


@pytest.fixture
def work(sample_directory: Path, store: LocalArtifacts) -> BacktestWork:
    qlib_session._standing.clear()
    market = MarketDirectory.open(sample_directory)
    spans = market.markets["us5"]
    symbols = list(spans)
    scores = -read_bins(market, "close", symbols).astype("f8")
    scores[5:] += -scores[:-5]
    panel = [store.put_array(one) for one in (scores, market.calendar, np.array(symbols))]
    return BacktestWork(
        bars=Bars(str(market.path), "us", stamp(market.path)),
        signal=StoredPanel(*panel),
        members={name: tuple((s.start, s.end) for s in spans[name]) for name in symbols},
        signal_period=Period(date(2000, 3, 1), date(2013, 3, 1)),
        period=Period(date(2010, 3, 1), date(2010, 8, 31)),
        benchmark="SPX",
        account=1e6,
        strategy=StrategySpec(2, 1),
        exchange=RULES,
    )


def traded(work: BacktestWork, store: LocalArtifacts) -> dict[str, Table]:
    from compute.backtesting import backtest

    found: dict[str, Table] = {"report": {}, "trades": {}, "positions": {}}
    for name, digest in backtest(work, store, unheard).artifacts.items():
        if name.count(":") == 1 and name.partition(":")[0] in found:
            table, _, column = name.partition(":")
            found[table][column] = np.asarray(store.open_array(digest))
    return found


@pytest.mark.parametrize("kind", [StrategyKind.WEIGHTED, StrategyKind.LONG_SHORT])
def test_own_strategies_fill_the_columns_of_qlibs(
    kind: StrategyKind, work: BacktestWork, store: LocalArtifacts
) -> None:
    qlibs = traded(work, store)
    strategy = StrategySpec(2, 2, kind, check_strategy_parameters({"rebalance_days": 3}, kind))

    found = traded(replace(work, strategy=strategy), store)

    for table, columns in found.items():
        shared = {name: qlibs[table][name].dtype.kind for name in columns}
        assert {name: column.dtype.kind for name, column in columns.items()} == shared, table
    report, positions = found["report"], found["positions"]
    np.testing.assert_array_equal(report["date"], qlibs["report"]["date"])
    np.testing.assert_array_equal(report["bench"], qlibs["report"]["bench"])
    np.testing.assert_allclose(report["account"], report["cash"] + report["value"], rtol=1e-14)
    growth = np.cumprod(1 + report["return"] - report["cost"])
    np.testing.assert_allclose(growth * 1e6, report["account"], rtol=1e-12)
    assert np.ptp(report["account"]) > 1e4
    assert (positions["amount"] < 0).any() == (kind is StrategyKind.LONG_SHORT)
    theirs, ours = priced(qlibs["trades"]), priced(found["trades"])
    both = theirs.keys() & ours.keys()
    assert len(both) > 5
    assert {place: ours[place] for place in both} == {place: theirs[place] for place in both}


def priced(trades: Table) -> dict[tuple[date, str], float]:
    """The price of each fill by its day and name."""
    places = zip(trades["date"].tolist(), trades["symbol"].tolist(), strict=True)
    return dict(zip(places, trades["price"].tolist(), strict=True))


def test_both_sides_need_twice_as_many_members(work: BacktestWork, store: LocalArtifacts) -> None:
    kind = StrategyKind.LONG_SHORT
    strategy = StrategySpec(3, 3, kind, check_strategy_parameters(None, kind))

    with pytest.raises(BadInputError, match="hold 2 names or fewer"):
        traded(replace(work, strategy=strategy), store)
