"""Stock Qlib reads the directories that are written here, and reads them as they are read here."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bars.bins import read_bins
from bars.checks import judge
from bars.directory import MarketDirectory
from bars.fingerprint import fingerprint_bars
from bars.layout import code_of, folder_of, symbol_fault
from bars.sample import BENCHMARK, UNIVERSE
from bars.universes import Span, membership_mask
from bars.writing import write_market
from domain.severity import Severity

Open = Callable[[Path], MarketDirectory]


@pytest.fixture
def qlib_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Open]:
    """Points Qlib at a directory and opens the same one without Qlib."""
    import qlib
    from qlib.data.cache import H

    monkeypatch.chdir(tmp_path)

    def initialise(path: Path) -> MarketDirectory:
        qlib.init(provider_uri=str(path), region="us", kernels=1, logging_level=40)
        H.clear()
        return MarketDirectory.open(path)

    yield initialise
    H.clear()


def qlib_values(symbols: list[str], field: str, days: np.ndarray) -> np.ndarray:
    """What Qlib has of a field, by day and instrument."""
    from qlib.data import D

    frame = D.features(symbols, [f"${field}"])
    wide = frame[f"${field}"].unstack(level="instrument")
    return wide.reindex(index=pd.DatetimeIndex(days), columns=symbols).to_numpy()


def test_qlib_reads_the_values_that_were_written(qlib_on: Open, tmp_path: Path) -> None:
    chance = np.random.default_rng(3)
    days = np.arange("2021-01-04", "2021-03-06", dtype="datetime64[D]")
    calendar = days[np.is_busday(days)]
    bars = {}
    for symbol, first in (("AAA", 0), ("BRK-B", 7), ("CON", 3)):
        values = chance.uniform(1, 2, (2, len(calendar)))
        values[:, :first] = np.nan
        values[0, 20:23] = np.nan
        bars[symbol] = {"close": values[0], "volume": values[1]}
    spans = {"AAA": (Span(date(2021, 1, 4), date(2021, 1, 15)), Span(date(2021, 2, 1)))}
    write_market(tmp_path / "market", calendar, bars, {"mine": spans})

    directory = qlib_on(tmp_path / "market")

    for field in ("close", "volume"):
        expected = np.column_stack([columns[field] for columns in bars.values()])
        read = qlib_values(list(bars), field, calendar)
        np.testing.assert_array_equal(read, expected.astype(np.float32))
        np.testing.assert_array_equal(read_bins(directory, field, list(bars)), read)


@settings(deadline=None)
@given(st.one_of(st.text(min_size=1, max_size=20), st.sampled_from(("CON", "_QLIB_CON", "COM1"))))
def test_qlib_looks_for_a_code_in_the_folder_of_its_symbol(symbol: str) -> None:
    from qlib.utils import code_to_fname

    assume(symbol_fault(symbol) is None)

    assert code_to_fname(code_of(symbol)).lower() == folder_of(symbol)


def test_stock_qlib_reads_any_symbol_by_its_code(qlib_on: Open, tmp_path: Path) -> None:
    from qlib.data import D

    days = np.array(["2021-01-04", "2021-01-05"], dtype="datetime64[D]")
    symbols = ["BRK/B", "BRK B", "..", "../../ETC", "CON", "_QLIB_CON", "平安", "100%", "é", "ß"]
    bars = {symbol: {"close": np.full(2, number)} for number, symbol in enumerate(symbols, 1)}
    spans = {symbol: (Span(date(2021, 1, 4)),) for symbol in symbols}
    write_market(tmp_path / "market", days, bars, {"mine": spans})

    directory = qlib_on(tmp_path / "market")

    codes = [code_of(symbol) for symbol in symbols]
    assert D.list_instruments(D.instruments("mine"), as_list=True) == [
        code_of(symbol) for symbol in sorted(symbols)
    ]
    expected = np.tile(np.arange(1, len(symbols) + 1, dtype=np.float32), (2, 1))
    np.testing.assert_array_equal(qlib_values(codes, "close", days), expected)
    np.testing.assert_array_equal(read_bins(directory, "close", symbols), expected)
    assert dict(directory.markets["mine"]) == spans


def test_qlib_masks_members_as_the_mask_does(qlib_on: Open, sample_directory: Path) -> None:
    from qlib.data import D

    directory = qlib_on(sample_directory)
    spans = directory.markets[UNIVERSE]
    symbols = list(spans)

    frame = D.features(D.instruments(UNIVERSE), ["$close"])

    listed = frame["$close"].unstack(level="instrument").reindex(columns=symbols).notna()
    mask = membership_mask(spans, symbols, directory.calendar)
    np.testing.assert_array_equal(listed.to_numpy(), mask)


def test_qlib_reads_the_sample_market_as_we_do(qlib_on: Open, sample_directory: Path) -> None:
    from qlib.data import D

    directory = qlib_on(sample_directory)
    symbols = list(directory.instruments)

    assert [str(day.date()) for day in D.calendar()] == [str(day) for day in directory.calendar]
    for field in directory.fields:
        ours = read_bins(directory, field, symbols)
        np.testing.assert_array_equal(qlib_values(symbols, field, directory.calendar), ours)


def test_the_sample_markets_change_is_what_qlib_makes_of_its_closes(
    qlib_on: Open, sample_directory: Path
) -> None:
    from qlib.data import D

    directory = qlib_on(sample_directory)

    frame = D.features(list(directory.instruments), ["$change", "$close/Ref($close,1)-1"])

    change, computed = frame.to_numpy().T
    np.testing.assert_array_equal(np.isnan(change), np.isnan(computed))
    np.testing.assert_allclose(change, computed, atol=1e-6)


def test_qlib_has_nothing_to_say_of_an_upper_case_folder_and_the_check_does(
    qlib_on: Open, tmp_path: Path
) -> None:
    from qlib.data import D

    days = np.array(["2021-01-04", "2021-01-05"], dtype="datetime64[D]")
    bars = {"AAA": {"close": np.ones(2)}}
    write_market(tmp_path / "market", days, bars, {"mine": {"AAA": (Span(date(2021, 1, 4)),)}})
    features = tmp_path / "market" / "features"
    (features / "aaa").rename(features / "AAA")

    directory = qlib_on(tmp_path / "market")

    assert D.features(["AAA"], ["$close"]).empty
    assert judge(directory, None).has_errors


def test_qlib_reads_csi_300_as_we_do(qlib_on: Open, csi300_directory: Path) -> None:
    directory = qlib_on(csi300_directory)
    symbols = list(directory.instruments)[::40]

    for field in directory.fields:
        ours = read_bins(directory, field, symbols)
        np.testing.assert_array_equal(qlib_values(symbols, field, directory.calendar), ours)


def test_csi_300_is_fit_to_be_adopted_and_its_flaws_are_known(csi300_directory: Path) -> None:
    directory = MarketDirectory.open(csi300_directory)

    report = judge(directory, "SH000300")

    found = {issue.check: issue for issue in report.issues}
    assert not report.has_errors
    assert report.instruments == 759
    assert found["MISSING_VWAP"].count == 751
    assert found["INDEX_IN_UNIVERSE"].count == 8
    assert found["INDEX_IN_UNIVERSE"].severity is Severity.WARNING
    assert found["INDEX_IN_UNIVERSE"].examples[0] == "all: SH000001"
    assert found["MISSED_SPLITS"].examples == (
        "SH688256 2026-05-08: 3 for 2",
        "SZ302132 2011-05-13: 3 for 2",
        "SZ302132 2016-05-25: 3 for 2",
        "SZ302132 2017-05-26: 3 for 2",
        "SZ302132 2025-02-18: 1 for 6",
    )
    assert found["NO_NAME_ENDS"].examples == ("751 names from 2010-01-04 to 2026-05-08",)
    assert found["PRICE_JUMPS"].count == 4
    assert not found.keys() & {"MARKET_SPIKES", "PRICE_SPIKES", "STALE_PRICES", "ENDS_EARLY"}


def test_a_past_period_of_csi_300_is_the_same_in_a_shorter_copy(
    csi300_directory: Path, tmp_path: Path
) -> None:
    whole = MarketDirectory.open(csi300_directory)
    symbols, rows = list(whole.markets["csi300"])[:50], slice(200, 900)
    days = whole.calendar[100:1000]
    closes = read_bins(whole, "close", symbols, slice(100, 1000))
    bars = {symbol: {"close": closes[:, column]} for column, symbol in enumerate(symbols)}
    write_market(tmp_path / "copy", days, bars, {"some": {"SH600000": (Span(date(2010, 1, 4)),)}})
    copy = MarketDirectory.open(tmp_path / "copy")

    again = fingerprint_bars(copy, ["close"], symbols, slice(100, 800))

    assert fingerprint_bars(whole, ["close"], symbols, rows) == again


def test_the_benchmark_is_outside_every_universe(sample_directory: Path) -> None:
    directory = MarketDirectory.open(sample_directory)

    assert all(BENCHMARK not in members for members in directory.markets.values())
