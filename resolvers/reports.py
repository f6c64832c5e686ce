"""A kept backtest, read back from its arrays."""

from compute.analysis.report import DailyReport
from compute.kept_report import read_report, report_columns
from domain.artifacts import ArtifactStore
from domain.records import ResultRecord


def daily_report(result: ResultRecord, store: ArtifactStore) -> DailyReport:
    """The days of a backtest; without a benchmark its returns are missing, not zero."""
    columns = report_columns(result.artifacts)
    return read_report(columns, store, has_benchmark=bool(result.document["benchmark"]))
