"""Every check finds its fault, and nothing in a market without fault."""

import shutil
import struct
from datetime import date

import numpy as np
import pytest

from bars.checks import judge
from bars.directory import MarketDirectory
from bars.quality import MAX_EXAMPLES
from bars.universes import Span
from domain.severity import Severity

TWO = {"AAA": (Span(date(2020, 1, 1)),), "BBB": (Span(date(2020, 1, 8)),)}


def issues(path, benchmark="IDX"):
    """The issues by check; a check that has several is a test's own affair."""
    report = judge(MarketDirectory.open(path), benchmark)
    return {issue.check: issue for issue in report.issues}


def test_a_market_without_fault_has_no_issue_and_is_counted(market):
    report = judge(MarketDirectory.open(market()), "IDX")

    assert report.issues == ()
    assert not report.has_errors
    assert report.rows == 43 + 38 + 43
    assert report.instruments == 3


def test_upper_case_folders_are_an_error(market):
    path = market()
    (path / "features" / "bbb").rename(path / "features" / "BBB")

    report = judge(MarketDirectory.open(path), "IDX")

    found = {issue.check: issue for issue in report.issues}
    assert found["UPPER_CASE_FOLDERS"].severity is Severity.ERROR
    assert found["UPPER_CASE_FOLDERS"].examples == ("features/BBB",)
    assert found["MISSING_BINS"].examples == ("two: BBB",)
    assert report.has_errors
    assert report.issues[0] is found["UPPER_CASE_FOLDERS"]


def test_a_market_of_upper_case_folders_alone_can_still_be_judged(market):
    path = market()
    for name in ("aaa", "bbb", "idx"):
        (path / "features" / name).rename(path / "features" / name.upper())

    found = issues(path)

    assert found["UPPER_CASE_FOLDERS"].count == 3
    assert found["MISSING_CLOSE"].severity is Severity.ERROR
    assert found["MISSING_BENCHMARK"].severity is Severity.ERROR


def test_upper_case_bins_are_an_error(market):
    path = market()
    folder = path / "features" / "aaa"
    (folder / "close.day.bin").rename(folder / "Close.day.bin")

    found = issues(path)

    assert found["UPPER_CASE_BINS"].severity is Severity.ERROR
    assert found["UPPER_CASE_BINS"].examples == ("features/aaa/Close.day.bin",)
    assert found["MISSING_PRICES"].examples == ("AAA: no close",)


def test_a_change_in_percent_is_an_error_with_a_day_to_look_at(market, bars):
    bars["AAA"]["change"] *= 100
    worst = int(np.flatnonzero(np.abs(bars["AAA"]["change"]) > 0.5)[0])
    path = market()

    found = issues(path)

    assert found.keys() == {"CHANGE_IN_PERCENT"}
    assert found["CHANGE_IN_PERCENT"].severity is Severity.ERROR
    assert found["CHANGE_IN_PERCENT"].count == 1
    day = MarketDirectory.open(path).calendar[worst]
    assert found["CHANGE_IN_PERCENT"].examples[0].startswith(f"AAA {day}: ")


def test_a_change_that_fits_neither_is_a_mismatch(market, bars):
    bars["BBB"]["change"][[9, 20]] += 0.03

    found = issues(market())

    assert found.keys() == {"CHANGE_MISMATCH"}
    assert found["CHANGE_MISMATCH"].severity is Severity.WARNING
    assert found["CHANGE_MISMATCH"].count == 2
    assert found["CHANGE_MISMATCH"].examples == ("BBB 2020-01-14", "BBB 2020-01-29")


def test_the_change_after_a_suspension_is_taken_from_the_last_close(market, bars):
    share = bars["AAA"]
    for values in share.values():
        values[10:13] = np.nan
    share["change"][13] = share["close"][13] / share["close"][9] - 1

    found = issues(market())

    assert found.keys() == {"BAR_GAPS"}
    assert found["BAR_GAPS"].severity is Severity.INFO
    assert found["BAR_GAPS"].examples == ("AAA 2020-01-15 to 2020-01-17: 3 days",)


def test_a_day_without_change_is_a_gap_but_not_the_first(market, bars):
    bars["AAA"]["change"][17] = np.nan

    found = issues(market())

    assert found.keys() == {"CHANGE_GAPS"}
    assert found["CHANGE_GAPS"].examples == ("AAA 2020-01-24",)


