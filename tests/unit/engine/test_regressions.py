"""Slopes, R squared and residuals have the bits of Qlib's Cython."""

import numpy as np
import pytest
from drawn_lanes import WINDOWS, tiles
from hypothesis import given
from hypothesis import strategies as st
from lanes import LATE_START, Tile, first_rows, nasty_tile, require_same_bits
from qlib.data._libs import expanding, rolling
from scipy.stats import linregress

from compute.engine.kernels.regressions import regressions

NAMES = ("slope", "rsquare", "resi")


def computed(x: Tile, window: int, dtype: type = np.float64) -> list[Tile]:
    outs = [np.zeros(x.shape, dtype) for _ in NAMES]
    regressions(x, window, first_rows(x), *outs)
    return outs


def of_qlib(x: Tile, window: int, name: str) -> Tile:
    """What Qlib says of each lane from its start on; NaN before."""
    told = np.full_like(x, np.nan)
    for lane, start in enumerate(first_rows(x)):
        values = x[start:, lane].copy()
        told[start:, lane] = (
            getattr(rolling, f"rolling_{name}")(values, window)
            if window
            else getattr(expanding, f"expanding_{name}")(values)
        )
    return told


def require_qlibs_own(x: Tile, window: int) -> None:
    for name, ours in zip(NAMES, computed(x, window), strict=True):
        require_same_bits(ours, of_qlib(x, window, name))


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("seed", range(4))
def test_regressions_of_nasty_lanes_are_qlibs_own(window: int, seed: int) -> None:
    require_qlibs_own(nasty_tile(seed=seed), window)


@pytest.mark.parametrize("window", WINDOWS)
def test_an_infinity_makes_the_rest_of_its_lane_nan_as_in_qlib(window: int) -> None:
    x = nasty_tile()
    x[100, 0], x[200, 1], x[150, 7] = np.inf, -np.inf, np.inf

    require_qlibs_own(x, window)
    for out in computed(x, window):
        assert np.isnan(out[250:, [0, 1, 7]]).all()
        assert window == 1 or not np.isnan(out[250:, 16]).any()


@given(tiles(), st.integers(0, 70))
def test_regressions_of_any_lanes_are_qlibs_own(x: Tile, window: int) -> None:
    require_qlibs_own(x, window)


def test_an_expanding_regression_counts_positions_from_the_start_of_its_lane() -> None:
    x = nasty_tile()
    late = x[LATE_START:].copy()

    for ours, alone in zip(computed(x, 0), computed(late, 0), strict=True):
        require_same_bits(ours[LATE_START:, [2]], alone[:, [2]])


def test_a_slope_is_that_of_least_squares() -> None:
    x = np.random.default_rng(0).normal(0, 1, (20, 3))

    slope, rsquare, resi = computed(x, 20)

    for lane in range(3):
        fit = linregress(np.arange(1, 21), x[:, lane])
        assert slope[-1, lane] == pytest.approx(fit.slope)
        assert rsquare[-1, lane] == pytest.approx(fit.rvalue**2)
        assert resi[-1, lane] == pytest.approx(x[-1, lane] - fit.intercept - 20 * fit.slope)


def test_a_lane_does_not_depend_on_how_many_are_beside_it() -> None:
    lanes = [nasty_tile(seed=seed) for seed in range(5)]
    wide = np.ascontiguousarray(np.concatenate(lanes, axis=1))

    for window in (0, 20):
        apart = [
            np.concatenate(outs, axis=1)
            for outs in zip(*(computed(lane, window) for lane in lanes), strict=True)
        ]
        for ours, theirs in zip(computed(wide, window), apart, strict=True):
            assert wide.shape[1] > 64
            require_same_bits(ours, theirs)


def test_single_precision_is_the_double_result_rounded() -> None:
    x = nasty_tile()

    for single, double in zip(computed(x, 20, np.float32), computed(x, 20), strict=True):
        with np.errstate(over="ignore"):
            np.testing.assert_array_equal(single, double.astype(np.float32))
