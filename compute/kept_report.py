"""A backtest's days, read back from what its worker kept."""

from collections.abc import Mapping

import numpy as np

from compute.analysis.report import DailyReport
from domain.arrays import FloatArray
from domain.artifacts import ArtifactStore

PREFIX = "report:"
"""What the names of a report's columns begin with among the artifacts of a backtest."""


def read_report(
    columns: Mapping[str, str], store: ArtifactStore, *, has_benchmark: bool
) -> DailyReport:
    """The days of a backtest; without a benchmark its returns are missing, not zero.

    Args:
        columns: Digests of the columns by their names as Qlib has them: `date`, `return`, ….
        store: Where they are.
        has_benchmark: Whether there was one to compare with.

    Raises:
        ArtifactMissingError: A column is no longer kept.
    """

    def column(name: str) -> FloatArray:
        return np.asarray(store.open_array(columns[name]))

    bench = column("bench")
    return DailyReport(
        dates=np.asarray(store.open_array(columns["date"])),
        account=column("account"),
        portfolio_return=column("return"),
        benchmark_return=bench if has_benchmark else np.full_like(bench, np.nan),
        cost=column("cost"),
        turnover=column("turnover"),
        value=column("value"),
        cash=column("cash"),
    )


def report_columns(artifacts: Mapping[str, str]) -> dict[str, str]:
    """The digests of a report's columns among the artifacts of a backtest."""
    return {
        name.removeprefix(PREFIX): digest
        for name, digest in artifacts.items()
        if name.startswith(PREFIX)
    }
