"""Equal bars have equal fingerprints, different ones do not."""

from datetime import date

import numpy as np
import pytest

from bars.directory import MarketDirectory
from bars.fingerprint import (
    combine,
    field_fingerprint,
    fingerprint_bars,
    fingerprint_directory,
)
from bars.universes import Span

FIELDS, SYMBOLS, ROWS = ["open", "close"], ["AAA", "BBB"], slice(2, 30)


def mark(path, fields=FIELDS, symbols=SYMBOLS, rows=ROWS):
    return fingerprint_bars(MarketDirectory.open(path), fields, symbols, rows)


def test_a_fingerprint_has_128_bits(market):
    assert len(bytes.fromhex(mark(market()))) == 16


def test_equal_bars_elsewhere_have_the_same_fingerprint(market):
    assert mark(market("here")) == mark(market("there"))


def test_neither_order_nor_repetition_matters(market):
    path = market()
    assert mark(path) == mark(path, ["close", "open", "open"], ["BBB", "AAA", "BBB"])


def test_more_days_instruments_and_fields_around_them_do_not_matter(market, bars):
    more = market("more")
    small = {symbol: {field: bars[symbol][field][2:30] for field in FIELDS} for symbol in SYMBOLS}
    calendar = MarketDirectory.open(more).calendar[2:30]
    less = market("less", bars=small, calendar=calendar)

    assert mark(more) == mark(less, rows=slice(0, 28))


def test_the_row_at_which_a_bin_starts_does_not_matter(market):
    path, padded = market("trimmed"), market("padded")
    file = padded / "features" / "bbb" / "close.day.bin"
    content = np.fromfile(file, dtype="<f4")
    np.r_[np.float32([0, *[np.nan] * 5]), content[1:]].astype("<f4").tofile(file)

    assert content[0] == 5
    assert mark(path, rows=None) == mark(padded, rows=None)


def test_the_bits_of_a_nan_do_not_matter(market, bars):
    bars["AAA"]["close"][10] = np.nan
    path, odd = market("plain"), market("odd")
    file = odd / "features" / "aaa" / "close.day.bin"
    content = np.fromfile(file, dtype="<u4")
    content[11] = 0xFFC12345
    content.tofile(file)

    assert np.isnan(np.fromfile(file, dtype="<f4")[11])
    assert mark(path) == mark(odd)


def test_a_field_that_is_absent_is_one_without_a_value(market, bars):
    absent = market("absent")
    bars["AAA"]["pe"] = np.where(np.arange(len(bars["AAA"]["close"])) == 40, 1.0, np.nan)
    present = market("present")

    assert mark(absent, ["pe"], rows=slice(0, 40)) == mark(present, ["pe"], rows=slice(0, 40))
    assert mark(absent, ["pe"], rows=slice(0, 41)) != mark(present, ["pe"], rows=slice(0, 41))


@pytest.mark.parametrize(
    "other",
    [
        {"fields": ["close"]},
        {"fields": ["close", "high"]},
        {"symbols": ["AAA"]},
        {"symbols": ["AAA", "IDX"]},
        {"rows": slice(2, 31)},
        {"rows": slice(1, 30)},
    ],
)
def test_other_bars_have_another_fingerprint(market, other):
    path = market()
    assert mark(path) != mark(path, **other)


def test_one_value_makes_a_difference_only_where_it_is_read(market, bars):
    before = market("before")
    bars["AAA"]["close"][30] *= 1.000001
    after = market("after")

    assert mark(before) == mark(after)
    assert mark(before, rows=slice(2, 31)) != mark(after, rows=slice(2, 31))


def test_the_same_values_on_other_days_have_another_fingerprint(market):
    here = market("here")
    calendar = MarketDirectory.open(here).calendar + np.timedelta64(28)
    later = market("later", calendar=calendar)

    assert mark(here) != mark(later)


def test_fingerprints_of_fields_combine_to_that_of_the_bars(market):
    path = market()
    directory = MarketDirectory.open(path)
    parts = [field_fingerprint(directory, field, SYMBOLS, ROWS) for field in FIELDS]

    assert combine(parts) == combine(reversed(parts)) == mark(path)
    assert combine(parts[:1]) != parts[0]


def test_the_same_directory_again_has_the_same_fingerprint(market):
    here, there = market("here"), market("there")
    (there / "features" / "aaa" / "note.txt").write_text("no bin")

    fingerprints = {fingerprint_directory(MarketDirectory.open(path)) for path in (here, there)}

    assert len(fingerprints) == 1


@pytest.mark.parametrize("change", ["calendar", "universe", "name", "value", "field"])
def test_anything_else_in_a_directory_makes_another_fingerprint(market, bars, change):
    before = fingerprint_directory(MarketDirectory.open(market("before")))
    settings: dict[str, object] = {}
    two = {"AAA": (Span(date(2020, 1, 1)),), "BBB": (Span(date(2020, 1, 8)),)}
    if change == "calendar":
        days = MarketDirectory.open(market("days")).calendar.copy()
        days[-1] += 1
        settings["calendar"] = days
    elif change == "universe":
        settings["universes"] = {"two": {**two, "BBB": (Span(date(2020, 1, 9)),)}}
    elif change == "name":
        settings["universes"] = {"duo": two}
    elif change == "value":
        bars["IDX"]["volume"][3] += 1
    else:
        bars["AAA"]["pe"] = bars["AAA"]["close"]

    after = fingerprint_directory(MarketDirectory.open(market("after", **settings)))

    assert after != before