@pytest.mark.parametrize("field", ["vwap", "factor", "change"])
def test_a_missing_field_is_a_warning_but_not_for_the_benchmark(market, bars, field):
    for symbol in ("AAA", "BBB", "IDX"):
        del bars[symbol][field]

    found = issues(market())

    check = f"MISSING_{field.upper()}"
    assert found.keys() == {check}
    assert found[check].severity is Severity.WARNING
    assert found[check].count == 2
    assert found[check].examples == ("AAA", "BBB")


@pytest.mark.parametrize("field", ["open", "high", "low", "close", "volume"])
def test_a_bin_that_is_shorter_than_the_others_is_found(market, bars, field):
    bars["BBB"][field][-3:] = np.nan

    found = issues(market())

    assert found["PRICE_GAPS"].severity is Severity.WARNING
    assert found["PRICE_GAPS"].count == 3
    [example] = found["PRICE_GAPS"].examples
    assert example.startswith("BBB 2020-")
    assert example.endswith(f": no {field} (3 days)")


def test_a_day_without_any_price_is_a_suspension_and_no_gap(market, bars):
    for field in ("open", "high", "low", "close", "vwap", "change"):
        bars["BBB"][field][-3:] = np.nan

    assert "PRICE_GAPS" not in issues(market())


def test_one_cell_without_factor_where_there_is_a_close_is_found(market, bars):
    bars["BBB"]["factor"][30] = np.nan

    found = issues(market())

    assert found.keys() == {"FACTOR_GAPS"}
    assert found["FACTOR_GAPS"].count == 1
    assert found["FACTOR_GAPS"].examples == ("BBB 2020-02-12",)


@pytest.mark.parametrize("symbol", ["IDX", "SH000300", "SZ399001", "000905.SH", "^GSPC"])
def test_an_index_in_a_universe_is_found_universe_by_universe(market, bars, symbol):
    bars[symbol] = bars["IDX"]
    inside = {**TWO, symbol: (Span(date(2020, 1, 1)),)}
    path = market(universes={"all": inside, "clean": TWO, "more": inside})

    report = judge(MarketDirectory.open(path), "IDX")

    found = [issue for issue in report.issues if issue.check == "INDEX_IN_UNIVERSE"]
    assert [issue.count for issue in found] == [1, 1]
    assert [issue.examples for issue in found] == [(f"all: {symbol}",), (f"more: {symbol}",)]


@pytest.mark.parametrize("symbol", ["SH600000", "SZ000300", "SZ300750", "AAPL", "SH6000300"])
def test_a_share_is_not_taken_for_an_index(market, bars, symbol):
    bars[symbol] = bars["AAA"]
    path = market(universes={"two": {**TWO, symbol: (Span(date(2020, 1, 1)),)}})

    assert issues(path) == {}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"abc", "has 3 bytes"),
        (b"", "has 0 bytes"),
        (struct.pack("<3f", 99, 1, 1), "starts at row 99"),
        (struct.pack("<3f", 42, 1, 1), "ends at row 43; bins have rows 0 to 42"),
    ],
)
def test_a_bin_of_wrong_size_is_an_error_and_the_rest_is_still_judged(
    market, bars, content, reason
):
    bars["BBB"]["factor"][30] = np.nan
    path = market()
    (path / "features" / "aaa" / "vwap.day.bin").write_bytes(content)

    found = issues(path)

    assert found["BIN_SIZE"].severity is Severity.ERROR
    assert found["BIN_SIZE"].count == 1
    assert f"aaa/vwap.day.bin {reason}" in found["BIN_SIZE"].examples[0]
    assert "FACTOR_GAPS" in found


def test_two_folders_with_one_symbol_are_an_error(market, bars):
    bars["A%B"] = bars["AAA"]
    path = market(universes={"two": {**TWO, "A%B": (Span(date(2020, 1, 1)),)}})
    shutil.copytree(path / "features" / "bbb", path / "features" / "a%b")

    found = issues(path)

    assert found.keys() == {"SYMBOL_TWICE"}
    assert found["SYMBOL_TWICE"].severity is Severity.ERROR
    assert found["SYMBOL_TWICE"].examples == ("features/a%b and features/a%25b",)


def test_a_member_without_bars_and_bars_of_no_member_are_found(market, bars):
    bars["CCC"] = bars["AAA"]
    path = market(universes={"two": {**TWO, "GONE": (Span(date(2020, 1, 1)),)}})

    found = issues(path)

    assert found.keys() == {"MISSING_BINS", "UNLISTED"}
    assert found["MISSING_BINS"].examples == ("two: GONE",)
    assert found["UNLISTED"].severity is Severity.INFO
    assert found["UNLISTED"].examples == ("CCC",)


