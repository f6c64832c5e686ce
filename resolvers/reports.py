"""A kept backtest, read back from its arrays."""

from compute.analysis.report import DailyReport
from domain.artifacts import ArtifactStore
from domain.records import ResultRecord


def daily_report(result: ResultRecord, store: ArtifactStore) -> DailyReport:
    """The days of a backtest."""

    def column(name: str):  # type: ignore[no-untyped-def]
        return store.open_array(result.artifacts[name])

    return DailyReport(
        dates=column("dates"),
        account=column("account"),
        portfolio_return=column("return"),
        benchmark_return=column("bench"),
        cost=column("cost"),
        turnover=column("turnover"),
        value=column("value"),
        cash=column("cash"),
    )
