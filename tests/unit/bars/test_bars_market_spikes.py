"""Days on which many names spike at once are found, and volatile days are not."""

import numpy as np
from history_ground import NAN, history_issues

DAYS = 30
BAD = 15  # 2020-01-22


def shares(names: int) -> dict[str, dict[str, np.ndarray]]:
    """Shares that move by a percent or so, and open where they closed."""
    made = {}
    for name in range(names):
        chance = np.random.default_rng(name)
        close = 20 * np.cumprod(1 + chance.normal(0, 0.004, DAYS))
        made[f"S{name:02}"] = {"close": close, "open": np.r_[close[0], close[:-1]]}
    return made


def bad_print(share: dict[str, np.ndarray], factor: float) -> None:
    """A close that was never traded: the bars on both sides are as they were."""
    share["close"][BAD] *= factor


def day_of_panic(share: dict[str, np.ndarray], factor: float) -> None:
    """A close that was traded, from which the next day set out and recovered."""
    share["close"][BAD] *= factor
    share["open"][BAD + 1] = share["close"][BAD]


def test_a_day_on_which_a_fifth_moves_and_comes_back_is_found():
    market = shares(20)
    for symbol in list(market)[:4]:
        bad_print(market[symbol], 0.92)

    found = history_issues(market)

    assert found.keys() == {"MARKET_SPIKES"}
    assert found["MARKET_SPIKES"].count == 1
    assert found["MARKET_SPIKES"].examples == ("2020-01-22: 4 of 20 names",)


def test_fewer_than_a_fifth_are_not_the_market():
    market = shares(20)
    for symbol in list(market)[:3]:
        bad_print(market[symbol], 0.92)

    assert history_issues(market) == {}


def test_two_names_are_never_a_market():
    market = shares(4)
    for symbol in list(market)[:2]:
        bad_print(market[symbol], 1.08)
    assert history_issues(market) == {}

    bad_print(market["S02"], 1.08)
    assert history_issues(market)["MARKET_SPIKES"].examples == ("2020-01-22: 3 of 4 names",)


def test_moves_in_both_directions_are_not_added_up():
    market = shares(20)
    for place, symbol in enumerate(list(market)[:6]):
        bad_print(market[symbol], 1.08 if place % 2 else 0.92)

    assert history_issues(market) == {}


def test_only_names_with_a_bar_on_the_day_are_the_market():
    market = shares(40)
    for symbol in list(market)[20:]:
        market[symbol]["close"][BAD] = NAN
    for symbol in list(market)[:4]:
        bad_print(market[symbol], 0.92)

    assert history_issues(market)["MARKET_SPIKES"].examples == ("2020-01-22: 4 of 20 names",)


def test_small_moves_are_not_counted():
    market = shares(20)
    for share in market.values():
        bad_print(share, 0.96)

    assert history_issues(market) == {}


def test_a_panic_that_was_traded_is_no_bad_print():
    market = shares(20)
    for share in market.values():
        day_of_panic(share, 0.9)

    assert history_issues(market) == {}


def test_a_fall_that_lasts_is_no_bad_print():
    market = shares(20)
    for share in market.values():
        share["close"][BAD:] *= 0.9
        share["open"][BAD + 1 :] *= 0.9

    assert history_issues(market) == {}


def test_large_spikes_count_for_the_name_and_for_the_market():
    market = shares(10)
    for symbol in list(market)[:3]:
        bad_print(market[symbol], 1.5)

    found = history_issues(market)

    assert found["PRICE_SPIKES"].count == 3
    assert found["MARKET_SPIKES"].examples == ("2020-01-22: 3 of 10 names",)
