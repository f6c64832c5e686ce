"""Each window's value is what plain loops over that window give."""

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from lanes import Tile, nasty_tile

from compute.engine.kernels.beyond_qlib import decay_linear, latest_max, latest_min, product

WINDOWS = [1, 2, 5, 20, 61, 399, 400, 401, 5000]


@pytest.fixture(scope="module")
def tile() -> Tile:
    """Every kind of trouble, with infinities on top, and a stretch of zeros."""
    tile = nasty_tile()
    tile[50:300:23, 0] = np.inf
    tile[51:300:29, 0] = -np.inf
    tile[120:150, 8] = 0
    return tile


def computed(kernel: Callable[[Tile, int, Tile], None], tile: Tile, window: int) -> Tile:
    out = np.full(tile.shape, 7.0)
    kernel(tile, window, out)
    return out


def window_by_window(
    one_window: Callable[[npt.NDArray[np.float64], npt.NDArray[np.int64]], float],
    tile: Tile,
    window: int,
) -> Tile:
    """What a function gives of each window's finite values and how many days ago they were."""
    out = np.full(tile.shape, np.nan)
    for row, lane in np.ndindex(tile.shape):
        first = max(0, row - window + 1) if window else 0
        values = tile[first : row + 1, lane]
        finite = np.isfinite(values)
        if finite.any():
            days_ago = np.arange(len(values) - 1, -1, -1)
            out[row, lane] = one_window(values[finite], days_ago[finite])
    return out


def mean_by(weights: npt.NDArray[np.int64], values: npt.NDArray[np.float64]) -> float:
    return math.fsum(weights * values) / math.fsum(weights)


def require_near(ours: Tile, theirs: Tile, scale: Tile) -> None:
    """Equal within 1e-12 of the scale, NaN in the same places."""
    assert (np.isnan(ours) == np.isnan(theirs)).all()
    known = ~np.isnan(theirs)
    assert known.sum() > 1000
    assert (np.abs(ours - theirs)[known] <= 1e-12 * scale[known]).all()


@pytest.mark.parametrize("window", WINDOWS)
def test_a_linear_decay_weighs_each_day_by_its_own_weight(tile: Tile, window: int) -> None:
    def one_window(values: npt.NDArray[np.float64], days_ago: npt.NDArray[np.int64]) -> float:
        return mean_by(window - days_ago, values)

    sizes = window_by_window(lambda values, _: float(np.abs(values).max()), tile, window)

    ours = computed(decay_linear, tile, window)

    require_near(ours, window_by_window(one_window, tile, window), sizes)


def test_a_linear_decay_of_the_whole_past_begins_with_the_first_value(tile: Tile) -> None:
    def one_window(values: npt.NDArray[np.float64], days_ago: npt.NDArray[np.int64]) -> float:
        return mean_by(days_ago[0] - days_ago + 1, values)

    sizes = window_by_window(lambda values, _: float(np.abs(values).max()), tile, 0)

    require_near(computed(decay_linear, tile, 0), window_by_window(one_window, tile, 0), sizes)


def test_a_linear_decay_is_qlibs_wma_repaired_where_windows_are_full() -> None:
    walk = np.random.default_rng(2).normal(10, 1, (80, 3))
    weights = np.arange(1, 11)

    expected = pd.DataFrame(walk).rolling(10).apply(lambda x: (weights * x).sum() / 55, raw=True)

    np.testing.assert_allclose(computed(decay_linear, walk, 10)[9:], expected[9:], rtol=1e-13)


@pytest.mark.parametrize("window", [*WINDOWS, 0])
def test_a_product_does_not_drift(tile: Tile, window: int) -> None:
    def one_window(values: npt.NDArray[np.float64], _: object) -> float:
        return float(np.prod(values.astype(np.longdouble)))

    def orders(values: npt.NDArray[np.float64], _: object) -> float:
        return float(np.abs(np.log10(np.abs(values[values != 0]))).sum())

    with np.errstate(over="ignore", under="ignore"):
        expected = window_by_window(one_window, tile, window)
    expected[window_by_window(orders, tile, window) > 290] = 1  # some step could leave float64
    ours = np.where(expected == 1, 1, computed(product, tile, window))

    assert (expected != 1).mean() > 0.3
    require_near(ours, expected, np.abs(expected))


def test_a_zero_that_left_the_window_leaves_no_trace() -> None:
    tile = np.array([[3.0], [0.0], [2.0], [np.nan], [5.0], [np.nan], [np.nan]])

    found = computed(product, tile, 2)

    np.testing.assert_array_equal(found[:, 0], [3, 0, 0, 2, 5, 5, np.nan])


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize(("kernel", "extreme"), [(latest_max, np.max), (latest_min, np.min)])
def test_the_latest_extreme_is_the_most_recent_day_of_it(
    tile: Tile,
    window: int,
    kernel: Callable[[Tile, int, Tile], None],
    extreme: Callable[[npt.NDArray[np.float64]], float],
) -> None:
    def one_window(values: npt.NDArray[np.float64], days_ago: npt.NDArray[np.int64]) -> float:
        return float(window - days_ago[values == extreme(values)].min())

    expected = window_by_window(one_window, tile, window)

    np.testing.assert_array_equal(computed(kernel, tile, window), expected)


def test_days_are_counted_from_the_beginning_of_the_window() -> None:
    tile = np.array([[2.0], [9.0], [9.0], [1.0], [np.nan], [3.0]])

    np.testing.assert_array_equal(computed(latest_max, tile, 3)[:, 0], [3, 3, 3, 2, 1, 3])
    np.testing.assert_array_equal(computed(latest_min, tile, 3)[:, 0], [3, 2, 1, 3, 2, 1])
