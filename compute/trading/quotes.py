"""What an exchange knows of every name on every day, read from the bars as Qlib reads it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from bars.universes import Days
from compute.engine.market_panels import MarketPanels
from compute.progress import Report
from compute.trading.quote_checks import RawQuotes, check_quotes
from domain.arrays import BoolPanel, FloatArray, RowArray
from domain.specs import ExchangeSpec

LEAST_PRICE = 1e-8
"""Qlib takes a deal price that is not above this for missing."""
_NO_LIMIT = float("inf")
"""No change is as large as this."""


@dataclass(frozen=True, slots=True, eq=False)
class Quotes:
    """The quotes of some names over trading days in a row; all panels are (days, symbols).

    Prices are adjusted and the bars' float32 made float64, as Qlib trades on them.

    Attributes:
        days: Ascending, datetime64[D].
        symbols: The columns, in the order asked.
        close: NaN where a name is suspended: no order is filled and its price stays the last one.
        deal: What orders are filled at: the deal price, and the close where there is none.
        factor: Adjusted over unadjusted price; NaN where the data has none.
        limit_buy: Nobody can buy: suspended, or the change is at or above the limit.
        limit_sell: Nobody can sell: suspended, or the change is at or below the negative limit.
    """

    days: Days
    symbols: tuple[str, ...]
    close: FloatArray
    deal: FloatArray
    factor: FloatArray
    limit_buy: BoolPanel
    limit_sell: BoolPanel

    @property
    def suspended(self) -> BoolPanel:
        """Who has no close."""
        return np.isnan(self.close)

    def last_rows(self) -> RowArray:
        """The last row on which each name has a close, shape (symbols,); -1 without any."""
        has_close = ~self.suspended
        last = len(has_close) - 1 - has_close[::-1].argmax(axis=0)
        return np.where(has_close.any(axis=0), last, -1).astype(np.int64)

    def are_prices(self) -> bool:
        """Whether closes and deal prices are positive and finite wherever there are closes."""
        has_close = ~self.suspended
        return bool(_positive(self.close[has_close]) and _positive(self.deal[has_close]))

    def have_units(self) -> bool:
        """Whether a trade unit is so many shares: factors are positive and finite at closes."""
        return _positive(self.factor[~self.suspended])


def open_quotes(
    panels: MarketPanels,
    rules: ExchangeSpec,
    symbols: Sequence[str],
    days: Days,
    report: Report,
) -> Quotes:
    """Read the quotes of all names that are ever traded.

    Args:
        panels: The fields of the market.
        rules: Which price is dealt at, and where trading stops.
        symbols: The names; one that is not listed is suspended throughout.
        days: Trading days in a row, at least one.
        report: Is told what is missing in part.

    Raises:
        EmptyDataError: The quotes lack what a rule reads, so that the rule would silently be left
            out: the deal price, the change behind limits, the factor behind trade units.
    """
    first = int(np.searchsorted(panels.directory.calendar, days[0]))
    names = ("close", rules.deal_price.bar_field, "change", "factor")
    read = panels.panels(dict.fromkeys(names), symbols, first + len(days))
    fields = {name: panel.values[first:] for name, panel in read.items()}
    raw = RawQuotes(
        tuple(symbols),
        fields["close"],
        fields[rules.deal_price.bar_field],
        fields["change"],
        fields["factor"],
    )
    check_quotes(raw, rules, report)
    return _quotes(raw, rules.limit_threshold, days)


def _quotes(raw: RawQuotes, threshold: float | None, days: Days) -> Quotes:
    close = _as_dealt(raw.close)
    deal = _as_dealt(raw.deal)
    # Comparisons in float32: 0.095 as such a number is not below the limit, and would be as float64
    limit = np.float32(_NO_LIMIT if threshold is None else threshold)
    suspended = np.isnan(close)
    return Quotes(
        days=days,
        symbols=raw.symbols,
        close=close,
        deal=np.where(deal > LEAST_PRICE, deal, close),
        factor=_as_dealt(raw.factor),
        limit_buy=(raw.change >= limit) | suspended,
        limit_sell=(raw.change <= -limit) | suspended,
    )


_as_dealt = partial(np.ascontiguousarray, dtype=np.float64)


def _positive(values: npt.NDArray[np.float64]) -> bool:
    return bool((np.isfinite(values) & (values > 0)).all())
