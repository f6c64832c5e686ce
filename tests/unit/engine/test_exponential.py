import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lanes import first_rows, nasty_tile, require_same_bits
from qlib.data import ops
from qlib_lanes import by_qlib, drawn_tiles

from compute.engine.kernels import exponential


def ewm_of(tile, com):
    out = np.empty(tile.shape)
    exponential.ewm(tile, com, out)
    return out


def ema_of_all(tile, starts):
    out = np.empty(tile.shape)
    exponential.ema_of_all(tile, starts, out)
    return out


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("span", [1, 2, 3, 5, 20, 60, 300, 500])
def test_an_ema_is_qlibs_own(span, seed):
    tile = nasty_tile(seed=seed)
    theirs = by_qlib(tile, first_rows(tile), lambda x: ops.EMA(x, span))
    require_same_bits(ewm_of(tile, (span - 1) / 2), theirs)


@pytest.mark.parametrize("alpha", [0.01, 0.3, 0.5, 0.97])
@pytest.mark.parametrize("operator", [ops.EMA, ops.Mean])
def test_a_window_below_one_is_a_share_of_the_latest_value(operator, alpha):
    tile = nasty_tile()
    theirs = by_qlib(tile, first_rows(tile), lambda x: operator(x, alpha))
    require_same_bits(ewm_of(tile, (1 - alpha) / alpha), theirs)


@pytest.mark.parametrize("seed", range(2))
def test_an_ema_of_all_rows_is_qlibs_own(seed):
    tile = nasty_tile(seed=seed)
    starts = np.maximum(first_rows(tile) - 3, 0)
    require_same_bits(ema_of_all(tile, starts), by_qlib(tile, starts, lambda x: ops.EMA(x, 0)))


@settings(max_examples=300, deadline=None)
@given(drawn=drawn_tiles(), span=st.integers(1, 45))
def test_any_lane_has_qlibs_exponential_means(drawn, span):
    tile, starts = drawn
    theirs = by_qlib(tile, starts, lambda x: ops.EMA(x, span))
    require_same_bits(ewm_of(tile, (span - 1) / 2), theirs)
    require_same_bits(ema_of_all(tile, starts), by_qlib(tile, starts, lambda x: ops.EMA(x, 0)))


def test_exponential_means_go_into_float32_as_they_are_cast():
    tile = nasty_tile() / 3
    starts, narrow = first_rows(tile), np.empty(tile.shape, np.float32)
    exponential.ewm(tile, 9.5, narrow)
    np.testing.assert_array_equal(narrow, ewm_of(tile, 9.5).astype(np.float32))
    exponential.ema_of_all(tile, starts, narrow)
    np.testing.assert_array_equal(narrow, ema_of_all(tile, starts).astype(np.float32))
