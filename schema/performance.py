"""What a backtest earned and risked, as clients see it."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Annotated, cast

import numpy as np
import strawberry

from compute.analysis.drawdowns import drawdowns
from compute.analysis.report import (
    BacktestRiskFigures,
    backtest_risk,
    cumulative_figures,
    monthly_returns,
)
from compute.analysis.risk import RiskFigures
from compute.downsampling import pick_rows
from compute.outcomes import finite
from domain.artifacts import ArtifactStore
from domain.downloads import ReportDownload
from domain.ids import result_id
from domain.records import ResultRecord
from resolvers.inquiry import Answer
from resolvers.reports import daily_report, executor_of, stale_holdings, warnings_of
from resolvers.series import Thinning
from schema.context import Info
from schema.enums import AccumulationMode, Executor
from schema.falls import Drawdown, require_count
from schema.scalars import DateColumn, FloatColumn
from schema.series import Provenance

_WARNINGS = "What to know of it, such as days without a signal or names that lost their quotes."


@strawberry.type(description="Figures of a series of daily returns; null where undefined.")
class RiskAnalysis:
    """Risk figures."""

    mean: float | None = strawberry.field(description="Mean daily return; geometric in PRODUCT.")
    std: float | None = strawberry.field(
        description="Standard deviation (ddof 1), of the log returns in PRODUCT."
    )
    annualized_return: float | None = strawberry.field(description="A fraction per year.")
    information_ratio: float | None = strawberry.field(
        description="Mean over standard deviation, annualised."
    )
    max_drawdown: float | None = strawberry.field(
        description="Deepest fall from a peak; zero or below."
    )
    sortino: float | None = strawberry.field(
        description="Mean over downside deviation, annualised."
    )
    calmar: float | None = strawberry.field(description="Annualised return over the deepest fall.")

    @classmethod
    def of(cls, figures: RiskFigures) -> "RiskAnalysis":
        """Figures as clients see them."""
        return cls(
            mean=finite(figures.mean),
            std=finite(figures.std),
            annualized_return=finite(figures.annualized_return),
            information_ratio=finite(figures.information_ratio),
            max_drawdown=finite(figures.max_drawdown),
            sortino=finite(figures.sortino),
            calmar=finite(figures.calmar),
        )


@strawberry.type(
    description=(
        "Annualised over `periodsPerYear`; mode says whether returns were summed or compounded."
    )
)
class BacktestRisk:
    """The risk of a backtest."""

    answer: strawberry.Private[Answer]
    id: strawberry.ID = strawberry.field(
        description="Equal for equal content and arguments, for caches; not a node."
    )
    absolute: RiskAnalysis = strawberry.field(description="Of the return after cost.")
    benchmark: RiskAnalysis | None = strawberry.field(
        description="Of the benchmark; null without one."
    )
    excess_return_without_cost: RiskAnalysis | None = strawberry.field(
        description="Of the return before cost less the benchmark's."
    )
    excess_return_with_cost: RiskAnalysis | None = strawberry.field(
        description="Of the return after cost less the benchmark's."
    )
    sharpe: float | None = strawberry.field(description="Of the net return, risk-free rate 0.")
    turnover: float | None = strawberry.field(
        description="Mean daily, two-sided, over the previous day's account."
    )
    win_rate: float | None = strawberry.field(
        description="Days with a gain over days with a gain or loss."
    )
    cost_drag: float | None = strawberry.field(
        description="What cost takes of the annualised return, a fraction per year."
    )
    alpha: float | None = strawberry.field(
        description=(
            "Net return a year beyond what beta explains, summed and not compounded: days in a "
            "year times (mean net return - beta * mean benchmark return); null without a benchmark."
        )
    )
    beta: float | None = strawberry.field(
        description=(
            "Covariance of the net return with the benchmark's over the benchmark's variance "
            "(ddof 1); null without a benchmark."
        )
    )
    periods_per_year: int = strawberry.field(description="Days in a year.")
    mode: AccumulationMode = strawberry.field(description="How daily returns add up.")
    executor: Executor = strawberry.field(description="What traded.")
    warnings: list[str] = strawberry.field(description=_WARNINGS)
    provenance: Provenance = strawberry.field(description="How the figures came to be.")

    @classmethod
    def of(
        cls, answer: Answer, mode: AccumulationMode, periods_per_year: int, store: ArtifactStore
    ) -> "BacktestRisk":
        """The risk of a kept backtest."""
        kept = _Kept(answer.result.key, answer.result)
        risk = _risk(cast(Hashable, store), kept, mode, periods_per_year)
        line = risk.market_line
        return cls(
            answer=answer,
            id=strawberry.ID(result_id(answer.key, "risk", mode.value, periods_per_year)),
            absolute=RiskAnalysis.of(risk.absolute),
            benchmark=_analysis(risk.benchmark),
            excess_return_without_cost=_analysis(risk.excess_return_without_cost),
            excess_return_with_cost=_analysis(risk.excess_return_with_cost),
            sharpe=finite(risk.sharpe),
            turnover=finite(risk.turnover),
            win_rate=finite(risk.win_rate),
            cost_drag=finite(risk.cost_drag),
            alpha=finite(line.alpha) if line else None,
            beta=finite(line.beta) if line else None,
            periods_per_year=periods_per_year,
            mode=mode,
            executor=executor_of(answer.result),
            warnings=warnings_of(answer.result),
            provenance=Provenance.of(answer),
        )

    @strawberry.field(
        description=(
            "The falls of the net return in the mode, the deepest first: its depth is "
            "`absolute.maxDrawdown`. Falls never overlap."
        )
    )
    def drawdowns(
        self,
        info: Info,
        first: Annotated[
            int, strawberry.argument(description="The most to show, at most 500.")
        ] = 5,
    ) -> list[Drawdown] | None:
        """The deepest falls.

        Raises:
            BadInputError: `first` is below 0 or above 500.
        """
        require_count(first)
        report = daily_report(self.answer.result, info.context.services.store)
        found = drawdowns(report.net_return, report.dates, self.mode, first)
        return [Drawdown.of(one) for one in found]


@strawberry.type(
    description=(
        "Daily figures as fractions (0.01 is 1 %); money in the account's currency. "
        "`portfolioReturn` is before cost."
    )
)
class BacktestReport:
    """A daily report."""

    id: strawberry.ID = strawberry.field(
        description="Equal for equal content and arguments, for caches; not a node."
    )
    dates: DateColumn = strawberry.field(description="The days shown.")
    account: FloatColumn = strawberry.field(description="Cash and holdings at the close.")
    portfolio_return: FloatColumn = strawberry.field(description="Before cost.")
    benchmark_return: FloatColumn = strawberry.field(description="Of the benchmark.")
    cost: FloatColumn = strawberry.field(description="Over the previous day's account.")
    turnover: FloatColumn = strawberry.field(
        description="Two-sided, over the previous day's account."
    )
    value: FloatColumn = strawberry.field(description="Holdings at the close.")
    cash: FloatColumn = strawberry.field(description="Cash at the close.")
    cumulative_return: FloatColumn = strawberry.field(
        description="Running sum of the return after cost."
    )
    cumulative_excess: FloatColumn = strawberry.field(
        description="Running sum of the return after cost less the benchmark's."
    )
    drawdown: FloatColumn = strawberry.field(
        description="The cumulative return less its highest so far."
    )
    stale_holdings: FloatColumn | None = strawberry.field(
        description=(
            "How many holdings have no close on the day nor on a later one of the period; null "
            "where that was not counted."
        )
    )
    executor: Executor = strawberry.field(description="What traded.")
    warnings: list[str] = strawberry.field(description=_WARNINGS)
    source_count: int = strawberry.field(description="How many days there are.")
    returned_count: int = strawberry.field(description="How many days are shown.")
    download_url: str = strawberry.field(
        description=(
            "All days, as Parquet over plain HTTP; answers Range and If-None-Match. "
            "`?format=csv` and `?format=arrow` give other formats."
        )
    )
    provenance: Provenance = strawberry.field(description="How the figures came to be.")

    @classmethod
    def of(cls, answer: Answer, thinning: Thinning, store: ArtifactStore) -> "BacktestReport":
        """The days of a kept backtest, picked on the net cumulative return."""
        report = daily_report(answer.result, store)
        figures = cumulative_figures(report)
        rows = pick_rows(figures.cumulative_return, thinning.max_points, thinning.method)
        stale = stale_holdings(answer.result, store)

        def column(values: np.ndarray) -> FloatColumn:
            return FloatColumn(np.asarray(values)[rows])

        return cls(
            id=strawberry.ID(
                result_id(answer.key, "report", thinning.max_points, thinning.method.value)
            ),
            dates=DateColumn(np.asarray(report.dates)[rows]),
            account=column(report.account),
            portfolio_return=column(report.portfolio_return),
            benchmark_return=column(report.benchmark_return),
            cost=column(report.cost),
            turnover=column(report.turnover),
            value=column(report.value),
            cash=column(report.cash),
            cumulative_return=column(figures.cumulative_return),
            cumulative_excess=column(figures.cumulative_excess),
            drawdown=column(figures.drawdown),
            stale_holdings=None if stale is None else column(stale),
            executor=executor_of(answer.result),
            warnings=warnings_of(answer.result),
            source_count=len(report.dates),
            returned_count=len(rows),
            download_url=ReportDownload(answer.result.key).url,
            provenance=Provenance.of(answer),
        )


@strawberry.type(description="Compounded returns of one calendar month, partial ones too.")
class MonthlyReturn:
    """A month."""

    year: int = strawberry.field(description="The year.")
    month: int = strawberry.field(description="The month, from 1.")
    portfolio: float | None = strawberry.field(description="After cost.")
    benchmark: float | None = strawberry.field(description="Of the benchmark.")
    excess: float | None = strawberry.field(description="The difference.")

    @classmethod
    def all_of(cls, answer: Answer, store: ArtifactStore) -> list["MonthlyReturn"]:
        """The months of a kept backtest."""
        return [
            cls(
                year=one.year,
                month=one.month,
                portfolio=finite(one.portfolio),
                benchmark=finite(one.benchmark),
                excess=finite(one.excess),
            )
            for one in monthly_returns(daily_report(answer.result, store))
        ]


def _analysis(figures: RiskFigures | None) -> RiskAnalysis | None:
    return RiskAnalysis.of(figures) if figures else None


@dataclass(frozen=True, slots=True)
class _Kept:
    """A result, for remembering by its key what was made of it."""

    key: str
    result: ResultRecord = field(compare=False)


@lru_cache(maxsize=1024)
def _risk(
    store: Hashable, kept: _Kept, mode: AccumulationMode, periods_per_year: int
) -> BacktestRiskFigures:
    report = daily_report(kept.result, cast(ArtifactStore, store))
    return backtest_risk(report, mode, periods_per_year)
