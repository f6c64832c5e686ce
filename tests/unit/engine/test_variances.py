"""Variances and standard deviations have the bits of pandas."""

import numpy as np
import pytest
from drawn_lanes import WINDOWS, each_lane, tiles
from hypothesis import given
from hypothesis import strategies as st
from lanes import Tile, nasty_tile, require_same_bits

from compute.engine.kernels.variances import std, var


def computed(kernel: object, x: Tile, window: int) -> Tile:
    out = np.zeros_like(x)
    kernel(x, window, out)  # type: ignore[operator]
    return out


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("seed", range(4))
def test_variances_of_nasty_lanes_are_pandas_own(window: int, seed: int) -> None:
    x = nasty_tile(seed=seed)

    require_same_bits(computed(var, x, window), each_lane(lambda of: of.var(), window, x))
    require_same_bits(computed(std, x, window), each_lane(lambda of: of.std(), window, x))


@given(tiles(), st.integers(0, 70))
def test_variances_of_any_lanes_are_pandas_own(x: Tile, window: int) -> None:
    require_same_bits(computed(var, x, window), each_lane(lambda of: of.var(), window, x))
    require_same_bits(computed(std, x, window), each_lane(lambda of: of.std(), window, x))


def test_a_lane_does_not_depend_on_how_many_are_beside_it() -> None:
    lanes = [nasty_tile(seed=seed) for seed in range(8)]
    wide = np.ascontiguousarray(np.concatenate(lanes, axis=1))

    apart = np.concatenate([computed(std, lane, 20) for lane in lanes], axis=1)

    assert wide.shape[1] > 128
    require_same_bits(computed(std, wide, 20), apart)


def test_the_spike_that_leaves_is_forgotten() -> None:
    x = np.array([[1.0], [1e12], [2.0], [3.0], [5.0]])

    assert computed(var, x, 2)[-1, 0] == 2.0


def test_single_precision_is_the_double_result_rounded() -> None:
    x = nasty_tile()
    rounded = np.zeros(x.shape, np.float32)
    std(x, 20, rounded)

    np.testing.assert_array_equal(rounded, computed(std, x, 20).astype(np.float32))


def test_a_flat_window_has_no_spread() -> None:
    x = np.array([[3.0], [0.1], [0.1], [0.1]])

    assert computed(std, x, 2)[2:, 0].tolist() == [0.0, 0.0]


def test_a_lane_summed_anew_forgets_how_it_rounded() -> None:
    x = np.array([[0.7], [1e12], [np.nan], [np.nan], [1.0], [2.0], [4.0]])

    require_same_bits(computed(var, x, 2), each_lane(lambda of: of.var(), 2, x))
    assert computed(var, x, 2)[-2:, 0].tolist() == [0.5, 2.0]
