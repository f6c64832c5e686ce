"""Quantiles against exact arithmetic and pandas.qcut."""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from scipy import stats

from compute.analysis.quantiles import (
    assign_quantiles,
    daily_quantile_returns,
    long_short_return,
    quantile_returns,
    turnover,
)
from compute.analysis.ranks import ordered
from compute.analysis.sections import Sections
from domain.errors import BadInputError


def _assigned(values: Sequence[float], quantiles: int) -> npt.NDArray[np.int32]:
    """The quantiles of one day whose names all have a return."""
    sections = _sections(1, len(values))
    signal = ordered(np.array(values, dtype=np.float64), sections)
    return assign_quantiles(signal, np.zeros(len(values), np.float32), sections, quantiles)


def _sections(days: int, names: int) -> Sections:
    return Sections.of(np.ones((days, names), dtype=bool))


def _exact(values: npt.NDArray[np.float64], quantiles: int) -> list[int]:
    lowest = stats.rankdata(values, method="min").astype(int) - 1
    share = Fraction(quantiles, len(values) - 1)
    return [max(1, ceil(share * int(place))) for place in lowest]


@pytest.mark.parametrize("quantiles", [1, 2, 3, 5, 6, 10, 17])
def test_quantiles_are_exact_with_ties(quantiles: int) -> None:
    random = np.random.default_rng(quantiles)
    for names in range(max(quantiles, 2), 90):
        values = random.integers(0, names, size=names).astype(np.float64)

        assert _assigned(values, quantiles).tolist() == _exact(values, quantiles)


@pytest.mark.parametrize("quantiles", [2, 3, 4, 5, 8, 10, 20])
def test_quantiles_are_those_of_qcut_where_it_does_not_raise(quantiles: int) -> None:
    random = np.random.default_rng(quantiles)
    compared = 0
    for names in range(max(quantiles, 2), 150):
        values = np.round(random.normal(size=names), 2)
        try:
            expected = pd.qcut(values, quantiles, labels=False) + 1
        except ValueError:
            continue
        compared += 1
        np.testing.assert_array_equal(_assigned(values, quantiles), expected)
    assert compared > 30


def test_qcut_differs_only_for_a_name_exactly_on_an_edge() -> None:
    # With 19 names and 6 quantiles qcut's third edge falls a rounding short of the tenth name.
    values = np.arange(19) * 1.37 + 0.1
    ours = _assigned(values, 6)
    theirs = pd.qcut(values, 6, labels=False) + 1

    apart = np.flatnonzero(ours != theirs)

    assert apart.size
    assert all(6 * place % 18 == 0 for place in apart)


def test_ties_stay_together() -> None:
    found = _assigned([1.0, 2.0, 2.0, 2.0, 2.0], 5)

    assert found[1:].tolist() == [found[1]] * 4


def test_a_day_with_fewer_names_than_quantiles_is_left_out() -> None:
    assert _assigned([1.0, 2.0, 3.0, 4.0, np.nan], 5).tolist() == [0] * 5
    assert _assigned([1.0, np.nan], 1).tolist() == [0, 0]


@pytest.mark.parametrize("quantiles", [0, -1, 101])
def test_an_impossible_number_of_quantiles_is_refused(quantiles: int) -> None:
    with pytest.raises(BadInputError, match="1 to 100"):
        _assigned([1.0, 2.0], quantiles)


def test_returns_are_averaged_by_day_and_not_by_name() -> None:
    # The top quantile earns 1 and 3 on the first day and 10 on the second: (2 + 10) / 2.
    assigned = np.array([1, 2, 2, 1, 0, 2], dtype=np.int32)
    returns = np.array([0.0, 1.0, 3.0, 4.0, np.nan, 10.0])

    daily = daily_quantile_returns(assigned, returns, _sections(2, 3), 2)
    low, top = quantile_returns(daily)

    assert (low.quantile, low.mean_return, low.count) == (1, 2.0, 2)
    assert (top.quantile, top.mean_return, top.count) == (2, 6.0, 3)
    assert long_short_return(daily) == 4.0


def test_a_quantile_that_is_always_empty_has_no_return() -> None:
    assigned = np.array([1, 1, 3], dtype=np.int32)

    daily = daily_quantile_returns(assigned, np.ones(3), _sections(1, 3), 3)

    middle = quantile_returns(daily)[1]
    assert np.isnan(middle.mean_return)
    assert middle.count == 0
    assert long_short_return(daily) == 0.0


def test_turnover_counts_days_whose_day_before_has_the_quantile_too() -> None:
    # Days 1 and 4 count: half of the names are new, then both. Day 2 is left out, day 3
    # has nothing to compare with.
    assigned = np.array(
        [[2, 2, 1, 1], [2, 1, 2, 1], [0, 0, 0, 0], [2, 2, 1, 1], [1, 1, 2, 2]], dtype=np.int32
    )

    assert turnover(assigned.ravel(), _sections(5, 4), 2) == 0.75
    assert np.isnan(turnover(assigned[0], _sections(1, 4), 2))


def test_a_name_that_was_no_member_the_day_before_has_entered() -> None:
    sections = Sections.of(np.array([[True, False, True], [True, True, True]]))
    assigned = np.array([2, 1, 2, 2, 1], dtype=np.int32)

    assert turnover(assigned, sections, 2) == 0.5


def test_a_name_without_a_return_is_in_no_quantile() -> None:
    sections = _sections(1, 4)
    signal = ordered(np.array([4.0, 3.0, 2.0, 1.0]), sections)
    returns = np.array([0.1, np.nan, np.inf, 0.2], dtype=np.float32)

    assert assign_quantiles(signal, returns, sections, 2).tolist() == [2, 0, 0, 1]
