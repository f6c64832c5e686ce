"""A kept backtest, read back from its arrays."""

from compute.analysis.report import DailyReport
from compute.kept_report import read_report, report_columns
from domain.arrays import FloatArray
from domain.artifacts import ArtifactStore
from domain.records import ResultRecord
from domain.strategy_parameters import Executor


def daily_report(result: ResultRecord, store: ArtifactStore) -> DailyReport:
    """The days of a backtest; without a benchmark its returns are missing, not zero."""
    columns = report_columns(result.artifacts)
    return read_report(columns, store, has_benchmark=bool(result.document["benchmark"]))


def stale_holdings(result: ResultRecord, store: ArtifactStore) -> FloatArray | None:
    """How many holdings had stopped having quotes on each day; None where that was not counted."""
    digest = report_columns(result.artifacts).get("stale_holdings")
    return None if digest is None else store.open_array(digest).astype("f8")


def warnings_of(result: ResultRecord) -> list[str]:
    """What to know of a backtest; empty where that was not noted yet."""
    return list(result.document.get("warnings", ()))


def executor_of(result: ResultRecord) -> Executor:
    """What traded; strategies that Qlib does not have are always traded by our own."""
    return Executor(result.document.get("executor", Executor.QATLAS))
