"""A market whose last days lie in a tail is the same market."""

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tailed_market import Bars, gaps_at_the_border, write_with_tail

from bars.bins import read_bins, series_rows
from bars.checks import judge
from bars.directory import MarketDirectory
from bars.fingerprint import fingerprint_bars, fingerprint_directory
from bars.layout import bin_path
from bars.stamp import require_unchanged, stamp
from bars.tails import read_tail, write_tail
from bars.universes import Span
from bars.writing import write_market
from domain.errors import DataDirectoryError, SnapshotChangedError

from .conftest import CALENDAR, faultless_bars

LAST = len(CALENDAR)
UNIVERSES = {"two": {"AAA": (Span(date(2020, 1, 1)),), "BEGINS": (Span(date(2020, 1, 8)),)}}


@pytest.fixture
def all_bars(bars):
    gaps_at_the_border(bars)
    return bars


@pytest.fixture(scope="module")
def gaps() -> Bars:
    bars = {name: faultless_bars(seed) for seed, name in enumerate(("AAA", "BBB", "IDX"))}
    gaps_at_the_border(bars)
    return bars


@pytest.fixture(scope="module")
def plain(gaps, tmp_path_factory) -> MarketDirectory:
    path = tmp_path_factory.mktemp("plain") / "market"
    write_market(path, CALENDAR, gaps, UNIVERSES)
    return MarketDirectory.open(path)


@pytest.fixture(scope="module", params=[1, 3, 5, 11, LAST - 1, LAST])
def both(request, gaps, plain, tmp_path_factory) -> tuple[MarketDirectory, MarketDirectory]:
    """The same market, plain and with a tail."""
    target = tmp_path_factory.mktemp("tailed") / "market"
    path = write_with_tail(target, CALENDAR, gaps, UNIVERSES, request.param)
    return plain, MarketDirectory.open(path)


@pytest.fixture
def tailed(all_bars, tmp_path) -> Path:
    return write_with_tail(tmp_path / "tailed", CALENDAR, all_bars, UNIVERSES, 3)


def test_what_is_listed_is_the_same(both):
    plain, tailed = both

    assert list(tailed.instruments) == list(plain.instruments)
    for symbol, listing in plain.instruments.items():
        found = tailed.instruments[symbol]
        assert (found.fields, found.first, found.last) == (
            listing.fields,
            listing.first,
            listing.last,
        )
    assert tailed.fields == plain.fields
    assert tailed.markets == plain.markets


def test_every_value_is_the_same_in_any_rows(both):
    plain, tailed = both
    symbols = [*plain.instruments, "NOBODY"]

    for rows in (None, slice(0, 5), slice(10, LAST - 2), slice(LAST - 4, LAST), slice(LAST, LAST)):
        for field in (*plain.fields, "nothing"):
            expected = read_bins(plain, field, symbols, rows)
            np.testing.assert_array_equal(read_bins(tailed, field, symbols, rows), expected)


def test_a_series_runs_where_a_bin_of_all_its_values_would(both):
    plain, tailed = both

    for symbol in (*plain.instruments, "NOBODY"):
        for field in (*plain.fields, "nothing"):
            rows = series_rows(plain, field, symbol)
            assert series_rows(tailed, field, symbol) == rows
    rows = series_rows(tailed, "close", "GAP")
    assert (rows.start, rows.stop) == (0, LAST)


def test_fingerprints_and_what_is_found_are_the_same(both):
    plain, tailed = both
    asked = (["close", "vwap"], list(plain.instruments), slice(3, LAST - 1))

    assert fingerprint_directory(tailed) == fingerprint_directory(plain)
    assert fingerprint_bars(tailed, *asked) == fingerprint_bars(plain, *asked)
    assert judge(tailed, "IDX") == judge(plain, "IDX")


def test_a_value_of_the_tail_counts_for_the_fingerprint(all_bars, tmp_path):
    before = write_with_tail(tmp_path / "before", CALENDAR, all_bars, UNIVERSES, 3)
    all_bars["AAA"]["close"][-2] *= 1.001
    after = write_with_tail(tmp_path / "after", CALENDAR, all_bars, UNIVERSES, 3)

    prints = {fingerprint_directory(MarketDirectory.open(path)) for path in (before, after)}

    assert len(prints) == 2


