"""Rolling sums, means and counts have the bits of pandas."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from drawn_lanes import WINDOWS, each_lane, tiles
from hypothesis import given
from hypothesis import strategies as st
from lanes import Tile, nasty_tile, require_same_bits

from compute.engine.kernels import sums

KERNELS: dict[str, tuple[Callable[..., None], Callable[..., pd.Series]]] = {
    "sum": (sums.total, lambda windows: windows.sum()),
    "mean": (sums.mean, lambda windows: windows.mean()),
    "count": (sums.count, lambda windows: windows.count()),
}


def computed(kernel: Callable[..., None], x: Tile, window: int) -> Tile:
    out = np.zeros_like(x)
    kernel(x, window, out)
    return out


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("window", [*WINDOWS, 7, 130, 300])
@pytest.mark.parametrize("name", KERNELS)
def test_windows_of_nasty_lanes_are_pandas_own(name: str, window: int, seed: int) -> None:
    x = nasty_tile(seed=seed)
    kernel, told = KERNELS[name]

    require_same_bits(computed(kernel, x, window), each_lane(told, window, x))


@given(tiles(), st.integers(0, 70), st.sampled_from(list(KERNELS)))
def test_windows_of_any_lanes_are_pandas_own(x: Tile, window: int, name: str) -> None:
    kernel, told = KERNELS[name]

    require_same_bits(computed(kernel, x, window), each_lane(told, window, x))


@pytest.mark.parametrize("name", KERNELS)
def test_a_lane_does_not_depend_on_how_many_are_beside_it(name: str) -> None:
    kernel, _ = KERNELS[name]
    lanes = [nasty_tile(seed=seed) for seed in range(8)]
    wide = np.ascontiguousarray(np.concatenate(lanes, axis=1))

    apart = np.concatenate([computed(kernel, lane, 20) for lane in lanes], axis=1)

    assert wide.shape[1] > 128
    require_same_bits(computed(kernel, wide, 20), apart)


@pytest.mark.parametrize("name", KERNELS)
def test_single_precision_is_the_double_result_rounded(name: str) -> None:
    kernel, _ = KERNELS[name]
    x = nasty_tile()
    rounded = np.zeros(x.shape, np.float32)
    kernel(x, 20, rounded)

    np.testing.assert_array_equal(rounded, computed(kernel, x, 20).astype(np.float32))


def test_a_flat_window_is_free_of_rounding() -> None:
    x = np.array([[1e9], [0.1], [0.1], [0.1]])

    assert computed(sums.mean, x, 3)[-1, 0] == 0.1
    assert computed(sums.total, x, 3)[-1, 0] == 0.1 * 3


@pytest.mark.parametrize("precision", [np.float32, np.float64])
def test_a_count_takes_an_infinity_for_a_value(precision: type[np.floating]) -> None:
    x = np.array([[np.inf], [np.nan], [-np.inf]], precision)
    out = np.empty(x.shape)

    sums.count(x, 2, out)

    np.testing.assert_array_equal(out, [[1], [1], [1]])