def test_a_membership_on_days_without_bars_is_found(market):
    outside = {
        "AAA": (Span(date(2010, 1, 1), date(2019, 12, 31)), Span(date(2020, 1, 1))),
        "BBB": (Span(date(2020, 1, 1), date(2020, 1, 7)), Span(date(2020, 1, 8))),
    }

    found = issues(market(universes={"two": outside}))

    assert found.keys() == {"MEMBERSHIP_OUTSIDE_DATA"}
    assert found["MEMBERSHIP_OUTSIDE_DATA"].examples == (
        "two: AAA 2010-01-01 to 2019-12-31",
        "two: BBB 2020-01-01 to 2020-01-07",
    )


def test_empty_universes_and_names_that_do_not_fit_are_found(market):
    path = market()
    (path / "instruments" / "none.txt").write_text("")
    (path / "instruments" / "300.txt").write_text("AAA\t2020-01-01\t2020-01-02\n")

    found = issues(path)

    assert found.keys() == {"EMPTY_UNIVERSE", "UNIVERSE_NAME"}
    assert found["EMPTY_UNIVERSE"].examples == ("instruments/none.txt",)
    assert found["UNIVERSE_NAME"].examples == ("instruments/300.txt",)
    assert "300" not in MarketDirectory.open(path).markets


def test_no_benchmark_is_worth_knowing_and_one_without_a_close_is_an_error(market, bars):
    path = market()
    assert issues(path, None)["NO_BENCHMARK"].severity is Severity.INFO
    assert issues(path, "NASDAQ")["MISSING_BENCHMARK"].examples == ("NASDAQ",)

    del bars["IDX"]["close"]
    found = issues(market("closeless"))
    assert found["MISSING_BENCHMARK"].severity is Severity.ERROR


def test_days_on_which_the_benchmark_is_missing_are_found(market, bars):
    bars["IDX"]["close"][3:5] = np.nan

    found = issues(market())

    assert found["BENCHMARK_GAPS"].count == 2
    assert found["BENCHMARK_GAPS"].examples == ("IDX 2020-01-06", "IDX 2020-01-07")


def test_weekends_holes_and_days_without_any_share_are_found(market, bars):
    path = market()
    days = MarketDirectory.open(path).calendar.copy()
    days[-1] = np.datetime64("2020-02-29")
    for symbol in ("AAA", "BBB"):
        for values in bars[symbol].values():
            values[20] = np.nan
        bars[symbol]["change"][21] = bars[symbol]["close"][21] / bars[symbol]["close"][19] - 1
    days[:2] -= 30

    found = issues(market("odd", calendar=days))

    assert found.keys() == {"CALENDAR_WEEKENDS", "CALENDAR_GAPS", "EMPTY_DAYS", "BAR_GAPS"}
    assert found["CALENDAR_WEEKENDS"].examples == ("2020-02-29",)
    assert found["CALENDAR_GAPS"].examples == ("2019-12-03 to 2020-01-03",)
    assert found["EMPTY_DAYS"].examples == ("2020-01-29",)


def test_values_that_no_market_has_are_found(market, bars):
    bars["AAA"]["volume"][4] = np.inf
    bars["AAA"]["open"][7] = 0
    bars["AAA"]["vwap"][11] *= 2
    bars["AAA"]["volume"][12] = 0

    found = issues(market())

    assert found["INFINITE_VALUES"].examples == ("AAA 2020-01-07",)
    assert found["NON_POSITIVE_PRICES"].examples == ("AAA 2020-01-10",)
    assert found["PRICES_OUT_OF_RANGE"].examples == ("AAA 2020-01-10", "AAA 2020-01-16")
    assert found["ZERO_VOLUME_BARS"].examples == ("AAA 2020-01-17",)
    assert {issue.severity for issue in found.values()} == {Severity.WARNING}


def test_estimated_fields_are_told(market):
    found = issues(market(estimated=["vwap", "volume"]))

    assert found.keys() == {"VWAP_ESTIMATED", "FIELDS_ESTIMATED"}
    assert found["VWAP_ESTIMATED"].severity is Severity.INFO
    assert found["FIELDS_ESTIMATED"].examples == ("volume",)


def test_many_findings_are_counted_and_a_few_shown(market, bars):
    bars["AAA"]["factor"][:] = np.nan
    bars["AAA"]["factor"][0] = 1
    bars["BBB"]["factor"][40] = np.nan

    found = issues(market())

    assert found["FACTOR_GAPS"].count == 43
    assert len(found["FACTOR_GAPS"].examples) == MAX_EXAMPLES
