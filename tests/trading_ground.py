"""A market with every awkward case, works on it, and how two executors' tables are compared."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from bars.directory import MarketDirectory
from bars.stamp import stamp
from bars.universes import Span
from bars.writing import write_market
from catalog.artifacts import LocalArtifacts
from compute.backtesting import backtest
from compute.progress import unheard
from domain.period import Period
from domain.specs import DealPrice, ExchangeSpec, StrategySpec
from domain.work import BacktestWork, Bars, Outcome, StoredPanel

NAMES = [f"N{number:02d}" for number in range(14)]
STRICT = ExchangeSpec(DealPrice.OPEN, 0.001, 0.002, 10.0, 0.03, 100)
Table = dict[str, np.ndarray]


def awkward_market(target: Path, seed: int) -> MarketDirectory:
    """Suspensions, names that end or come late, splits, limits both ways, opens that are missing.

    N00 to N02 end one after the other, N03 comes late, N04 is suspended for weeks.
    """
    chance = np.random.default_rng(seed)
    days = np.arange("2020-01-01", "2020-06-01", dtype="datetime64[D]")
    calendar = days[np.is_busday(days)]
    length = len(calendar)
    bars = {}
    for place, name in enumerate([*NAMES, "BENCH"]):
        raw = 5 + 20 * chance.random() * np.exp(chance.normal(0, 0.025, length).cumsum())
        factor = np.where(np.arange(length) < chance.integers(10, length), 1.0, 1.37) * 0.7
        close = raw * factor
        change = np.concatenate([[np.nan], close[1:] / close[:-1] - 1])
        opening = close * (1 + chance.normal(0, 0.005, length))
        opening[chance.random(length) < 0.03] = np.nan
        opening[chance.random(length) < 0.02] = 0.0
        columns = {"close": close, "open": opening, "vwap": close * 1.001, "change": change}
        columns |= {"factor": factor, "volume": np.full(length, 1e6)}
        gone = chance.random(length) < 0.04
        gone |= np.arange(length) >= 30 + 20 * place if place < 3 else False
        gone |= np.arange(length) < 40 if place == 3 else False
        gone |= (np.arange(length) // 20) % 2 == 1 if place == 4 else False
        bars[name] = {field: np.where(gone, np.nan, values) for field, values in columns.items()}
    spans = {name: (Span(date(2020, 1, 1)),) for name in bars}
    write_market(target, calendar, bars, {"every": spans})
    return MarketDirectory.open(target)


def awkward_work(market: MarketDirectory, store: LocalArtifacts, seed: int) -> BacktestWork:
    """A signal with ties, gaps, days without any score, and a member that leaves."""
    chance = np.random.default_rng(seed)
    scores = np.round(chance.normal(size=(len(market.calendar), len(NAMES))), 1)
    scores[chance.random(scores.shape) < 0.15] = np.nan
    scores[chance.random(len(scores)) < 0.1] = np.nan
    scores[60:65, 4:] = np.nan
    arrays = (scores, market.calendar, np.array(NAMES))
    spans = ((date(2020, 1, 1), None),)
    members = dict.fromkeys(NAMES, spans)
    members["N05"] = ((date(2020, 1, 1), date(2020, 3, 2)),)
    return BacktestWork(
        bars=Bars(str(market.path), "cn", stamp(market.path)),
        signal=StoredPanel(*(store.put_array(array) for array in arrays)),
        members=members,
        signal_period=Period(date(2020, 1, 1), date(2020, 5, 28)),
        period=Period(date(2020, 1, 1), date(2020, 5, 28)),
        benchmark="BENCH",
        account=1e6,
        strategy=StrategySpec(5, 2),
        exchange=STRICT,
    )


def by_executor(work: BacktestWork, executor: str, store: LocalArtifacts) -> Outcome:
    parameters = dict(work.strategy.parameters) | {"executor": executor}
    return backtest(
        replace(work, strategy=replace(work.strategy, parameters=parameters)), store, unheard
    )


def table_of(found: Outcome, store: LocalArtifacts, name: str) -> Table:
    return {
        column.removeprefix(f"{name}:"): np.asarray(store.open_array(digest))
        for column, digest in found.artifacts.items()
        if column.startswith(f"{name}:")
    }


def require_equal(ours: Mapping[str, Table], theirs: Mapping[str, Table]) -> None:
    """Money and amounts within 1e-12 of each other, fractions within 1e-12; all else equal."""
    for name, table in theirs.items():
        assert set(ours[name]) == set(table)
        for column, expected in table.items():
            found, said = ours[name][column], f"{name} {column}"
            if expected.dtype != np.dtype("f8"):
                np.testing.assert_array_equal(found, expected, said)
            elif column in ("return", "cost", "turnover", "bench", "weight") and name != "trades":
                np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12, err_msg=said)
            else:
                np.testing.assert_allclose(found, expected, rtol=1e-12, atol=0, err_msg=said)


def tables_of(found: Outcome, store: LocalArtifacts) -> dict[str, Table]:
    return {name: table_of(found, store, name) for name in ("report", "trades", "positions")}
