"""A backtest day by day, and what follows from its days."""

from dataclasses import dataclass

import numpy as np

from compute.analysis.market_line import MarketLine, market_line
from compute.analysis.moments import defined_mean
from compute.analysis.risk import (
    RiskFigures,
    risk_analysis,
    running_drawdown,
    sharpe,
    win_rate,
)
from domain.arrays import DateArray, FloatArray
from domain.risk import AccumulationMode


@dataclass(frozen=True, slots=True, eq=False)
class DailyReport:
    """What a backtest did on each trading day; all arrays have shape (days,).

    Args:
        dates: Trading days as datetime64[D], ascending.
        account: Cash and holdings at the close, in the account's currency.
        portfolio_return: Before cost, a fraction of the account of the day before.
        benchmark_return: Fractions; NaN on every day where there is no benchmark.
        cost: Fractions of the account of the day before.
        turnover: Two-sided, bought plus sold over the account of the day before.
        value: Holdings at the close, in the account's currency.
        cash: In the account's currency.

    Raises:
        ValueError: The arrays differ in length, or the benchmark misses some days only.
    """

    dates: DateArray
    account: FloatArray
    portfolio_return: FloatArray
    benchmark_return: FloatArray
    cost: FloatArray
    turnover: FloatArray
    value: FloatArray
    cash: FloatArray

    def __post_init__(self) -> None:
        columns = (self.account, self.portfolio_return, self.benchmark_return, self.cost)
        others = (self.turnover, self.value, self.cash)
        if any(column.shape != self.dates.shape for column in columns + others):
            raise ValueError("The columns of a daily report must be as long as its dates.")
        missing = np.isnan(self.benchmark_return)
        if missing.any() and not missing.all():
            raise ValueError("A benchmark must have a return on every day of the report, or none.")

    @property
    def has_benchmark(self) -> bool:
        """Whether there is a benchmark to compare with."""
        return not bool(np.isnan(self.benchmark_return).any())

    @property
    def net_return(self) -> FloatArray:
        """Return after cost."""
        return self.portfolio_return - self.cost


@dataclass(frozen=True, slots=True)
class BacktestRiskFigures:
    """Risk of a backtest: of its net return, of the benchmark, and of the difference.

    What compares with a benchmark is None where there is none. `cost_drag` is what cost takes of
    the annualised return, `market_line` how the net return goes with the benchmark.
    """

    absolute: RiskFigures
    benchmark: RiskFigures | None
    excess_return_without_cost: RiskFigures | None
    excess_return_with_cost: RiskFigures | None
    sharpe: float
    turnover: float
    win_rate: float
    cost_drag: float
    market_line: MarketLine | None


@dataclass(frozen=True, slots=True)
class MonthlyReturnFigures:
    """Compounded returns of one calendar month, partial ones too; NaN without a benchmark."""

    year: int
    month: int
    portfolio: float
    benchmark: float
    excess: float


@dataclass(frozen=True, slots=True, eq=False)
class CumulativeFigures:
    """Running sums of a report, shape (days,); `cumulative_excess` NaN without a benchmark."""

    cumulative_return: FloatArray
    cumulative_excess: FloatArray
    drawdown: FloatArray


def backtest_risk(
    report: DailyReport, mode: AccumulationMode, periods_per_year: int
) -> BacktestRiskFigures:
    """Sum up a backtest.

    Args:
        report: The backtest's days.
        mode: Whether returns are added or compounded.
        periods_per_year: What a year is taken to have; Qlib's own is 238.

    Raises:
        BadInputError: periods_per_year is below 1.

    Source:
        qlib.workflow.record_temp.PortAnaRecord for the differences; the mean of the turnover
        that Qlib reports each day.
    """

    def against(benchmark_difference: FloatArray) -> RiskFigures | None:
        if not report.has_benchmark:
            return None
        return risk_analysis(benchmark_difference, periods_per_year, mode)

    net, benchmark = report.net_return, report.benchmark_return
    absolute = risk_analysis(net, periods_per_year, mode)
    before_cost = risk_analysis(report.portfolio_return, periods_per_year, mode)
    return BacktestRiskFigures(
        absolute=absolute,
        benchmark=against(benchmark),
        excess_return_without_cost=against(report.portfolio_return - benchmark),
        excess_return_with_cost=against(report.portfolio_return - benchmark - report.cost),
        sharpe=sharpe(net, periods_per_year),
        turnover=defined_mean(report.turnover),
        win_rate=win_rate(net),
        cost_drag=before_cost.annualized_return - absolute.annualized_return,
        market_line=market_line(net, benchmark, periods_per_year) if report.has_benchmark else None,
    )


def monthly_returns(report: DailyReport) -> tuple[MonthlyReturnFigures, ...]:
    """Compound the net return and the benchmark's within each calendar month, in order.

    The product over months of 1 + portfolio is the final account over the initial one.
    """
    months = report.dates.astype("datetime64[M]")
    names, starts = np.unique(months, return_index=True)
    if not names.size:
        return ()
    portfolio = np.multiply.reduceat(1 + report.net_return, starts) - 1
    benchmark = np.multiply.reduceat(1 + report.benchmark_return, starts) - 1
    return tuple(
        MonthlyReturnFigures(day.year, day.month, float(own), float(market), float(own - market))
        for day, own, market in zip(names.tolist(), portfolio, benchmark, strict=True)
    )


def cumulative_figures(report: DailyReport) -> CumulativeFigures:
    """Add up the days of a report.

    `cumulative_return` sums the net return, `cumulative_excess` the net return minus the
    benchmark's; `drawdown` is the distance of the first below its running maximum, whose lowest
    value is the maximum drawdown of `absolute` in SUM.
    """
    cumulative = np.cumsum(report.net_return)
    excess = np.cumsum(report.net_return - report.benchmark_return)
    return CumulativeFigures(cumulative, excess, running_drawdown(cumulative))
