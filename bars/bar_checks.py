"""Checks of one instrument's bars, day by day."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bars.moves import moves
from bars.quality import MAX_EXAMPLES, Findings
from bars.universes import Days

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

PRICES = ("open", "high", "low", "close")
_NEEDED = (*PRICES, "volume")
_CHANGE_TOLERANCE = 1e-3  # vendors round prices and changes
_TELLING_MOVE = 5e-3  # below it a fraction and a percentage are hard to tell apart
_RANGE_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class InstrumentBars:
    """The columns of one instrument over the whole calendar, NaN where there is no value."""

    symbol: str
    calendar: Days
    columns: Mapping[str, Floats]

    def column(self, field: str) -> Floats:
        """A field's values; all NaN where the instrument lacks it."""
        found = self.columns.get(field)
        return np.full(len(self.calendar), np.nan, dtype=np.float32) if found is None else found

    @property
    def closes(self) -> Mask:
        """The days with a close."""
        return np.isfinite(self.column("close"))

    def count(self, findings: Findings, check: str, days: Mask) -> None:
        """Count the days of a mask, with symbol and date as examples."""
        found = np.flatnonzero(days)
        if len(found):
            shown = [f"{self.symbol} {self.calendar[row]}" for row in found[:MAX_EXAMPLES]]
            findings.count(check, len(found), shown)


def check_bars(bars: InstrumentBars, findings: Findings) -> None:
    """Check what matters of a share's bars."""
    check_prices(bars, findings)
    _check_fields(bars, findings)
    _check_gaps(bars, findings)
    _check_change(bars, findings)
    if "factor" in bars.columns:
        gaps = bars.closes & ~np.isfinite(bars.columns["factor"])
        bars.count(findings, "FACTOR_GAPS", gaps)
    bars.count(findings, "ZERO_VOLUME_BARS", bars.closes & (bars.column("volume") == 0))


def check_prices(bars: InstrumentBars, findings: Findings) -> None:
    """Check what matters of an index's bars, too."""
    bars.count(findings, "INFINITE_VALUES", _any_day(bars, map(np.isinf, bars.columns.values())))
    priced = [bars.columns[field] for field in (*PRICES, "vwap") if field in bars.columns]
    bars.count(findings, "NON_POSITIVE_PRICES", _any_day(bars, (price <= 0 for price in priced)))
    _check_range(bars, findings)


def _any_day(bars: InstrumentBars, masks: Iterator[Mask]) -> Mask:
    days = np.zeros(len(bars.calendar), dtype=np.bool_)
    for mask in masks:
        days |= mask
    return days


def _check_range(bars: InstrumentBars, findings: Findings) -> None:
    low = bars.column("low") * np.float32(1 - _RANGE_TOLERANCE)
    high = bars.column("high") * np.float32(1 + _RANGE_TOLERANCE)
    inside = (bars.columns[field] for field in ("open", "close", "vwap") if field in bars.columns)
    outside = _any_day(bars, ((value < low) | (value > high) for value in inside))
    bars.count(findings, "PRICES_OUT_OF_RANGE", outside)


def _check_fields(bars: InstrumentBars, findings: Findings) -> None:
    missing = [field for field in _NEEDED if field not in bars.columns]
    if missing:
        findings.add("MISSING_PRICES", [f"{bars.symbol}: no {', '.join(missing)}"])
    for field in ("vwap", "factor", "change"):
        if field not in bars.columns:
            findings.add(f"MISSING_{field.upper()}", [bars.symbol])


def _check_gaps(bars: InstrumentBars, findings: Findings) -> None:
    """Count what is missing on days that have a close, and closes on days that have a price."""
    for field in _NEEDED:
        if field not in bars.columns:
            continue
        is_there = bars.closes
        if field == "close":
            others = (np.isfinite(bars.column(other)) for other in ("open", "high", "low"))
            is_there = _any_day(bars, others)
        gaps = np.flatnonzero(is_there & ~np.isfinite(bars.columns[field]))
        if len(gaps):
            many = f" ({len(gaps):,} days)" if len(gaps) > 1 else ""
            shown = f"{bars.symbol} {bars.calendar[gaps[0]]}: no {field}{many}"
            findings.count("PRICE_GAPS", len(gaps), [shown])


def _check_change(bars: InstrumentBars, findings: Findings) -> None:
    if not {"change", "close"} <= bars.columns.keys():
        return
    change = bars.columns["change"].astype(np.float64)
    move = moves(bars.columns["close"])
    bars.count(findings, "CHANGE_GAPS", np.isfinite(move) & ~np.isfinite(change))
    both = np.isfinite(move) & np.isfinite(change)
    with np.errstate(invalid="ignore"):
        fraction = np.abs(change - move) <= _CHANGE_TOLERANCE
        percent = np.abs(change / 100 - move) <= _CHANGE_TOLERANCE
    telling = both & (np.abs(move) >= _TELLING_MOVE)
    if np.sum(telling & percent) * 2 > np.sum(telling):
        findings.add("CHANGE_IN_PERCENT", _percent_example(bars, telling & percent))
        both &= ~percent
    bars.count(findings, "CHANGE_MISMATCH", both & ~fraction)


def _percent_example(bars: InstrumentBars, days: Mask) -> list[str]:
    row = int(np.flatnonzero(days)[0])
    return [f"{bars.symbol} {bars.calendar[row]}: {bars.columns['change'][row]:.6g}"]
