import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lanes import first_rows, nasty_tile, require_same_bits
from qlib.data import ops
from qlib_lanes import by_qlib, drawn_tiles

from compute.engine.kernels import deviations

WINDOWS = [1, 2, 3, 5, 7, 8, 9, 20, 60, 128, 129, 300, 500, 0]


def mad_of(tile, window):
    out = np.empty(tile.shape)
    deviations.mad(tile, window, out)
    return out


def wma_of(tile, window, starts):
    out = np.empty(tile.shape)
    deviations.wma(tile, window, starts, out)
    return out


@pytest.mark.parametrize("window", WINDOWS)
def test_mean_absolute_deviations_are_qlibs_own(window):
    for seed in range(2):
        tile = nasty_tile(seed=seed)
        theirs = by_qlib(tile, first_rows(tile), lambda x: ops.Mad(x, window))
        require_same_bits(mad_of(tile, window), theirs)


@pytest.mark.filterwarnings("ignore:Mean of empty slice")
@pytest.mark.parametrize("window", WINDOWS)
def test_linearly_weighted_means_are_qlibs_own(window):
    for seed in range(2):
        tile = nasty_tile(seed=seed)
        starts = np.maximum(first_rows(tile) - 3, 0)
        theirs = by_qlib(tile, starts, lambda x: ops.WMA(x, window))
        require_same_bits(wma_of(tile, window, starts), theirs)


@settings(max_examples=200, deadline=None)
@given(drawn=drawn_tiles(), window=st.integers(0, 45))
def test_any_lane_has_qlibs_deviations_and_weighted_means(drawn, window):
    tile, starts = drawn
    require_same_bits(mad_of(tile, window), by_qlib(tile, starts, lambda x: ops.Mad(x, window)))
    theirs = by_qlib(tile, starts, lambda x: ops.WMA(x, window))
    require_same_bits(wma_of(tile, window, starts), theirs)


def test_deviations_go_into_float32_as_they_are_cast():
    tile = nasty_tile() / 3
    starts, narrow = first_rows(tile), np.empty(tile.shape, np.float32)
    deviations.mad(tile, 20, narrow)
    np.testing.assert_array_equal(narrow, mad_of(tile, 20).astype(np.float32))
    deviations.wma(tile, 20, starts, narrow)
    np.testing.assert_array_equal(narrow, wma_of(tile, 20, starts).astype(np.float32))
