"""Opening a Qlib data directory, and refusing what is none."""

import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from bars.bins import read_bins
from bars.directory import MarketDirectory
from bars.universes import Span
from domain.errors import DataDirectoryError


def test_an_opened_directory_knows_its_calendar_instruments_universes_and_fields(market):
    path = market()

    directory = MarketDirectory.open(path)

    assert directory.path == path
    assert directory.frequency == "day"
    assert directory.calendar.dtype == "datetime64[D]"
    assert str(directory.calendar[0]) == "2020-01-01"
    assert str(directory.calendar[-1]) == "2020-02-28"
    assert list(directory.instruments) == ["AAA", "BBB", "IDX"]
    assert directory.instruments["BBB"].first == 5
    assert directory.instruments["BBB"].last == len(directory.calendar) - 1
    fields = ("change", "close", "factor", "high", "low", "open", "volume", "vwap")
    assert directory.fields == fields
    assert directory.instruments["AAA"].fields == fields
    assert list(directory.markets) == ["two"]
    assert list(directory.markets["two"]) == ["AAA", "BBB"]


def test_a_span_that_reaches_the_last_trading_day_is_open(market):
    path = market()
    (path / "instruments" / "two.txt").write_text(
        "AAA\t2020-01-01\t2020-02-28\nBBB\t2020-01-08\t2099-12-31\nIDX\t2020-01-08\t2020-02-27\n"
    )

    members = MarketDirectory.open(path).markets["two"]

    assert members["AAA"] == (Span(date(2020, 1, 1), None),)
    assert members["BBB"] == (Span(date(2020, 1, 8), None),)
    assert members["IDX"] == (Span(date(2020, 1, 8), date(2020, 2, 27)),)


def test_a_share_that_left_and_came_back_has_two_spans_in_order(market):
    path = market()
    (path / "instruments" / "two.txt").write_text(
        "aaa\t2020-02-03\t2020-02-10\nAAA\t2020-01-01\t2020-01-10\n"
    )

    members = MarketDirectory.open(path).markets["two"]

    assert members == {
        "AAA": (
            Span(date(2020, 1, 1), date(2020, 1, 10)),
            Span(date(2020, 2, 3), date(2020, 2, 10)),
        )
    }


def test_windows_lines_a_byte_order_mark_midnights_and_more_columns_are_read(market):
    path = market()
    days = (path / "calendars" / "day.txt").read_text().splitlines()
    text = "\ufeff" + "".join(f"{day} 00:00:00\r\n" for day in days) + "\r\n"
    (path / "calendars" / "day.txt").write_bytes(text.encode())
    (path / "instruments" / "two.txt").write_bytes(b"AAA\t2020-01-01 00:00:00\t2020-01-03\tx\r\n")

    directory = MarketDirectory.open(path)

    assert [str(day) for day in directory.calendar] == days
    assert directory.markets["two"]["AAA"] == (Span(date(2020, 1, 1), date(2020, 1, 3)),)


@pytest.mark.parametrize(
    ("file", "text", "sentence"),
    [
        ("calendars/day.txt", "", "day.txt is empty"),
        ("calendars/day.txt", "\n \n", "day.txt is empty"),
        ("calendars/day.txt", "2020-01-02\n2020-01-01\n", "line 2: 2020-01-01 is before"),
        ("calendars/day.txt", "2020-01-02\n\n2020-01-02\n", "line 3: 2020-01-02 is there already"),
        ("calendars/day.txt", "2020-01-02\n2020-13-01\n", "line 2: '2020-13-01' is not a day"),
        ("calendars/day.txt", "2020-01-02 09:31:00\n", "line 1: '2020-01-02 09:31:00'"),
        ("instruments/two.txt", "AAA 2020-01-01 2020-01-02\n", "line 1: .* has 1 of the 3 columns"),
        ("instruments/two.txt", "AAA\t2020-01-01\n", "two.txt, line 1: .* has 2 of the 3 columns"),
        ("instruments/two.txt", "AAA\t2020-01-01\t\n", "line 1: '' is not a day"),
        ("instruments/two.txt", "AAA\t2020-01-02\t2020-01-01\n", "AAA leaves on 2020-01-01"),
        ("instruments/two.txt", "A\u2028B\t2020-01-01\t2020-01-02\n", "'A.u2028B' is not a symbol"),
        ("instruments/two.txt", f"{'A' * 65}\t2020-01-01\t2020-01-02\n", "AAA' is not a symbol"),
        ("instruments/two.txt", "\t2020-01-01\t2020-01-02\n", "'' is not a symbol"),
        ("qatlas.json", "{", "qatlas.json should read"),
        ("qatlas.json", '{"estimated": ["../x"]}', "qatlas.json should read"),
        ("qatlas.json", '{"estimated": [3]}', "qatlas.json should read"),
    ],
)
def test_a_broken_file_is_named_with_its_line(market, file, text, sentence):
    path = market()
    (path / file).write_text(text)

    with pytest.raises(DataDirectoryError, match=sentence):
        MarketDirectory.open(path)


