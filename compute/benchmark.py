"""What a backtest is held against."""

import pandas as pd
from qlib.data import D

from compute.progress import ProgressReport, Report
from compute.trading_days import TradingDays
from domain.errors import EmptyDataError
from domain.severity import Severity


def qlib_benchmark(code: str | None, days: TradingDays, report: Report) -> str | pd.Series:
    """The benchmark as Qlib's account takes it: a code, or returns of zero where there is none.

    Qlib takes None for SH000300, and a day without a return for one of zero.

    Raises:
        EmptyDataError: The code has no close in the period.
    """
    if code is None:
        return pd.Series(0.0, pd.DatetimeIndex(days.days, name="datetime"))
    closes = _closes(code, days)
    if not len(closes):
        raise EmptyDataError(
            f"The benchmark {code} has no close between {days.days[0]} and {days.days[-1]}; "
            "choose one that has, or null for none.",
            "input.benchmark",
        )
    missing = len(days.days) - len(closes)
    if missing:
        message = f"The benchmark {code} has no close on {missing:,} days; its return there is 0."
        report(ProgressReport("reading the benchmark", level=Severity.WARNING, message=message))
    return code


def _closes(code: str, days: TradingDays) -> pd.Series:
    first, last = (pd.Timestamp(days.days[place]) for place in (0, -1))
    return D.features([code], ["$close"], first, last)["$close"].dropna()
