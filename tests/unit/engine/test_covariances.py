"""Covariances and correlations have the bits of pandas."""

import math

import numpy as np
import pytest
from drawn_lanes import WINDOWS, each_lane, tiles
from hypothesis import given
from hypothesis import strategies as st
from lanes import Tile, nasty_tile, require_same_bits

from compute.engine.kernels.covariances import blank_flat, corr, cov


def computed(kernel: object, x: Tile, y: Tile, window: int) -> Tile:
    out = np.zeros_like(x)
    kernel(x, y, window, out)  # type: ignore[operator]
    return out


def require_pandas_own(x: Tile, y: Tile, window: int) -> None:
    covariances = each_lane(lambda of, other: of.cov(other), window, x, y)
    correlations = each_lane(lambda of, other: of.corr(other), window, x, y)

    require_same_bits(computed(cov, x, y, window), covariances)
    require_same_bits(computed(corr, x, y, window), correlations)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("seed", range(4))
def test_covariances_of_nasty_lanes_are_pandas_own(window: int, seed: int) -> None:
    x, y = nasty_tile(seed=seed), nasty_tile(seed=seed + 100)

    require_pandas_own(x, y, window)
    require_pandas_own(x, np.roll(y, 5 + seed, axis=1).copy(), window)


@given(tiles(), tiles(), st.integers(0, 70))
def test_covariances_of_any_lanes_are_pandas_own(x: Tile, y: Tile, window: int) -> None:
    rows, lanes = np.minimum(x.shape, y.shape)

    require_pandas_own(x[:rows, :lanes].copy(), y[:rows, :lanes].copy(), window)


def test_correlations_divide_by_the_power_and_not_by_the_square_root() -> None:
    chance = np.random.default_rng(0)
    x, y = chance.normal(0, 1, (2, 4000, 70))

    require_same_bits(
        computed(corr, x, y, 20), each_lane(lambda of, other: of.corr(other), 20, x, y)
    )
    numbers = chance.uniform(1, 4, 20_000)
    assert any(math.pow(number, 0.5) != math.sqrt(number) for number in numbers)


def test_a_pair_does_not_depend_on_how_many_are_beside_it() -> None:
    x = np.concatenate([nasty_tile(seed=seed) for seed in range(5)], axis=1)
    y = np.ascontiguousarray(x[:, ::-1])
    lanes = [(x[:, [lane]].copy(), y[:, [lane]].copy()) for lane in range(x.shape[1])]

    apart = np.concatenate([computed(corr, *lane, 20) for lane in lanes], axis=1)

    assert x.shape[1] > 64
    require_same_bits(computed(corr, x, y, 20), apart)


def test_single_precision_is_the_double_result_rounded() -> None:
    x, y = nasty_tile(seed=1), nasty_tile(seed=2)
    for kernel in (cov, corr):
        rounded = np.zeros(x.shape, np.float32)
        kernel(x, y, 20, rounded)

        with np.errstate(over="ignore"):
            np.testing.assert_array_equal(rounded, computed(kernel, x, y, 20).astype(np.float32))


def test_what_is_flat_is_blanked_as_isclose_finds_it() -> None:
    edge = 2e-5
    spread = np.array([[0, 1e-9, edge, np.nextafter(edge, 1), -edge, 1, np.nan, np.inf]])
    out = np.ones(spread.shape)

    blank_flat(out, spread)

    close = np.isclose(spread, 0, atol=2e-05)
    np.testing.assert_array_equal(np.isnan(out), close)
    assert out[~close].tolist() == [1.0] * 4
