"""The exchange of a backtest: Qlib's, with every rule passed, and quotes that bear the rules."""

import numpy as np
import pandas as pd
from qlib.backtest.exchange import Exchange

from compute.progress import ProgressReport, Report
from compute.trading_days import TradingDays
from domain.errors import EmptyDataError
from domain.severity import Severity
from domain.specs import ExchangeSpec

_NO_LIMIT = float("inf")
"""Qlib takes None for the limit of its region; no change is as large as this."""


def open_exchange(
    rules: ExchangeSpec, symbols: tuple[str, ...], days: TradingDays, report: Report
) -> Exchange:
    """Open Qlib's exchange for all names that are ever traded.

    The names are a plain list: a universe would hide the quotes of those that left it, and they
    could never be sold.

    Raises:
        EmptyDataError: The quotes lack what a rule reads, so that Qlib would silently leave the
            rule out: the deal price, the change behind limits, the factor behind trade units.
    """
    exchange = Exchange(
        freq="day",
        start_time=pd.Timestamp(days.days[0]),
        end_time=pd.Timestamp(days.days[-1]),
        codes=list(symbols),
        deal_price=f"${rules.deal_price.bar_field}",
        subscribe_fields=[],
        limit_threshold=_NO_LIMIT
        if rules.limit_threshold is None
        else float(rules.limit_threshold),
        volume_threshold=None,
        open_cost=rules.open_cost,
        close_cost=rules.close_cost,
        min_cost=rules.min_cost,
        impact_cost=0.0,
        trade_unit=rules.trade_unit,
    )
    _require_quotes(exchange.quote_df, rules, report)
    return exchange


def _require_quotes(quotes: pd.DataFrame, rules: ExchangeSpec, report: Report) -> None:
    if quotes["$close"].isna().all():
        raise EmptyDataError(
            "No name that the signal holds has a close in the period; nothing could be traded.",
            "input.period",
        )
    _require_deal_price(quotes, rules, report)
    if rules.limit_threshold is not None:
        _require_changes(quotes, report)
    if rules.trade_unit is not None:
        _require_factors(quotes)


def _require_deal_price(quotes: pd.DataFrame, rules: ExchangeSpec, report: Report) -> None:
    field = f"${rules.deal_price.bar_field}"
    without = _lacking(quotes, field)
    if without.all():
        raise EmptyDataError(
            f"The data has no {field} in the period, and Qlib would deal at the close in its "
            "place; deal at CLOSE.",
            "input.exchange.dealPrice",
        )
    if without.any():
        _warn(
            f"{field} is missing on {int(without.sum()):,} of {len(without):,} bars; orders there "
            "are dealt at the close.",
            report,
        )


def _require_changes(quotes: pd.DataFrame, report: Report) -> None:
    without = _lacking(quotes, "$change")
    if without.all():
        raise EmptyDataError(
            "The data has no $change in the period, so Qlib would apply no limit; leave "
            "limitThreshold null.",
            "input.exchange.limitThreshold",
        )
    unlimited = _names(without.groupby(level="instrument").all())
    if unlimited:
        _warn(f"No limit applies to {_listed(unlimited)}: they have no $change.", report)


def _require_factors(quotes: pd.DataFrame) -> None:
    """Qlib gives up trade units for all names where one close has no factor."""
    broken = _names(_lacking(quotes, "$factor").groupby(level="instrument").any())
    if broken:
        raise EmptyDataError(
            f"{_listed(broken)} lack $factor on days with a close, and Qlib would then trade "
            "without units; mend the data or leave tradeUnit null.",
            "input.exchange.tradeUnit",
        )


def _lacking(quotes: pd.DataFrame, field: str) -> pd.Series:
    """Where a field is missing, of the bars that have a close."""
    traded = quotes[quotes["$close"].notna()]
    return traded[field].isna()


def _names(is_named: pd.Series) -> list[str]:
    return sorted(is_named.index[is_named.to_numpy(dtype=np.bool_)])


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more


def _warn(message: str, report: Report) -> None:
    report(ProgressReport("opening the exchange", level=Severity.WARNING, message=message))