def test_versions_share_their_bins_through_links(tailed, all_bars, tmp_path):
    (tmp_path / "bins").mkdir()
    (tailed / "features").rename(tmp_path / "bins" / "1")
    (tailed / "features").symlink_to("../bins/1")
    before = fingerprint_directory(MarketDirectory.open(tailed))
    registered = stamp(tailed)

    linked = tmp_path / "linked"
    write_with_tail(linked, CALENDAR, all_bars, UNIVERSES, 3)
    for path in (linked / "features").rglob("*.bin"):
        path.unlink()
        path.hardlink_to(tailed / path.relative_to(linked))

    require_unchanged(tailed, registered)
    assert fingerprint_directory(MarketDirectory.open(linked)) == before
    assert judge(MarketDirectory.open(tailed), "IDX") == judge(MarketDirectory.open(linked), "IDX")
    (tmp_path / "bins" / "1" / "aaa" / "close.day.bin").write_bytes(b"")
    with pytest.raises(SnapshotChangedError):
        require_unchanged(tailed, registered)


def test_rows_of_a_bin_that_the_tail_has_too_are_an_error_and_the_tails_are_read(tailed):
    path = bin_path(tailed, "aaa", "close")
    np.append(np.fromfile(path, "<f4"), np.float32(7)).tofile(path)
    directory = MarketDirectory.open(tailed)

    issues = {issue.check: issue for issue in judge(directory, "IDX").issues}

    assert issues["BIN_SIZE"].count == 1
    ends = f"aaa/close.day.bin ends at row {LAST - 3}; bins have rows 0 to {LAST - 4}"
    assert ends in issues["BIN_SIZE"].examples[0]
    assert read_bins(directory, "close", ["AAA"])[LAST - 3, 0] != 7


def test_a_bin_that_begins_in_the_tail_is_an_error(tailed):
    np.array([LAST - 1, 7], "<f4").tofile(bin_path(tailed, "aaa", "close"))

    report = judge(MarketDirectory.open(tailed), "IDX")

    assert {issue.check for issue in report.issues} >= {"BIN_SIZE"}


def test_a_tail_is_mapped_and_cannot_be_written_to(tailed):
    tail = MarketDirectory.open(tailed).tail

    assert tail is not None
    assert tail.first == LAST - 3
    assert tail.columns["close"].shape == (len(tail.symbols), 3)
    assert tail.columns["close"].dtype == np.float32
    with pytest.raises(ValueError, match="read-only"):
        tail.columns["close"][0, 0] = 1


def test_a_market_without_a_tail_has_none(market):
    path = market()

    assert read_tail(path, LAST) is None
    assert MarketDirectory.open(path).tail is None


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("close.day.npy", b"changed"),
        ("instruments.txt", b"AAA\n"),
        ("new.day.npy", b"more"),
    ],
)
def test_a_change_of_the_tail_is_noticed(tailed, file, content):
    registered = stamp(tailed)
    require_unchanged(tailed, registered)

    (tailed / "tail" / file).write_bytes(content)

    with pytest.raises(SnapshotChangedError):
        require_unchanged(tailed, registered)


def save(array):
    return lambda path: np.save(path, array)


@pytest.mark.parametrize(
    ("file", "write", "sentence"),
    [
        ("instruments.txt", lambda path: path.unlink(), "instruments.txt cannot be read"),
        ("instruments.txt", lambda path: path.write_text("AAA\n" * 11), "line 2: 'AAA' is there"),
        ("instruments.txt", lambda path: path.write_text(" A\n"), "line 1: ' A' is not a symbol"),
        (
            "instruments.txt",
            lambda path: path.write_text("AAA\n"),
            "a row for each of its 1 instruments",
        ),
        ("close.day.npy", lambda path: path.write_bytes(b"junk"), "close.day.npy cannot be read"),
        ("close.day.npy", lambda path: path.write_bytes(b""), "close.day.npy cannot be read"),
        ("close.day.npy", save(np.zeros((11, 3))), "close.day.npy has float64 of shape .11, 3."),
        ("close.day.npy", save(np.zeros(11, "f4")), "close.day.npy has float32 of shape .11,."),
        ("close.day.npy", save(np.zeros((12, 3), "f4")), "a row for each of its 11 instruments"),
        ("close.day.npy", save(np.zeros((11, 2), "f4")), "values for the same last days"),
        ("close.day.npy", save(np.array([["x"]], object)), "close.day.npy cannot be read"),
        ("Close.day.npy", save(np.zeros((11, 3), "f4")), "Close.day.npy is no part of a tail"),
        ("notes.txt", lambda path: path.write_text("x"), "notes.txt is no part of a tail"),
    ],
)
def test_a_broken_tail_is_refused_by_name(tailed, file, write, sentence):
    write(tailed / "tail" / file)

    with pytest.raises(DataDirectoryError, match=sentence):
        MarketDirectory.open(tailed)


