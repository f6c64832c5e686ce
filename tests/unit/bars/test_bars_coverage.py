"""Days without bars, names that end, and markets where none ever does are found."""

import numpy as np
import pytest
from history_ground import NAN, history_issues, issues_of_closes, trading_days


def closes(count: int, *missing: slice) -> dict[str, np.ndarray]:
    values = np.random.default_rng(count).uniform(10, 10.4, count)
    for rows in missing:
        values[rows] = NAN
    return {"close": values}


def test_days_between_the_first_and_the_last_bar_without_one_are_counted():
    found = history_issues({"AAA": closes(20, slice(0, 4), slice(6, 9), slice(12, 13))})

    assert found.keys() == {"BAR_GAPS"}
    assert found["BAR_GAPS"].count == 4
    assert found["BAR_GAPS"].examples == (
        "AAA 2020-01-09 to 2020-01-13: 3 days",
        "AAA 2020-01-17: 1 day",
    )


def test_days_before_the_first_and_after_the_last_bar_are_no_gaps():
    assert issues_of_closes(NAN, NAN, 10, 10.1, NAN) == {}


def test_the_longest_gaps_of_the_market_are_shown_and_all_are_counted():
    shares = {f"S{gap}": closes(30, slice(3, 3 + gap), slice(20, 21)) for gap in range(1, 9)}

    found = history_issues(shares)["BAR_GAPS"]

    assert found.count == sum(range(1, 9)) + 8
    assert [example.split()[0] for example in found.examples] == ["S8", "S7", "S6", "S5", "S4"]
    assert found.examples[0] == "S8 2020-01-06 to 2020-01-15: 8 days"


def test_a_bar_with_a_price_of_0_is_there():
    assert issues_of_closes(10, 0, 10.1) == {}


def test_a_name_that_ends_is_told_with_its_last_day():
    found = history_issues({"XYZ": closes(50, slice(29, 50)), "ABC": closes(50, slice(30, 50))})

    assert found.keys() == {"ENDS_EARLY"}
    assert found["ENDS_EARLY"].count == 1
    assert found["ENDS_EARLY"].examples == ("XYZ 2020-02-10",)


def market(names: int, days: int, *ended: slice) -> dict[str, object]:
    shares = {f"S{name:02}": closes(days) for name in range(names)}
    for symbol, rows in zip(shares, ended, strict=False):
        shares[symbol] = closes(days, rows)
    return history_issues(shares, trading_days(days))


def test_a_market_of_which_nobody_is_ever_delisted_is_one_of_survivors():
    found = market(20, 750)

    assert found.keys() == {"NO_NAME_ENDS"}
    assert found["NO_NAME_ENDS"].count == 1
    assert found["NO_NAME_ENDS"].examples == ("20 names from 2020-01-01 to 2022-11-15",)


@pytest.mark.parametrize(("names", "days"), [(19, 750), (20, 700)], ids=["few names", "short"])
def test_a_market_too_small_to_tell_is_not_one_of_survivors(names, days):
    assert market(names, days) == {}


def test_one_name_that_ends_is_enough():
    assert market(20, 750, slice(700, 750)).keys() == {"ENDS_EARLY"}


def test_a_name_without_any_close_neither_ends_nor_counts():
    assert market(20, 750, slice(0, 750)) == {}
    assert market(21, 750, slice(0, 750))["NO_NAME_ENDS"].examples[0].startswith("20 names")
