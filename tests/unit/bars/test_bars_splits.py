"""Splits that were not adjusted for are found, and news and limits are not taken for them."""

import numpy as np
import pytest
from history_ground import NAN, history_issues

BEFORE = 12


def share(ratio: float, volume: float = 1.0, day: float = 1.01) -> dict[str, np.ndarray]:
    """A share whose prices are multiplied by a ratio overnight, and its volume by another."""
    chance = np.random.default_rng(4)
    close = 60 * np.cumprod(1 + chance.normal(0, 0.01, 2 * BEFORE))
    close[BEFORE:] *= ratio * day * close[BEFORE - 1] / close[BEFORE]
    opened = close * 1.002
    opened[BEFORE] = close[BEFORE - 1] * ratio
    traded = np.full(2 * BEFORE, 1e6)
    traded[BEFORE:] *= volume
    return {"close": close, "open": opened, "volume": traded}


def splits(columns: dict[str, np.ndarray]) -> tuple[str, ...]:
    found = history_issues({"AAA": columns})
    return found["MISSED_SPLITS"].examples if "MISSED_SPLITS" in found else ()


@pytest.mark.parametrize(
    ("ratio", "told"),
    [
        (2 / 3, "3 for 2"),
        (1 / 2, "2 for 1"),
        (1 / 3, "3 for 1"),
        (1 / 4, "4 for 1"),
        (1 / 5, "5 for 1"),
        (1 / 7, "7 for 1"),
        (1 / 10, "10 for 1"),
        (3 / 2, "2 for 3"),
        (2, "1 for 2"),
        (10, "1 for 10"),
        (25, "1 for 25"),
    ],
)
def test_a_split_is_named_whether_or_not_the_volume_shows_it(ratio, told):
    expected = (f"AAA 2020-01-17: {told}",)

    assert splits(share(ratio, 1 / ratio)) == expected
    assert splits(share(ratio)) == expected
    without = share(ratio)
    del without["volume"]
    assert splits(without) == expected


def test_without_opens_the_close_tells_if_it_is_near():
    near, far = share(1 / 2, 2, day=1.02), share(1 / 2, 2, day=1.05)
    assert splits(near)
    assert splits(far)
    for one in (near, far):
        del one["open"]

    assert splits(near)
    assert not splits(far)


@pytest.mark.parametrize("ratio", [0.8, 0.9, 1.1, 1.2, 1.3, 0.75, 0.58, 0.44, 1.7])
def test_a_limit_and_a_move_between_two_ratios_are_no_splits(ratio):
    assert splits(share(ratio, 1 / ratio)) == ()


def test_a_move_with_the_volume_of_news_is_no_split():
    assert splits(share(1 / 2, volume=8)) == ()
    assert splits(share(2, volume=4)) == ()


def test_a_move_that_does_not_stay_is_no_split():
    bad_print = share(1)
    bad_print["close"][BEFORE] /= 2
    bad_print["open"][BEFORE] /= 2
    assert splits(bad_print) == ()

    crash = share(1 / 2, 2)
    crash["close"][BEFORE + 1 :] *= 0.6
    assert splits(crash) == ()


def test_a_move_in_the_course_of_the_day_is_no_split():
    columns = share(1 / 2, 2)
    columns["open"][BEFORE] *= 1.9

    assert splits(columns) == ()


def test_a_split_in_a_week_without_bars_is_found_and_after_months_it_is_a_new_company():
    days = np.busday_offset("2020-01-01", np.arange(60))

    def issues(pause: int) -> dict[str, object]:
        columns = {field: np.full(60, NAN) for field in ("open", "close", "volume")}
        for field, values in share(1 / 2, 2).items():
            columns[field][:BEFORE] = values[:BEFORE]
            columns[field][BEFORE + pause : BEFORE + pause + BEFORE] = values[BEFORE:]
        return history_issues({"AAA": columns}, days)

    assert "MISSED_SPLITS" in issues(4)
    assert "MISSED_SPLITS" not in issues(5)


def test_a_split_at_the_second_and_at_the_last_bar_is_found():
    assert splits({field: values[: BEFORE + 1] for field, values in share(1 / 2, 2).items()})
    assert splits({field: values[BEFORE - 1 :] for field, values in share(1 / 2, 2).items()})


def test_volumes_that_are_missing_or_0_say_nothing():
    columns = share(1 / 2, 2)
    columns["volume"][:BEFORE] = 0
    assert splits(columns)
    columns["volume"][:] = NAN
    assert splits(columns)


def test_apples_profit_warning_of_2000_is_no_split():
    """From 53.50 to 28.19 at the open and 25.75 at the close, on 17 times the volume."""
    columns = {
        "close": np.array([52.19, 53.5, 51.44, 48.94, 53.5, 25.75, 24.25, 22.31]),
        "open": np.array([50.31, 52.75, 53.31, 51.75, 49.31, 28.19, 26.69, 24.94]),
        "volume": np.array([13e6, 7.8e6, 5.2e6, 7.2e6, 17.5e6, 132.5e6, 43.3e6, 36.4e6]),
    }
    assert splits(columns) == ()

    columns["open"][5] = 26.75
    assert splits(columns) == ()

    columns["volume"][5] = 30e6
    assert splits(columns) == ("AAA 2020-01-08: 2 for 1",)