def test_a_tail_longer_than_the_calendar_or_without_fields_is_refused(tailed):
    with pytest.raises(DataDirectoryError, match="the calendar, which has 2"):
        read_tail(tailed, 2)
    for path in (tailed / "tail").glob("*.npy"):
        path.unlink()
    with pytest.raises(DataDirectoryError, match="one or more fields"):
        read_tail(tailed, LAST)


@pytest.mark.parametrize(
    ("symbols", "columns", "sentence"),
    [
        (["A\tB"], {"close": np.zeros((1, 2), "f4")}, "'A.tB' is not a symbol"),
        (["A", "A"], {"close": np.zeros((2, 2), "f4")}, "each once"),
        ([], {"close": np.zeros((0, 2), "f4")}, "one or more symbols"),
        (["A"], {}, "and fields of them"),
        (["A"], {"../x": np.zeros((1, 2), "f4")}, "cannot be the name of a field"),
        (["A"], {"close": np.zeros((1, 2))}, "close is float64"),
        (["A"], {"close": np.zeros((2, 2), "f4")}, "close is float32 of shape .2, 2."),
        (["A"], {"close": np.zeros((1, 0), "f4")}, "close is float32 of shape .1, 0."),
        (["A"], {"close": np.zeros(1, "f4")}, "close is float32 of shape .1,."),
        (["A"], {"a": np.zeros((1, 2), "f4"), "b": np.zeros((1, 3), "f4")}, "b is float32"),
    ],
)
def test_a_tail_that_does_not_fit_is_not_written(tmp_path, symbols, columns, sentence):
    with pytest.raises(DataDirectoryError, match=sentence):
        write_tail(tmp_path, symbols, columns)

    assert list(tmp_path.iterdir()) == []


def test_a_tail_is_written_once(tailed):
    with pytest.raises(DataDirectoryError, match="exists already"):
        write_tail(tailed, ["AAA"], {"close": np.zeros((1, 2), "f4")})


@settings(deadline=None, max_examples=30)
@given(
    held=st.lists(st.lists(st.booleans(), min_size=8, max_size=8), min_size=4, max_size=4),
    days=st.integers(1, 8),
)
def test_wherever_values_lie_the_market_is_the_same(held, days):
    columns = [np.where(row, np.arange(1.0, 9.0), np.nan) for row in held]
    bars = {
        "A/B": {"close": columns[0], "open": columns[1]},
        "C": {"close": columns[2], "open": columns[3]},
    }
    calendar, universes = CALENDAR[:8], {"all": {"C": (Span(date(2020, 1, 1)),)}}
    with TemporaryDirectory() as folder:
        write_market(Path(folder, "plain"), calendar, bars, universes)
        plain = MarketDirectory.open(Path(folder, "plain"))
        path = write_with_tail(Path(folder, "tailed"), calendar, bars, universes, days)
        tailed = MarketDirectory.open(path)

        assert fingerprint_directory(tailed) == fingerprint_directory(plain)
        for symbol, listing in tailed.instruments.items():
            expected = plain.instruments[symbol]
            assert (listing.first, listing.last) == (expected.first, expected.last)
            assert listing.fields == expected.fields
            for field in ("close", "open"):
                rows = series_rows(plain, field, symbol)
                assert series_rows(tailed, field, symbol) == rows
