"""Ranks and correlations against SciPy, row by row."""

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from compute.analysis.correlation import daily_ic, daily_rank_ic, row_pearson
from compute.analysis.ranks import average_ranks, tie_places


def _tied_panel(seed: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    random = np.random.default_rng(seed)
    values = random.integers(-4, 5, size=(40, 25)).astype(np.float32)
    values[::2] += random.normal(size=(20, 25)).astype(np.float32)
    valid = random.random((40, 25)) < 0.7
    valid[3] = False
    valid[4] = np.arange(25) == 7
    values[~valid & (random.random((40, 25)) < 0.5)] = np.nan
    return values, valid


def test_average_ranks_are_scipys() -> None:
    values, valid = _tied_panel(1)

    ranks = average_ranks(values, valid)

    assert np.isnan(ranks[~valid]).all()
    for row, taken, ranked in zip(values, valid, ranks, strict=True):
        np.testing.assert_array_equal(ranked[taken], stats.rankdata(row[taken]))


@pytest.mark.parametrize(("place", "method"), [(0, "min"), (1, "max")])
def test_tie_places_are_scipys_lowest_and_highest_ranks(place: int, method: str) -> None:
    values, valid = _tied_panel(2)

    places = tie_places(values, valid)[place]

    for row, taken, placed in zip(values, valid, places, strict=True):
        np.testing.assert_array_equal(placed[taken] + 1, stats.rankdata(row[taken], method=method))


def test_minus_zero_ties_with_zero() -> None:
    row = np.array([[0.0, -0.0, 1.0]])

    assert average_ranks(row, np.ones_like(row, dtype=bool)).tolist() == [[1.5, 1.5, 3.0]]


def test_ranks_of_no_names_are_empty() -> None:
    assert average_ranks(np.empty((3, 0)), np.empty((3, 0), dtype=bool)).shape == (3, 0)


def test_row_correlations_are_scipys() -> None:
    random = np.random.default_rng(3)
    x, valid = _tied_panel(3)
    y = (np.nan_to_num(x) + random.normal(size=x.shape) * 1e-3 + 1e6).astype(np.float32)

    correlations = row_pearson(x, y, valid)

    for left, right, taken, found in zip(x, y, valid, correlations, strict=True):
        if taken.sum() < 2:
            assert np.isnan(found)
        else:
            expected = stats.pearsonr(
                left[taken].astype(np.float64), right[taken].astype(np.float64)
            )
            assert found == pytest.approx(expected.statistic, abs=1e-12)


def test_a_constant_side_has_no_correlation_even_if_its_mean_is_rounded() -> None:
    # 0.1 summed three times is not 0.3: a naive deviation from the mean is not zero.
    x = np.full((1, 3), 0.1)
    y = np.array([[1.0, 2.0, 4.0]])
    members = np.ones((1, 3), dtype=bool)

    assert np.isnan(daily_ic(x, y, members)).all()
    assert np.isnan(daily_ic(y, x, members)).all()
    assert np.isnan(daily_rank_ic(x, y, members)).all()


def test_only_members_with_a_finite_signal_and_return_are_correlated() -> None:
    x = np.array([[1.0, 2.0, 3.0, np.inf, np.nan, 9.0]])
    y = np.array([[2.0, 1.0, 5.0, 7.0, 8.0, -np.inf]])
    members = np.array([[True, True, True, True, True, True]])

    expected = stats.pearsonr([1.0, 2.0, 3.0], [2.0, 1.0, 5.0]).statistic

    assert daily_ic(x, y, members)[0] == pytest.approx(expected, abs=1e-15)
    members[0, 2] = False
    assert daily_ic(x, y, members)[0] == -1.0


def test_panels_of_different_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="must be equal"):
        daily_rank_ic(np.zeros((2, 3)), np.zeros((2, 3)), np.ones((2, 2), dtype=bool))
