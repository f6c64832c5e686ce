"""Qlib's way from CSV files to bins, written plainly: pandas, file by file.

Qlib's own scripts are not in its package. They read every file for its dates and again to dump
it, put it on the calendar and write a bin for each field; prices are adjusted in between.
"""

from pathlib import Path

import numpy as np
import pandas as pd

FIELDS = ("open", "high", "low", "close", "volume", "vwap", "factor", "change")


def dump(source: Path, target: Path) -> int:
    """Make bins of a folder with one CSV file for each symbol; returns how many rows there were."""
    files = sorted(source.glob("*.csv"))
    days: set[pd.Timestamp] = set()
    for file in files:
        days |= set(pd.read_csv(file, usecols=["Date"], parse_dates=["Date"])["Date"])
    calendar = pd.DatetimeIndex(sorted(days))
    _write_calendar(calendar, target)
    return sum(_dump_one(file, calendar, target) for file in files)


def _write_calendar(calendar: pd.DatetimeIndex, target: Path) -> None:
    folder = target / "calendars"
    folder.mkdir(parents=True)
    np.savetxt(folder / "day.txt", calendar.strftime("%Y-%m-%d"), fmt="%s", encoding="utf-8")


def _dump_one(file: Path, calendar: pd.DatetimeIndex, target: Path) -> int:
    raw = pd.read_csv(file, parse_dates=["Date"])
    bars = _normalised(raw)
    # From the first to the last day of the file, as Qlib puts its rows on the calendar.
    span = calendar[(calendar >= bars.index.min()) & (calendar <= bars.index.max())]
    bars = bars.reindex(span)
    start = calendar.get_loc(bars.index.min())
    folder = target / "features" / file.stem.lower()
    folder.mkdir(parents=True)
    for field in FIELDS:
        values = np.hstack([start, bars[field]]).astype("<f")
        values.tofile(folder / f"{field}.day.bin")
    return len(raw)


def _normalised(raw: pd.DataFrame) -> pd.DataFrame:
    """Adjusted prices and volume, factor, change and an estimated vwap; suspended days empty."""
    bars = raw.set_index("Date").sort_index()
    bars.columns = [name.lower().replace(" ", "_") for name in bars.columns]
    bars = bars[~bars.index.duplicated(keep="first")]
    flat = (bars["open"] == bars["close"]) & (bars["high"] == bars["low"])
    bars = bars[~((bars["volume"] == 0) & flat)]
    bars["factor"] = bars["adj_close"] / bars["close"]
    bars["vwap"] = (bars["high"] + bars["low"] + bars["close"]) / 3
    for field in ("open", "high", "low", "close", "vwap"):
        bars[field] = bars[field] * bars["factor"]
    bars["volume"] = bars["volume"] / bars["factor"]
    kept = bars["close"].astype("float32").astype("float64")
    bars["change"] = kept / kept.shift(1) - 1
    return bars
