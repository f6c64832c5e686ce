"""What a backtest is held against, day by day."""

import numpy as np

from bars.universes import Days
from compute.engine.market_panels import MarketPanels
from compute.progress import ProgressReport, Report
from domain.arrays import FloatArray
from domain.errors import EmptyDataError
from domain.severity import Severity


def benchmark_returns(
    code: str | None, panels: MarketPanels, days: Days, report: Report
) -> FloatArray:
    """The returns of a benchmark from close to close, with the bits of Qlib's.

    Qlib computes in float32, adds 1 to each return and takes it away again.

    Args:
        code: A symbol; None for none.
        panels: The fields of the market.
        days: Trading days in a row, at least one.
        report: Is told of days without a close.

    Returns:
        Shape (days,), fractions; 0 where the day or the one before has no close, or without a
        benchmark.

    Raises:
        EmptyDataError: The benchmark has no close on any of the days.
    """
    if code is None:
        return np.zeros(len(days))
    first = int(np.searchsorted(panels.directory.calendar, days[0]))
    closes = panels.panels(["close"], [code], first + len(days))["close"].values[:, 0]
    missing = int(np.isnan(closes[first:]).sum())
    if missing == len(days):
        raise EmptyDataError(
            f"The benchmark {code} has no close between {days[0]} and {days[-1]}; "
            "choose one that has, or null for none.",
            "input.benchmark",
        )
    if missing:
        message = f"The benchmark {code} has no close on {missing:,} days; its return there is 0."
        report(ProgressReport("reading the benchmark", level=Severity.WARNING, message=message))
    one = np.float32(1)
    returns = np.zeros(len(days), dtype=np.float32)
    has_before = min(first, 1)
    with np.errstate(all="ignore"):
        now, before = closes[first + 1 - has_before :], closes[first - has_before : -1]
        returns[1 - has_before :] = now / before - one
        returns = np.where(np.isnan(returns), np.float32(0), returns) + one - one
    return returns.astype(np.float64)
