"""What follows from the days of a backtest."""

import numpy as np
import pandas as pd
import pytest

from compute.analysis.report import (
    DailyReport,
    backtest_risk,
    cumulative_figures,
    monthly_returns,
)
from compute.analysis.risk import risk_analysis, sharpe, win_rate
from domain.arrays import FloatArray
from domain.risk import AccumulationMode

INITIAL = 1e6


def _report(days: int = 90, seed: int = 11, benchmark: bool = True) -> DailyReport:
    random = np.random.default_rng(seed)
    dates = pd.bdate_range("2020-01-20", periods=days).to_numpy().astype("datetime64[D]")
    gross, cost = random.normal(0.0005, 0.01, size=days), random.uniform(0, 0.001, size=days)
    account: FloatArray = INITIAL * np.cumprod(1 + gross - cost)
    return DailyReport(
        dates=dates,
        account=account,
        portfolio_return=gross,
        benchmark_return=random.normal(0, 0.01, size=days) if benchmark else np.full(days, np.nan),
        cost=cost,
        turnover=random.uniform(0, 0.4, size=days),
        value=account * 0.9,
        cash=account * 0.1,
    )


@pytest.mark.parametrize("mode", list(AccumulationMode))
def test_risk_tells_gross_from_net_and_portfolio_from_benchmark(mode: AccumulationMode) -> None:
    report = _report()
    gross, cost, bench = report.portfolio_return, report.cost, report.benchmark_return

    figures = backtest_risk(report, mode, 252)

    assert figures.absolute == risk_analysis(gross - cost, 252, mode)
    assert figures.benchmark == risk_analysis(bench, 252, mode)
    assert figures.excess_return_without_cost == risk_analysis(gross - bench, 252, mode)
    assert figures.excess_return_with_cost == risk_analysis(gross - bench - cost, 252, mode)
    assert figures.sharpe == sharpe(gross - cost, 252)
    assert figures.win_rate == win_rate(gross - cost)
    assert figures.turnover == report.turnover.mean()


def test_without_a_benchmark_nothing_is_compared_with_one() -> None:
    report = _report(benchmark=False)

    figures = backtest_risk(report, AccumulationMode.SUM, 238)
    comparisons = (figures.excess_return_without_cost, figures.excess_return_with_cost)

    assert (figures.benchmark, *comparisons) == (None, None, None)
    assert np.isnan(cumulative_figures(report).cumulative_excess).all()
    assert all(np.isnan([m.benchmark, m.excess]).all() for m in monthly_returns(report))


def test_months_compound_to_the_final_account() -> None:
    report = _report()

    months = monthly_returns(report)

    grown = np.prod([1 + month.portfolio for month in months])
    assert grown == pytest.approx(report.account[-1] / INITIAL, rel=1e-12)


def test_months_are_those_of_the_calendar_partial_ones_too() -> None:
    report = _report()
    frame = pd.DataFrame(
        {"own": report.net_return, "market": report.benchmark_return},
        index=pd.DatetimeIndex(report.dates),
    )
    expected = (1 + frame).groupby(frame.index.to_period("M")).prod() - 1

    months = monthly_returns(report)

    assert [(m.year, m.month) for m in months] == [(p.year, p.month) for p in expected.index]
    np.testing.assert_allclose([m.portfolio for m in months], expected["own"], rtol=1e-12)
    np.testing.assert_allclose([m.benchmark for m in months], expected["market"], rtol=1e-12)
    assert all(m.excess == m.portfolio - m.benchmark for m in months)


def test_the_deepest_point_of_the_drawdown_is_the_summed_maximum() -> None:
    report = _report()

    figures = cumulative_figures(report)

    risk = backtest_risk(report, AccumulationMode.SUM, 238)
    assert figures.drawdown.min() == risk.absolute.max_drawdown
    net = pd.Series(report.net_return)
    np.testing.assert_allclose(figures.cumulative_return, net.cumsum(), rtol=1e-12)
    np.testing.assert_allclose(
        figures.cumulative_excess, (net - report.benchmark_return).cumsum(), atol=1e-14
    )


def test_a_report_without_days_has_no_months() -> None:
    report = _report(days=0)

    assert monthly_returns(report) == ()
    assert np.isnan(backtest_risk(report, AccumulationMode.SUM, 238).absolute.mean)


def test_columns_of_another_length_are_refused() -> None:
    report = _report()
    columns = {name: getattr(report, name) for name in DailyReport.__slots__}

    with pytest.raises(ValueError, match="as long as its dates"):
        DailyReport(**{**columns, "cash": report.cash[:-1]})


def test_a_benchmark_with_holes_is_refused() -> None:
    report = _report()
    columns = {name: getattr(report, name) for name in DailyReport.__slots__}
    holed = report.benchmark_return.copy()
    holed[5] = np.nan

    with pytest.raises(ValueError, match="on every day"):
        DailyReport(**{**columns, "benchmark_return": holed})
