"""Skewness and kurtosis have the bits of pandas."""

import numpy as np
import pytest
from drawn_lanes import WINDOWS, each_lane, tiles
from hypothesis import given
from hypothesis import strategies as st
from lanes import Tile, nasty_tile, require_same_bits

from compute.engine.kernels.moments import kurt, skew


def computed(kernel: object, x: Tile, window: int) -> Tile:
    out = np.zeros_like(x)
    kernel(x, window, out)  # type: ignore[operator]
    return out


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("seed", range(4))
def test_moments_of_nasty_lanes_are_pandas_own(window: int, seed: int) -> None:
    x = nasty_tile(seed=seed)

    require_same_bits(computed(skew, x, window), each_lane(lambda of: of.skew(), window, x))
    require_same_bits(computed(kurt, x, window), each_lane(lambda of: of.kurt(), window, x))


@given(tiles(), st.integers(0, 70))
def test_moments_of_any_lanes_are_pandas_own(x: Tile, window: int) -> None:
    require_same_bits(computed(skew, x, window), each_lane(lambda of: of.skew(), window, x))
    require_same_bits(computed(kurt, x, window), each_lane(lambda of: of.kurt(), window, x))


def test_a_lane_does_not_depend_on_how_many_are_beside_it() -> None:
    lanes = [nasty_tile(seed=seed) for seed in range(8)]
    wide = np.ascontiguousarray(np.concatenate(lanes, axis=1))

    for kernel in (skew, kurt):
        apart = np.concatenate([computed(kernel, lane, 20) for lane in lanes], axis=1)

        assert wide.shape[1] > 128
        require_same_bits(computed(kernel, wide, 20), apart)


def test_a_single_deviation_of_five_has_the_skewness_of_the_textbook() -> None:
    x = np.array([[0.0], [0.0], [0.0], [0.0], [1.0]])

    assert computed(skew, x, 5)[-1, 0] == pytest.approx(5**0.5)
    assert computed(kurt, x, 5)[-1, 0] == pytest.approx(5.0)


def test_single_precision_is_the_double_result_rounded() -> None:
    x = nasty_tile()
    for kernel in (skew, kurt):
        rounded = np.zeros(x.shape, np.float32)
        kernel(x, 20, rounded)

        np.testing.assert_array_equal(rounded, computed(kernel, x, 20).astype(np.float32))
