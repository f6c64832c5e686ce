"""Judgement of backtests against quantstats and empyrical, on real returns."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

import empyrical
import numpy as np
import pandas as pd
import pytest

from bars.bins import read_bins
from bars.directory import MarketDirectory
from compute.analysis.drawdowns import drawdowns
from compute.analysis.market_line import market_line
from compute.analysis.report import DailyReport, backtest_risk
from domain.risk import AccumulationMode

HELD = ["SH600000", "SH600519", "SZ000002", "SZ000651"]


@pytest.fixture(scope="module")
def quantstats_stats() -> ModuleType:
    """quantstats' statistics; yfinance is only what it downloads with, so an empty one will do."""
    sys.modules.setdefault("yfinance", ModuleType("yfinance"))
    return importlib.import_module("quantstats.stats")


@pytest.fixture(scope="module")
def report(csi300_directory: Path) -> DailyReport:
    """What four Chinese shares earned in equal parts, less a cost, and the CSI 300 beside them."""
    market = MarketDirectory.open(csi300_directory)
    first, last = np.searchsorted(market.calendar, np.array(["2015-01-05", "2019-12-31"], "M8[D]"))
    closes = read_bins(market, "close", [*HELD, "SH000300"], slice(first - 1, last + 1))
    changes = pd.DataFrame(closes.astype("f8")).ffill().pct_change().iloc[1:].to_numpy()
    days = len(changes)
    cost = np.where(np.arange(days) % 5, 0.0, 0.0004)
    empty = np.zeros(days)
    gross = changes[:, :4].mean(axis=1)
    return DailyReport(
        market.calendar[first : last + 1], empty, gross, changes[:, 4], cost, empty, empty, empty
    )


@pytest.mark.parametrize("mode", list(AccumulationMode))
def test_falls_are_quantstatss(
    report: DailyReport, mode: AccumulationMode, quantstats_stats: ModuleType
) -> None:
    net = pd.Series(report.net_return, pd.DatetimeIndex(report.dates))
    summed = net.cumsum() - net.cumsum().cummax()
    compounded = (1 + net).cumprod() / (1 + net).cumprod().cummax() - 1
    curve = summed if mode is AccumulationMode.SUM else compounded
    theirs = quantstats_stats.drawdown_details(curve).sort_values("max drawdown")

    ours = drawdowns(report.net_return, report.dates, mode, 10_000)

    place = {day.date(): row for row, day in enumerate(net.index)}
    assert len(ours) == len(theirs) > 20
    for one, their in zip(ours[:20], theirs.itertuples(index=False), strict=False):
        begins, bottom, ends = (place[pd.Timestamp(their[one]).date()] for one in range(3))
        end = place[one.recovery] - 1 if one.recovery else len(net) - 1
        assert (place[one.start] + 1, place[one.bottom], end) == (begins, bottom, ends)
        assert one.depth * 100 == pytest.approx(their[4], rel=1e-9)
        assert one.days_down == bottom - begins + 1
        assert one.days == (place[one.recovery] if one.recovery else end) - place[one.start]


def test_the_market_line_is_quantstatss_and_empyricals(
    report: DailyReport, quantstats_stats: ModuleType
) -> None:
    net = pd.Series(report.net_return, pd.DatetimeIndex(report.dates))
    bench = pd.Series(report.benchmark_return, net.index)
    theirs = quantstats_stats.greeks(net, bench, periods=238, prepare_returns=False)

    line = market_line(report.net_return, report.benchmark_return, 238)

    assert 0.3 < line.beta < 1.5
    assert line.beta == pytest.approx(theirs["beta"], rel=1e-10)
    assert line.alpha == pytest.approx(theirs["alpha"], rel=1e-10)
    assert line.beta == pytest.approx(empyrical.beta(net, bench), rel=1e-10)
    compounded = empyrical.alpha(net, bench, annualization=238)
    assert (1 + line.alpha / 238) ** 238 - 1 == pytest.approx(compounded, rel=1e-9)


def test_cost_drag_is_what_the_annual_return_lacks(report: DailyReport) -> None:
    summed = backtest_risk(report, AccumulationMode.SUM, 238).cost_drag
    compounded = backtest_risk(report, AccumulationMode.PRODUCT, 238).cost_drag

    assert summed == pytest.approx(report.cost.mean() * 238, rel=1e-9)
    gross = empyrical.annual_return(report.portfolio_return, annualization=238)
    net = empyrical.annual_return(report.net_return, annualization=238)
    assert compounded == pytest.approx(gross - net, rel=1e-9)
    assert compounded > 0.015
