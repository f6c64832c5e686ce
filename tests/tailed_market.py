"""Markets written twice: with all values in bins, and with those of the last days in a tail."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from bars.tails import write_tail
from bars.universes import Days, Members
from bars.writing import write_market

Bars = Mapping[str, Mapping[str, np.ndarray]]


def write_with_tail(
    target: Path, calendar: Days, bars: Bars, markets: Mapping[str, Members], days: int
) -> Path:
    """Write bins that end before the last days, and those days in a tail."""
    first = len(calendar) - days
    before = {
        symbol: {field: _cut(values, first) for field, values in columns.items()}
        for symbol, columns in bars.items()
    }
    write_market(target, calendar, before, markets)
    fields = sorted({field for columns in bars.values() for field in columns})
    symbols = list(reversed(bars))  # in no particular order
    missing = np.full(len(calendar), np.nan)
    tail = {
        field: np.array([bars[symbol].get(field, missing)[first:] for symbol in symbols], "f4")
        for field in fields
    }
    write_tail(target, symbols, tail)
    return target


def _cut(values: np.ndarray, first: int) -> np.ndarray:
    return np.where(np.arange(len(values)) < first, values, np.nan)


def gaps_at_the_border(bars: dict[str, dict[str, np.ndarray]]) -> None:
    """Add shares whose values begin, end, or are missing where a tail of some days begins."""
    whole = bars["AAA"]
    days = len(whole["close"])
    rows = np.arange(days)
    holes = {
        "BEGINS": rows < days - 2,
        "ENDS": rows >= days - 12,
        "GAP": (rows >= days - 6) & (rows < days - 2),
        "HALTED": rows >= days - 1,
        "SHORT": (rows < days - 4) | (rows >= days - 3),
    }
    for symbol, hole in holes.items():
        bars[symbol] = {name: np.where(hole, np.nan, values) for name, values in whole.items()}
    bars["LATE FIELD"] = whole | {"vwap": np.where(rows < days - 1, np.nan, whole["vwap"])}
    bars["LOST/FIELD"] = whole | {"vwap": np.where(rows >= days - 10, np.nan, whole["vwap"])}
    bars["FEW"] = {name: whole[name] for name in ("close", "volume")}
