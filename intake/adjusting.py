"""From prices as vendors write them to bars as Qlib needs them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from intake.headers import ADJUSTED_CLOSE
from intake.quotes import Mask, Quotes
from intake.tables import Floats

_PRICES = ("open", "high", "low", "close", "vwap")


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """Adjusted bars of some instruments, in the order of the quotes.

    Attributes:
        quotes: What they were made of.
        columns: Values by field: prices adjusted by the factor, volume divided by it, the factor,
            the change as a fraction, the vwap, and all further fields as they were.
        is_estimated: The rows whose vwap was estimated.
        is_unadjusted: The rows whose prices nothing says how to adjust.
    """

    quotes: Quotes
    columns: Mapping[str, Floats]
    is_estimated: Mask
    is_unadjusted: Mask


def adjust(quotes: Quotes, is_index: Mask, *, is_adjusted: bool) -> Bars:
    """Make bars of quotes.

    The factor is that of the file, or adjusted close / close, or 1 where there is neither. A
    change that the file has is kept; else it is that between closes as they are kept, NaN on an
    instrument's first day. A vwap that is missing is estimated as (high + low + close) / 3.

    Args:
        quotes: Each with a close.
        is_index: The rows of indices, which have no vwap unless the file says so.
        is_adjusted: Whether prices and volumes are adjusted already.
    """
    factor = _factor(quotes)
    is_unadjusted: Mask = np.isnan(factor)
    factor[is_unadjusted] = 1
    vwap, is_estimated = _vwap(quotes, is_index)
    columns = {**quotes.fields, "vwap": vwap, "factor": factor}
    columns.pop(ADJUSTED_CLOSE, None)
    if not is_adjusted:
        for name in columns.keys() & set(_PRICES):
            columns[name] = columns[name] * factor
        if "volume" in columns:
            columns["volume"] = columns["volume"] / factor
    columns["change"] = _change(quotes, columns["close"])
    return Bars(quotes, columns, is_estimated, is_unadjusted)


def _factor(quotes: Quotes) -> Floats:
    factor = quotes.field("factor").copy()
    if ADJUSTED_CLOSE in quotes.fields:
        ratio = quotes.field(ADJUSTED_CLOSE) / quotes.field("close")
        factor = np.where(np.isnan(factor), ratio, factor)
    return factor


def _vwap(quotes: Quotes, is_index: Mask) -> tuple[Floats, Mask]:
    given = quotes.field("vwap")
    typical = (quotes.field("high") + quotes.field("low") + quotes.field("close")) / 3
    is_estimated: Mask = np.isnan(given) & np.isfinite(typical) & ~is_index
    return np.where(is_estimated, typical, given), is_estimated


def _change(quotes: Quotes, close: Floats) -> Floats:
    given = quotes.field("change")
    kept = close.astype(np.float32)
    moves = np.full(len(close), np.nan)
    moves[1:] = kept[1:] / kept[:-1].astype(np.float64) - 1  # as `bars.moves` has it
    moves[quotes.begins] = np.nan
    return np.where(np.isnan(given), moves, given)
