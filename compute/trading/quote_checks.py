"""Whether quotes bear the rules of an exchange: what is missing is refused, or told."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from compute.progress import ProgressReport, Report
from domain.arrays import Array, BoolPanel
from domain.errors import EmptyDataError
from domain.severity import Severity
from domain.specs import ExchangeSpec

Field = npt.NDArray[np.float32]
"""Shape (days, symbols); NaN where there is no value."""


@dataclass(frozen=True, slots=True, eq=False)
class RawQuotes:
    """The fields of an exchange as the bars have them."""

    symbols: tuple[str, ...]
    close: Field
    deal: Field
    change: Field
    factor: Field

    def lacking(self, field: Field) -> BoolPanel:
        """Where a field is missing although there is a close."""
        return ~np.isnan(self.close) & np.isnan(field)

    def named(self, which: Array | np.bool_) -> list[str]:
        """The symbols of some columns, ascending."""
        return sorted(np.array(self.symbols)[which].tolist())


def check_quotes(raw: RawQuotes, rules: ExchangeSpec, report: Report) -> None:
    """Check that the quotes have what the rules read, and tell of what they have in part.

    Raises:
        EmptyDataError: There is no close, no deal price, no change behind a limit, or a close
            without a factor behind a trade unit.
    """
    if np.isnan(raw.close).all():
        raise EmptyDataError(
            "No name that the signal holds has a close in the period; nothing could be traded.",
            "input.period",
        )
    _require_deal_price(raw, rules, report)
    if rules.limit_threshold is not None:
        _require_changes(raw, report)
    if rules.trade_unit is not None:
        _require_factors(raw)


def _require_deal_price(raw: RawQuotes, rules: ExchangeSpec, report: Report) -> None:
    field = f"${rules.deal_price.bar_field}"
    without, bars = int(raw.lacking(raw.deal).sum()), int((~np.isnan(raw.close)).sum())
    if without == bars:
        raise EmptyDataError(
            f"The data has no {field} in the period, and Qlib would deal at the close in its "
            "place; deal at CLOSE.",
            "input.exchange.dealPrice",
        )
    if without:
        _warn(
            f"{field} is missing on {without:,} of {bars:,} bars; orders there "
            "are dealt at the close.",
            report,
        )


def _require_changes(raw: RawQuotes, report: Report) -> None:
    has_close = ~np.isnan(raw.close)
    has_change = has_close & ~np.isnan(raw.change)
    if not has_change.any():
        raise EmptyDataError(
            "The data has no $change in the period, so Qlib would apply no limit; leave "
            "limitThreshold null.",
            "input.exchange.limitThreshold",
        )
    unlimited = raw.named(has_close.any(axis=0) & ~has_change.any(axis=0))
    if unlimited:
        _warn(f"No limit applies to {listed(unlimited)}: they have no $change.", report)


def _require_factors(raw: RawQuotes) -> None:
    """Qlib gives up trade units for all names where one close has no factor."""
    broken = raw.named(raw.lacking(raw.factor).any(axis=0))
    if broken:
        raise EmptyDataError(
            f"{listed(broken)} lack $factor on days with a close, and Qlib would then trade "
            "without units; mend the data or leave tradeUnit null.",
            "input.exchange.tradeUnit",
        )


def listed(names: Sequence[str]) -> str:
    """A few names in a sentence, and how many more there are."""
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more


def _warn(message: str, report: Report) -> None:
    report(ProgressReport("opening the exchange", level=Severity.WARNING, message=message))
