"""Shares that tests of histories make up, and what is found of them."""

from collections.abc import Mapping

import numpy as np

from bars.bar_checks import InstrumentBars
from bars.history_checks import HistoryChecks
from bars.quality import Findings, QualityIssue

Columns = Mapping[str, np.ndarray]

NAN = np.nan


def trading_days(count: int) -> np.ndarray:
    """Weekdays from 2020-01-01 on; the tenth is 2020-01-14."""
    return np.busday_offset("2020-01-01", np.arange(count))


def history_issues(
    shares: Mapping[str, Columns], days: np.ndarray | None = None
) -> dict[str, QualityIssue]:
    """What the checks of histories say of shares, given column by column over all days."""
    if days is None:
        days = trading_days(len(next(iter(shares.values()))["close"]))
    findings = Findings()
    checks = HistoryChecks.over(days)
    for symbol, columns in shares.items():
        floats = {field: np.asarray(one, dtype=np.float32) for field, one in columns.items()}
        checks.add(InstrumentBars(symbol, days, floats), findings)
    checks.report(findings)
    return {issue.check: issue for issue in findings.issues()}


def issues_of_closes(*closes: float) -> dict[str, QualityIssue]:
    """What the checks say of one share AAA with these closes and nothing else."""
    return history_issues({"AAA": {"close": np.array(closes)}})
