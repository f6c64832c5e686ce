"""Closes that jump, spike or stand still are found, and ordinary ones are not."""

import warnings

import numpy as np
import pytest
from history_ground import NAN, history_issues, issues_of_closes

from bars.checks import judge
from bars.directory import MarketDirectory
from bars.quality import CHECKS, MAX_EXAMPLES
from domain.severity import Severity


def test_a_move_of_more_than_half_is_a_jump_up_or_down():
    assert issues_of_closes(10, 10.1, 71.9, 72)["PRICE_JUMPS"].examples == (
        "AAA 2020-01-03: +612 %",
    )
    assert issues_of_closes(10, 10.1, 4.9, 4.8)["PRICE_JUMPS"].examples == (
        "AAA 2020-01-03: -51 %",
    )


@pytest.mark.parametrize("closes", [(10, 15, 15.2), (10, 5, 5.1), (10, 14, 19), (10, 10, 10)])
def test_a_move_of_half_or_less_is_no_jump(closes):
    assert issues_of_closes(*closes).keys() <= {"MISSED_SPLITS"}


def test_a_jump_is_from_the_last_close_there_was():
    found = issues_of_closes(10, NAN, NAN, 16, 16.1)

    assert found["PRICE_JUMPS"].examples == ("AAA 2020-01-06: +60 %",)


def test_a_jump_at_the_last_bar_counts_and_the_first_bar_is_no_move():
    assert issues_of_closes(10, 10, 40.2)["PRICE_JUMPS"].count == 1
    assert issues_of_closes(NAN, 5000, 5010) == {}


def test_a_price_of_0_or_below_is_nothing_to_move_from_or_to():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert issues_of_closes(10, 0, -3, 10.2) == {}
        assert issues_of_closes(0, 10, 10.1, -10) == {}
        assert issues_of_closes(*[0] * 12) == {}
        assert issues_of_closes(10, np.inf, 10.1).keys() == {"BAR_GAPS"}


@pytest.mark.parametrize("closes", [(), (10,), (NAN,), (NAN, 10, NAN), (10, 11)])
def test_a_history_too_short_to_tell_is_without_fault(closes):
    assert issues_of_closes(*closes) == {}


def test_a_move_that_the_next_close_takes_back_is_a_spike_and_no_jump():
    up = issues_of_closes(10, 10.1, 20, 10.2, 10.1)
    assert up.keys() == {"PRICE_SPIKES"}
    assert up["PRICE_SPIKES"].examples == ("AAA 2020-01-03: +98 %",)

    down = issues_of_closes(10, 10.1, 0.1, 10.2, 10.1)
    assert down.keys() == {"PRICE_SPIKES"}
    assert down["PRICE_SPIKES"].examples == ("AAA 2020-01-03: -99 %",)


def test_a_spike_is_seen_across_days_without_bars():
    assert issues_of_closes(10, NAN, 13, NAN, 10.2)["PRICE_SPIKES"].count == 1


@pytest.mark.parametrize(
    "closes",
    [
        (10, 12, 10),
        (10, 8, 10),
        (10, 12.4, 10.7),
        (10, 12.4, 11.6),
        (10, 10, 12.5),
        (12.5, 10, 10),
    ],
    ids=["a limit up", "a limit down", "half back", "a third back", "the last", "the first"],
)
def test_a_move_within_limits_or_not_taken_back_is_no_spike(closes):
    assert "PRICE_SPIKES" not in issues_of_closes(*closes)


def test_more_of_a_large_spike_may_be_left_than_of_a_small_one():
    assert "PRICE_SPIKES" in issues_of_closes(10, 15, 10.9)
    assert "PRICE_SPIKES" not in issues_of_closes(10, 13, 10.9)
    assert "PRICE_SPIKES" not in issues_of_closes(10, 90, 11.1)


def test_a_price_that_comes_back_only_in_the_course_of_the_day_is_no_spike():
    close = np.array([10, 10, 13, 10, 10])

    def issues(next_open):
        return history_issues({"AAA": {"close": close, "open": [10, 10, 10, next_open, 10]}})

    assert "PRICE_SPIKES" in issues(10.1)
    assert "PRICE_SPIKES" not in issues(12.8)
    assert "PRICE_SPIKES" in issues(NAN)
    assert "PRICE_SPIKES" in issues(0)


def test_two_spikes_and_a_jump_are_told_apart():
    found = issues_of_closes(10, 13, 10, 10.1, 7, 10.2, 10.3, 30, 29)

    assert found["PRICE_SPIKES"].examples == ("AAA 2020-01-02: +30 %", "AAA 2020-01-07: -31 %")
    assert found["PRICE_JUMPS"].examples == ("AAA 2020-01-10: +191 %",)


def test_ten_equal_closes_are_stale_and_nine_are_not():
    assert issues_of_closes(*[9] * 3, *[10] * 9, *[11] * 9) == {}

    found = issues_of_closes(*[9] * 3, *[10.25] * 10, *[11] * 12)

    assert found.keys() == {"STALE_PRICES"}
    assert found["STALE_PRICES"].count == 2
    assert found["STALE_PRICES"].examples == (
        "AAA 2020-01-06 to 2020-01-17: 10.25",
        "AAA 2020-01-20 to 2020-02-04: 11",
    )


def test_days_without_bars_neither_break_a_run_nor_count_in_it():
    assert issues_of_closes(*[10] * 5, *[NAN] * 3, *[10] * 5)["STALE_PRICES"].examples == (
        "AAA 2020-01-01 to 2020-01-17: 10",
    )
    assert "STALE_PRICES" not in issues_of_closes(*[10] * 5, *[NAN] * 9, *[10] * 4)


def test_many_are_counted_and_the_first_are_shown():
    found = issues_of_closes(*[10 * 1.7**step for step in range(9)])

    assert found["PRICE_JUMPS"].count == 8
    assert len(found["PRICE_JUMPS"].examples) == MAX_EXAMPLES
    assert found["PRICE_JUMPS"].examples[0] == "AAA 2020-01-02: +70 %"


def test_the_history_of_a_share_is_judged_and_that_of_an_index_is_not(market, bars):
    for symbol in ("AAA", "IDX"):
        share = bars[symbol]
        for field in ("open", "high", "low", "close", "vwap"):
            share[field][30:] *= 4
        share["change"][30] = share["close"][30] / share["close"][29] - 1
    bars["SH000905"] = bars["IDX"]

    report = judge(MarketDirectory.open(market()), "IDX")

    found = {issue.check: issue for issue in report.issues}

    assert found.keys() == {"PRICE_JUMPS", "MISSED_SPLITS", "UNLISTED"}
    assert found["PRICE_JUMPS"].examples == ("AAA 2020-02-12: +292 %",)
    assert found["MISSED_SPLITS"].examples == ("AAA 2020-02-12: 1 for 4",)


def test_what_histories_say_refuses_no_market():
    named = "PRICE_JUMPS PRICE_SPIKES MARKET_SPIKES MISSED_SPLITS STALE_PRICES NO_NAME_ENDS"

    assert {CHECKS[check][0] for check in named.split()} == {Severity.WARNING}
    assert {CHECKS[check][0] for check in ("BAR_GAPS", "ENDS_EARLY")} == {Severity.INFO}
