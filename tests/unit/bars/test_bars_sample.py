"""The sample market is real, whole and the same every time."""

import csv
import gzip
import importlib.util
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from bars.bins import read_bins
from bars.checks import judge
from bars.directory import MarketDirectory
from bars.fingerprint import fingerprint_directory
from bars.sample import BENCHMARK, COMPANIES, UNIVERSE, write_sample_market
from bars.universes import Span


@pytest.fixture(scope="module")
def sample(sample_directory: Path) -> MarketDirectory:
    return MarketDirectory.open(sample_directory)


def value(sample: MarketDirectory, field: str, symbol: str, day: str) -> float:
    row = int(np.searchsorted(sample.calendar, np.datetime64(day)))
    return float(read_bins(sample, field, [symbol], slice(row, row + 1))[0, 0])


def test_it_has_five_shares_in_a_universe_and_the_index_outside(sample):
    assert list(sample.instruments) == ["AAPL", "FB", "GOOG", "IBM", "MSFT", "SPX"]
    assert sample.markets == {
        UNIVERSE: {
            "AAPL": (Span(date(2000, 3, 1)),),
            "FB": (Span(date(2012, 5, 18)),),
            "GOOG": (Span(date(2004, 8, 19)),),
            "IBM": (Span(date(2000, 3, 1)),),
            "MSFT": (Span(date(2000, 3, 1)),),
        }
    }
    assert COMPANIES.keys() == sample.instruments.keys()
    assert (str(sample.calendar[0]), str(sample.calendar[-1])) == ("2000-03-01", "2013-03-01")
    assert len(sample.calendar) == 3270


def test_all_there_is_to_say_of_it_is_one_true_jump_and_that_the_vwap_is_estimated(sample):
    report = judge(sample, BENCHMARK)

    jump, estimate = report.issues
    assert (jump.check, jump.examples) == ("PRICE_JUMPS", ("AAPL 2000-09-29: -52 %",))
    assert estimate.check == "VWAP_ESTIMATED"
    assert report.rows == 12_154 + 3_270
    assert report.instruments == 6


def test_the_benchmark_closes_on_every_trading_day(sample):
    assert np.isfinite(read_bins(sample, "close", [BENCHMARK])).all()
    assert value(sample, "close", BENCHMARK, "2013-03-01") == pytest.approx(1518.20, abs=0.01)


def test_bars_are_adjusted_as_qlib_wants_them(sample):
    """Two days of Apple around its split of 2005-02-28, from the source by hand."""
    source = Path(importlib.util.find_spec("bokeh_sampledata").submodule_search_locations[0])
    with gzip.open(source / "_data" / "stocks.csv.gz", "rt") as file:
        apple = {row["Date"]: row for row in csv.DictReader(file) if row["Ticker"] == "AAPL"}
    before, after = (
        {k: float(v) for k, v in apple[day].items() if k not in ("Date", "Ticker")}
        for day in ("2005-02-25", "2005-02-28")
    )

    def split(field: str) -> float:
        return value(sample, field, "AAPL", "2005-02-28")

    ratio = after["Adj Close"] / after["Close"]
    assert before["Close"] / after["Close"] > 1.9
    assert split("close") == pytest.approx(after["Adj Close"], rel=1e-6)
    assert split("factor") == pytest.approx(ratio, rel=1e-6)
    for field in ("open", "high", "low"):
        assert split(field) == pytest.approx(after[field.title()] * ratio, rel=1e-6)
    assert split("volume") == pytest.approx(after["Volume"] / ratio, rel=1e-6)
    assert split("change") == pytest.approx(after["Adj Close"] / before["Adj Close"] - 1, rel=1e-4)
    assert abs(split("change")) < 0.05
    typical = (after["High"] + after["Low"] + after["Close"]) / 3
    assert split("vwap") == pytest.approx(typical * ratio, rel=1e-6)


def test_the_estimate_is_noted_beside_the_data(sample_directory):
    assert json.loads((sample_directory / "qatlas.json").read_text()) == {"estimated": ["vwap"]}


def test_it_is_the_same_every_time(sample, tmp_path):
    again = write_sample_market(tmp_path / "again")

    assert fingerprint_directory(MarketDirectory.open(again.path)) == fingerprint_directory(sample)


def test_writing_and_judging_it_loads_nothing_heavy(tmp_path):
    program = (
        "import sys, pathlib, bars.sample, bars.checks, bars.directory, bars.stamp\n"
        "from bars.fingerprint import fingerprint_directory\n"
        "made = bars.sample.write_sample_market(pathlib.Path(sys.argv[1]))\n"
        "market = bars.directory.MarketDirectory.open(made.path)\n"
        "bars.checks.judge(market, made.benchmark), fingerprint_directory(market)\n"
        "heavy = {'pandas', 'qlib', 'pyarrow', 'sqlalchemy', 'great_tables', 'bokeh_sampledata'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    root = Path(__file__).parents[3]

    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "sample")],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "[]"