def test_a_file_that_is_not_text_is_named(market):
    path = market()
    (path / "instruments" / "two.txt").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(DataDirectoryError, match=r"two\.txt is not UTF-8 text"):
        MarketDirectory.open(path)


def test_a_file_that_cannot_be_read_is_named(market):
    path = market()
    (path / "instruments" / "folder.txt").mkdir()

    with pytest.raises(DataDirectoryError, match=r"folder\.txt cannot be read"):
        MarketDirectory.open(path)


def test_a_folder_that_is_no_data_directory_is_refused(tmp_path: Path):
    with pytest.raises(DataDirectoryError, match="give a Qlib data directory"):
        MarketDirectory.open(tmp_path / "nowhere")


def test_minute_bars_alone_are_refused(market):
    path = market()
    (path / "calendars" / "day.txt").rename(path / "calendars" / "1min.txt")

    with pytest.raises(DataDirectoryError, match="only daily bars can be read, and there are 1min"):
        MarketDirectory.open(path)


def test_a_directory_without_universes_or_bars_is_refused(market):
    path = market()
    (path / "features").rename(path / "elsewhere")
    with pytest.raises(DataDirectoryError, match="features is missing"):
        MarketDirectory.open(path)

    (path / "instruments" / "two.txt").unlink()
    with pytest.raises(DataDirectoryError, match="instruments has no universe"):
        MarketDirectory.open(path)


def test_only_what_qlib_reads_counts(market):
    path = market()
    (path / "features" / "AAA").mkdir()
    (path / "features" / "note.txt").write_text("not a folder")
    (path / "features" / "aaa" / "Close.day.bin").write_bytes(b"")
    (path / "features" / "aaa" / "close.1min.bin").write_bytes(b"")
    (path / "features" / "aaa" / "a b.day.bin").write_bytes(b"")

    directory = MarketDirectory.open(path)

    assert list(directory.instruments) == ["AAA", "BBB", "IDX"]
    assert directory.instruments["AAA"].fields == directory.instruments["BBB"].fields


def test_a_symbol_that_windows_takes_for_a_device_is_found_where_qlib_puts_it(market, bars):
    bars["CON"] = bars["AAA"]

    path = market()

    assert (path / "features" / "_qlib_con" / "close.day.bin").is_file()
    assert "CON" in MarketDirectory.open(path).instruments


def test_an_instrument_whose_bins_are_all_broken_has_no_rows(market):
    path = market()
    for file in (path / "features" / "aaa").iterdir():
        file.write_bytes(b"abc")

    listing = MarketDirectory.open(path).instruments["AAA"]

    assert listing.last < listing.first
    assert "close" in listing.fields


def test_folders_that_others_named_are_listed_under_their_own_names(market):
    path = market()
    features = path / "features"
    for name in ("a%b", "é", "中国平安", "brk b", "brk%2fb"):
        shutil.copytree(features / "aaa", features / name)
    for name in (".cache", "É%", "tab\tbed"):
        (features / name).mkdir()
    lines = "".join(
        f"{code}\t2020-01-01\t2020-02-28\n"
        for code in ("A%B", "é", "中国平安", "BRK B", "BRK%2FB", "brk%2fb")
    )
    (path / "instruments" / "two.txt").write_text(lines)

    directory = MarketDirectory.open(path)

    found = {symbol: listing.folder for symbol, listing in directory.instruments.items()}
    assert found == {
        **{"AAA": "aaa", "BBB": "bbb", "IDX": "idx"},
        **{"A%B": "a%b", "é": "é", "中国平安": "中国平安", "BRK B": "brk b", "BRK/B": "brk%2fb"},
        "É%": "É%",
    }
    assert list(directory.markets["two"]) == ["A%B", "BRK B", "BRK/B", "é", "中国平安"]
    values = read_bins(directory, "close", list(found))
    has_values = ~np.isnan(values).all(axis=0)
    assert has_values.tolist() == [symbol != "É%" for symbol in found]


def test_of_two_folders_with_one_symbol_the_one_that_is_written_here_is_read(market, bars):
    bars["A%B"] = bars["BBB"]
    path = market()
    shutil.copytree(path / "features" / "aaa", path / "features" / "a%b")

    directory = MarketDirectory.open(path)

    assert directory.instruments["A%B"].folder == "a%25b"
    assert directory.instruments["A%B"].first == 5
