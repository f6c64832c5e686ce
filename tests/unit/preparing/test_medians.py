"""Medians of columns too long to be looked at twice are NumPy's, whatever the sample showed."""

import numpy as np
import pytest

from compute.preparing import medians
from compute.preparing.medians import column_medians

ROWS = 30_000


@pytest.fixture
def values() -> np.ndarray:
    """Columns in every order and shape: a trend, ties, constants, gaps, infinities, nothing."""
    chance = np.random.default_rng(3)
    found = chance.normal(size=(ROWS, 9)).astype(np.float32)
    found[:, 1] = np.arange(ROWS)
    found[:, 2] = np.round(found[:, 2])
    found[:, 3] = 0.1
    found[chance.random(ROWS) < 0.9, 4] = np.nan
    found[:, 5] = np.nan
    found[7, 5] = 2.5
    found[:, 6] = np.nan
    found[chance.random(ROWS) < 0.6, 7] = np.inf
    found[:, 8] = np.where(np.arange(ROWS) < ROWS // 2, -1, 1)
    return found


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("rows", [ROWS, ROWS - 1, medians._SAMPLE, medians._SAMPLE + 1, 2, 1])
def test_a_median_is_numpys(values: np.ndarray, rows: int) -> None:
    expected = np.nanmedian(values[:rows], axis=0)

    found = column_medians(values[:rows])

    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(
        column_medians(values[:rows], found), np.nanmedian(np.abs(values[:rows] - found), axis=0)
    )


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("width", [0.0, 0.05, 60.0])
def test_a_bracket_that_misses_or_holds_too_much_changes_no_median(
    values: np.ndarray, width: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(medians, "_WIDTH", width)

    found = column_medians(values)

    np.testing.assert_array_equal(found, np.nanmedian(values, axis=0))


def test_no_rows_have_no_median() -> None:
    assert np.isnan(column_medians(np.empty((0, 3), np.float32))).all()
