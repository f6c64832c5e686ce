"""Order, ranks and correlations against SciPy, day by day."""

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from compute.analysis.correlation import (
    correlation_figures,
    daily_autocorrelation,
    daily_correlation,
    daily_rank_correlation,
)
from compute.analysis.ranks import ordered
from compute.analysis.sections import Sections

Panel = npt.NDArray[np.floating]
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def _tied_panel(seed: int, dtype: type = np.float32) -> tuple[Panel, npt.NDArray[np.bool_]]:
    """Values with ties, gaps and infinities, and days with one member or none."""
    random = np.random.default_rng(seed)
    values = random.integers(-4, 5, size=(40, 25)).astype(dtype)
    values[::2] += random.normal(size=(20, 25)).astype(dtype)
    values[random.random((40, 25)) < 0.1] = np.nan
    values[5, :3] = np.inf, -np.inf, -0.0
    members = random.random((40, 25)) < 0.7
    members[3] = False
    members[4] = np.arange(25) == 7
    return values, members


def _ranked(x: Panel, y: Panel, members: npt.NDArray[np.bool_]) -> Panel:
    sections = Sections.of(members)
    signal, returns = (ordered(sections.taken(one), sections) for one in (x, y))
    return daily_rank_correlation(signal, returns, sections)


@DTYPES
def test_finite_values_are_in_numpys_order(dtype: type) -> None:
    values, members = _tied_panel(1, dtype)
    sections = Sections.of(members)

    found = ordered(sections.taken(values), sections)

    for day, (start, row, taken) in enumerate(
        zip(sections.starts[:-1], values, members, strict=True)
    ):
        finite = row[taken][np.isfinite(row[taken])]
        places = found.places[start : start + found.counts[day]]
        np.testing.assert_array_equal(row[taken][places], np.sort(finite))
        assert len(set(places.tolist())) == len(finite)


@DTYPES
def test_rank_correlations_are_scipys(dtype: type) -> None:
    x, members = _tied_panel(2, dtype)
    y, _ = _tied_panel(3)

    for row, other, taken, found in zip(x, y, members, _ranked(x, y, members), strict=True):
        both = taken & np.isfinite(row) & np.isfinite(other)
        if both.sum() < 2:
            assert np.isnan(found)
        else:
            expected = stats.spearmanr(row[both], other[both]).statistic
            assert found == pytest.approx(expected, abs=1e-12)


def test_minus_zero_ties_with_zero() -> None:
    x = np.array([[0.0, -0.0, 1.0]], dtype=np.float32)
    y = np.array([[1.0, 2.0, 3.0]], dtype=np.float32)

    expected = stats.spearmanr([0, 0, 1], [1, 2, 3]).statistic

    assert _ranked(x, y, np.ones_like(x, dtype=bool))[0] == pytest.approx(expected, abs=1e-15)


@DTYPES
def test_correlations_are_scipys(dtype: type) -> None:
    random = np.random.default_rng(3)
    x, members = _tied_panel(3, dtype)
    y = (np.nan_to_num(x, posinf=0, neginf=0) + random.normal(size=x.shape) * 1e-3 + 1e6).astype(
        np.float32
    )
    sections = Sections.of(members)

    correlations = daily_correlation(sections.taken(x), sections.taken(y), sections)

    for left, right, taken, found in zip(x, y, members, correlations, strict=True):
        both = taken & np.isfinite(left)
        if both.sum() < 2:
            assert np.isnan(found)
        else:
            pair = left[both].astype(np.float64), right[both].astype(np.float64)
            assert found == pytest.approx(stats.pearsonr(*pair).statistic, abs=1e-12)


def test_a_constant_side_has_no_correlation_even_if_its_mean_is_rounded() -> None:
    # 0.1 summed three times is not 0.3: a naive deviation from the mean is not zero.
    x = np.full((1, 3), 0.1)
    y = np.array([[1.0, 2.0, 4.0]])
    everyone = np.ones((1, 3), dtype=bool)
    sections = Sections.of(everyone)

    assert np.isnan(daily_correlation(x[0], y[0], sections)).all()
    assert np.isnan(daily_correlation(y[0], x[0], sections)).all()
    assert np.isnan(_ranked(x, y, everyone)).all()


def test_only_members_with_a_finite_signal_and_return_are_correlated() -> None:
    x = np.array([[1.0, 2.0, 3.0, np.inf, np.nan, 9.0]])
    y = np.array([[2.0, 1.0, 5.0, 7.0, 8.0, -np.inf]])
    members = np.ones((1, 6), dtype=bool)
    sections = Sections.of(members)

    expected = stats.pearsonr([1.0, 2.0, 3.0], [2.0, 1.0, 5.0]).statistic

    assert daily_correlation(x[0], y[0], sections)[0] == pytest.approx(expected, abs=1e-15)
    members[0, 2] = False
    sections = Sections.of(members)
    found = daily_correlation(sections.taken(x), sections.taken(y), sections)
    assert found[0] == -1.0
    assert _ranked(x, y, members)[0] == -1.0


def test_autocorrelation_looks_at_names_that_were_members_on_both_days() -> None:
    values = np.array([[1.0, 2.0, 3.0, 9.0], [2.0, 1.0, 5.0, 4.0], [0.0, 1.0, 2.0, np.nan]])
    members = np.ones((3, 4), dtype=bool)
    members[0, 3] = False
    sections = Sections.of(members)

    found = daily_autocorrelation(sections.taken(values), sections)

    both = stats.pearsonr([2, 1, 5], [1, 2, 3]), stats.pearsonr([0, 1, 2], [2, 1, 5])
    expected = [np.nan, *(one.statistic for one in both)]
    np.testing.assert_allclose(found, expected, atol=1e-15)


def test_correlation_figures_pass_over_days_without_one() -> None:
    figures = correlation_figures(np.array([0.5, np.nan, -0.7]))

    assert (figures.mean, figures.max_abs, figures.days) == (pytest.approx(-0.1), 0.7, 2)
    nothing = correlation_figures(np.array([np.nan]))
    assert np.isnan([nothing.mean, nothing.max_abs]).all()
    assert nothing.days == 0


def test_panels_of_other_instruments_or_fewer_days_are_refused() -> None:
    sections = Sections.of(np.ones((2, 2), dtype=bool))
    for shape in ((2, 3), (1, 2)):
        with pytest.raises(ValueError, match="instruments must be equal"):
            sections.taken(np.zeros(shape))
    with pytest.raises(ValueError, match="for 4 rows"):
        ordered(np.zeros(3), sections)
