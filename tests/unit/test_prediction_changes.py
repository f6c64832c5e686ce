"""How predictions on newer data are compared with those that were kept."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from compute.prediction_changes import Predictions, changes_between

DAYS = np.array(["2024-03-01", "2024-03-04", "2024-03-05"], "datetime64[D]")
NAN = np.nan


def panel(values: list[list[float]], symbols: str, first: int = 0) -> Predictions:
    """A panel of days from `first`, of symbols of one letter."""
    return Predictions(np.array(values), DAYS[first : first + len(values)], tuple(symbols))


def test_equal_panels_have_no_change() -> None:
    same = panel([[1.0, NAN], [2.0, 3.0]], "AB")

    found = changes_between(same, same)

    assert (found.compared_days, found.compared_cells, found.changed_cells) == (2, 3, 0)
    assert (found.appeared_cells, found.lost_cells) == (0, 0)
    assert (found.largest_change, found.largest_change_date) == (0.0, None)
    assert found.largest_change_instrument is None


def test_the_first_of_the_largest_changes_is_named() -> None:
    before = panel([[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]], "AB")
    after = panel([[1.0, 1.25], [0.5, 1.5], [1.5, 1.0]], "AB")

    found = changes_between(before, after)

    assert (found.changed_cells, found.largest_change) == (4, 0.5)
    assert (found.largest_change_date, found.largest_change_instrument) == ("2024-03-04", "A")


def test_what_only_one_has_is_counted_and_not_compared() -> None:
    before = panel([[1.0, 2.0], [3.0, NAN]], "AB")
    after = panel([[3.0, 4.0], [5.0, 6.0]], "AC", first=1)

    found = changes_between(before, after)

    assert (found.compared_days, found.compared_cells, found.changed_cells) == (1, 1, 0)
    assert (found.appeared_cells, found.lost_cells) == (3, 2)


def test_nothing_to_compare_has_no_largest_change() -> None:
    found = changes_between(panel([[1.0, NAN]], "AB"), panel([[NAN, 1.0]], "AB"))

    assert (found.compared_cells, found.largest_change) == (0, None)


@pytest.mark.parametrize("seed", range(5))
def test_pandas_counts_the_same(seed: int) -> None:
    chance = np.random.default_rng(seed)
    frames = []
    for _ in range(2):
        days = np.sort(
            chance.choice(np.arange("2024-01-01", "2024-02-15", dtype="M8[D]"), 30, False)
        )
        symbols = sorted(chance.choice(list("ABCDEFGHIJ"), 7, False))
        values = chance.integers(0, 4, (30, 7)) / 4
        values[chance.random(values.shape) < 0.3] = NAN
        frames.append(pd.DataFrame(values, days, symbols))
    before, after = (Predictions(f.to_numpy(), f.index.to_numpy("M8[D]"), tuple(f)) for f in frames)

    found = changes_between(before, after)

    old, new = frames[0].align(frames[1])
    sizes = (new - old).abs()
    assert found.compared_days == len(frames[0].index.intersection(frames[1].index))
    assert found.compared_cells == sizes.count().sum()
    assert found.changed_cells == (sizes > 0).sum().sum()
    assert found.appeared_cells == (old.isna() & new.notna()).sum().sum()
    assert found.lost_cells == (old.notna() & new.isna()).sum().sum()
    day, symbol = sizes.stack().idxmax()
    assert found.largest_change == sizes.max().max()
    assert found.largest_change_date == date.fromisoformat(str(day)[:10]).isoformat()
    assert found.largest_change_instrument == symbol
