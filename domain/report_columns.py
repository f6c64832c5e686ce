"""The daily figures of a backtest, by the names that clients know."""

MONEY = ("account", "value", "cash")
"""In the account's currency; the others are fractions."""

REPORT_COLUMNS = {
    "account": "account",
    "portfolioReturn": "portfolio_return",
    "benchmarkReturn": "benchmark_return",
    "cost": "cost",
    "turnover": "turnover",
    "value": "value",
    "cash": "cash",
    "cumulativeReturn": "cumulative_return",
    "cumulativeExcess": "cumulative_excess",
    "drawdown": "drawdown",
}
"""Attributes of `DailyReport` and `CumulativeFigures`, in the order in which they go out."""
