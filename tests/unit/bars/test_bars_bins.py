"""Reading values."""

import struct

import numpy as np
import pytest

from bars.bins import read_bins
from bars.directory import MarketDirectory
from domain.errors import DataDirectoryError, SnapshotChangedError


def expected(bars, field, symbols):
    return np.column_stack([bars[symbol][field] for symbol in symbols]).astype(np.float32)


def test_values_are_read_by_day_and_instrument_in_the_order_asked(market, bars):
    directory = MarketDirectory.open(market())

    values = read_bins(directory, "close", ["BBB", "AAA"])

    assert values.dtype == np.float32
    np.testing.assert_array_equal(values, expected(bars, "close", ["BBB", "AAA"]))


@pytest.mark.parametrize(
    "rows",
    [slice(0, 3), slice(3, 8), slice(5, 6), slice(20, None), slice(-4, None), slice(7, 7)],
)
def test_rows_are_cut_out_whatever_row_a_bin_starts_at(market, bars, rows):
    directory = MarketDirectory.open(market())

    values = read_bins(directory, "volume", ["AAA", "BBB"], rows)

    np.testing.assert_array_equal(values, expected(bars, "volume", ["AAA", "BBB"])[rows])


def test_a_gap_stays_a_gap(market, bars):
    bars["AAA"]["close"][7:9] = np.nan
    directory = MarketDirectory.open(market())

    gaps = np.flatnonzero(np.isnan(read_bins(directory, "close", ["AAA"])))

    assert gaps.tolist() == [7, 8]


def test_what_has_no_bin_is_nan_and_no_name_leads_out_of_the_directory(market, tmp_path):
    path = market()
    (tmp_path / "secret.day.bin").write_bytes(struct.pack("<2f", 0, 1))
    directory = MarketDirectory.open(path)

    for field, symbol in [
        ("close", "ZZZ"),
        ("pe", "AAA"),
        ("../../../secret", "AAA"),
        ("secret", "../.."),
        ("secret", ".."),
    ]:
        assert np.isnan(read_bins(directory, field, [symbol])).all()


def test_a_day_behind_the_calendar_is_not_read(market):
    path = market()
    directory = MarketDirectory.open(path)
    days = len(directory.calendar)
    with (path / "features" / "aaa" / "close.day.bin").open("ab") as file:
        file.write(struct.pack("<f", 99))

    assert read_bins(directory, "close", ["AAA"]).shape == (days, 1)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "has 0 bytes"),
        (b"abc", "has 3 bytes"),
        (struct.pack("<2f", 0, 1) + b"x", "has 9 bytes"),
        (struct.pack("<2f", -1, 1), "starts at row -1"),
        (struct.pack("<2f", 43, 1), "starts at row 43; bins have rows 0 to 42"),
        (struct.pack("<2f", 1.5, 1), "starts at row 1.5"),
        (struct.pack("<2f", float("nan"), 1), "starts at row nan"),
        (struct.pack("<2f", float("inf"), 1), "starts at row inf"),
    ],
)
def test_a_broken_bin_is_refused_by_name(market, content, sentence):
    path = market()
    (path / "features" / "aaa" / "close.day.bin").write_bytes(content)
    directory = MarketDirectory.open(path)

    with pytest.raises(DataDirectoryError, match=rf"aaa/close\.day\.bin {sentence}"):
        read_bins(directory, "close", ["BBB", "AAA"])


def test_a_bin_that_cannot_be_read_is_refused_by_name(market):
    path = market()
    (path / "features" / "aaa" / "close.day.bin").unlink()
    (path / "features" / "aaa" / "close.day.bin").mkdir()
    directory = MarketDirectory.open(path)

    with pytest.raises(DataDirectoryError, match=r"aaa/close\.day\.bin cannot be read"):
        read_bins(directory, "close", ["AAA"])


def test_a_bin_that_went_away_is_a_changed_snapshot(market):
    path = market()
    directory = MarketDirectory.open(path)
    (path / "features" / "aaa" / "close.day.bin").unlink()

    with pytest.raises(SnapshotChangedError, match="no longer there"):
        read_bins(directory, "close", ["AAA"])


def test_rows_in_steps_are_refused(market):
    with pytest.raises(ValueError, match="steps of 2"):
        read_bins(MarketDirectory.open(market()), "close", ["AAA"], slice(0, 10, 2))
