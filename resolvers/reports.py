"""A kept backtest, read back from its arrays."""

import numpy as np

from compute.analysis.report import DailyReport
from domain.arrays import FloatArray
from domain.artifacts import ArtifactStore
from domain.records import ResultRecord


def daily_report(result: ResultRecord, store: ArtifactStore) -> DailyReport:
    """The days of a backtest; without a benchmark its returns are missing, not zero."""

    def column(name: str) -> FloatArray:
        return np.asarray(store.open_array(result.artifacts[f"report:{name}"]))

    bench = column("bench")
    return DailyReport(
        dates=np.asarray(store.open_array(result.artifacts["report:date"])),
        account=column("account"),
        portfolio_return=column("return"),
        benchmark_return=bench if result.document["benchmark"] else np.full_like(bench, np.nan),
        cost=column("cost"),
        turnover=column("turnover"),
        value=column("value"),
        cash=column("cash"),
    )
