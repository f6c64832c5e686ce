"""The sample market: five US shares, 2000 to 2013, held against the S&P 500.

The prices are real. The shares' are a public domain data set that `bokeh-sampledata` carries, the
index is from `great-tables`; only the files are read, neither package is imported.
"""

import csv
import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.metadata import PackageNotFoundError, distribution
from io import StringIO
from operator import itemgetter
from pathlib import Path
from types import MappingProxyType
from typing import cast

import numpy as np
import numpy.typing as npt

from bars.moves import moves
from bars.universes import Days, Span
from bars.writing import write_market
from domain.errors import DataDirectoryError
from domain.imports import Company

_Floats = npt.NDArray[np.float64]
_Bars = dict[str, _Floats]
_Line = dict[str, str]


COMPANIES: Mapping[str, Company] = MappingProxyType(
    {
        "AAPL": Company("Apple Inc.", "Information Technology"),
        "FB": Company("Facebook, Inc.", "Communication Services"),
        "GOOG": Company("Google Inc.", "Communication Services"),
        "IBM": Company("International Business Machines Corporation", "Information Technology"),
        "MSFT": Company("Microsoft Corporation", "Information Technology"),
        "SPX": Company("S&P 500", None),
    }
)
"""Names as they were during the period; sectors as the GICS has drawn them since 2018."""

REGION = "us"
UNIVERSE = "us5"
BENCHMARK = "SPX"
ESTIMATED = ("vwap",)


@dataclass(frozen=True, slots=True)
class SampleMarket:
    """Where the sample market was written, and what it is registered with."""

    path: Path
    region: str
    universe: str
    benchmark: str
    companies: Mapping[str, Company]


def write_sample_market(target: Path) -> SampleMarket:
    """Write the sample market as a Qlib data directory.

    Prices are adjusted by factor = adjusted close / close and volume is divided by it, as Qlib
    wants them; the change is a fraction. There is no vwap in the sources: it is estimated as
    (high + low + close) / 3 and marked so. Days without trading have no bar. The shares' trading
    days are the calendar, and the benchmark is in no universe.

    Raises:
        DataDirectoryError: The target exists, or a source is not installed.
    """
    shares = _share_quotes()
    calendar = np.unique(np.concatenate([quotes.days for quotes in shares.values()]))
    bars = {symbol: _share_bars(quotes, calendar) for symbol, quotes in shares.items()}
    bars[BENCHMARK] = _index_bars(_index_quotes(calendar), calendar)
    members = {
        symbol: (Span(cast(date, quotes.days[0].item())),) for symbol, quotes in shares.items()
    }
    write_market(target, calendar, bars, {UNIVERSE: members}, ESTIMATED)
    return SampleMarket(target, REGION, UNIVERSE, BENCHMARK, COMPANIES)


@dataclass(frozen=True, slots=True)
class _Quotes:
    """Ascending days, and columns of as many values: open to volume, raw, and adj_close."""

    days: Days
    columns: Mapping[str, _Floats]

    def __getitem__(self, column: str) -> _Floats:
        return self.columns[column]


def _share_bars(quotes: _Quotes, calendar: Days) -> _Bars:
    factor = quotes["adj_close"] / quotes["close"]
    typical = (quotes["high"] + quotes["low"] + quotes["close"]) / 3
    return _spread(quotes.days, calendar, _adjusted(quotes, factor) | {"vwap": typical * factor})


def _index_bars(quotes: _Quotes, calendar: Days) -> _Bars:
    return _spread(quotes.days, calendar, _adjusted(quotes, np.ones(len(quotes.days))))


def _adjusted(quotes: _Quotes, factor: _Floats) -> _Bars:
    prices = {field: quotes[field] * factor for field in ("open", "high", "low", "close")}
    change = moves(prices["close"].astype(np.float32))
    return prices | {"volume": quotes["volume"] / factor, "factor": factor, "change": change}


def _spread(days: Days, calendar: Days, columns: _Bars) -> _Bars:
    """Put values of some days where these days are in the calendar."""
    spread = {field: np.full(len(calendar), np.nan) for field in columns}
    rows = np.searchsorted(calendar, days)
    for field, values in columns.items():
        spread[field][rows] = values
    return spread


def _share_quotes() -> dict[str, _Quotes]:
    packed = _source("bokeh-sampledata", "bokeh_sampledata/_data/stocks.csv.gz")
    lines: dict[str, list[_Line]] = {}
    for line in _lines(gzip.decompress(packed)):
        if float(line["volume"]) > 0:
            lines.setdefault(line["ticker"], []).append(line)
    return {symbol: _quotes(lines[symbol]) for symbol in sorted(lines)}


def _index_quotes(calendar: Days) -> _Quotes:
    traded = set(np.datetime_as_string(calendar))
    lines = _lines(_source("great-tables", "great_tables/data/04-sp500.csv"))
    return _quotes([line for line in lines if line["date"] in traded])


def _quotes(lines: list[_Line]) -> _Quotes:
    lines = sorted(lines, key=itemgetter("date"))
    names = ("open", "high", "low", "close", "volume", "adj_close")
    return _Quotes(
        np.array([line["date"] for line in lines], dtype="datetime64[D]"),
        {name: np.array([float(line[name]) for line in lines]) for name in names},
    )


def _lines(content: bytes) -> Iterator[_Line]:
    """The lines of a CSV file, its column names in lower case with underscores."""
    reader = csv.reader(StringIO(content.decode(), newline=""))
    names = [name.lower().replace(" ", "_") for name in next(reader)]
    return (dict(zip(names, line, strict=True)) for line in reader)


def _source(package: str, file: str) -> bytes:
    try:
        return Path(str(distribution(package).locate_file(file))).read_bytes()
    except (PackageNotFoundError, FileNotFoundError) as error:
        raise DataDirectoryError(
            f"The sample market is made from {file} of the package {package}, which is not "
            "installed; install the packages of requirements.lock."
        ) from error
