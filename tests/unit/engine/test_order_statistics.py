import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lanes import first_rows, nasty_tile, require_same_bits
from qlib.data import ops
from qlib_lanes import by_qlib, drawn_tiles

from compute.engine.kernels import order_statistics, placed_values

WINDOWS = [1, 2, 3, 5, 20, 60, 300, 500, 0]
LEVELS = np.array([0.8, 0.2, 0.5, 0.013])
BEYOND_VECTORS = order_statistics.LONGEST_BY_VECTORS + 200
"""So many rows that a window of all of them goes through the tree."""


def quantiles_of(tile, window, kernel=order_statistics.quantiles):
    outs = np.empty((len(LEVELS), *tile.shape))
    kernel(tile, window, LEVELS, outs)
    return outs


def ranks_of(tile, windows):
    outs = np.empty((len(windows), *tile.shape))
    order_statistics.ranks(tile, np.asarray(windows), outs)
    return outs


def medians_of(tile, window):
    out = np.empty(tile.shape)
    order_statistics.medians(tile, window, out)
    return out


def require_all(tile, starts, windows):
    """Check quantiles, medians and ranks against Qlib's."""
    for window, ranks in zip(windows, ranks_of(tile, windows), strict=True):
        require_same_bits(ranks, by_qlib(tile, starts, lambda x, n=window: ops.Rank(x, n)))
        theirs = by_qlib(tile, starts, lambda x, n=window: ops.Med(x, n))
        require_same_bits(medians_of(tile, window), theirs)
        for level, ours in zip(LEVELS, quantiles_of(tile, window), strict=True):
            theirs = by_qlib(tile, starts, lambda x, n=window, q=level: ops.Quantile(x, n, q))
            require_same_bits(ours, theirs)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("scale", [1.0, 1 / 3])
def test_quantiles_medians_and_ranks_are_qlibs_own(scale, seed):
    tile = nasty_tile(seed=seed) * scale
    require_all(tile, first_rows(tile), WINDOWS)


@pytest.mark.parametrize("scale", [1.0, 1 / 3])
def test_windows_too_long_for_vectors_are_qlibs_own(scale):
    tile = nasty_tile(rows=BEYOND_VECTORS) * scale
    require_all(tile, first_rows(tile), [60, BEYOND_VECTORS - 70, 5000, 0])


def test_more_lanes_than_a_group_are_qlibs_own():
    tile = np.concatenate([nasty_tile(seed=seed) for seed in (3, 4)], axis=1)
    require_all(tile, first_rows(tile), [20])


def test_lanes_that_end_together_are_as_long_as_their_values():
    tile = np.repeat(nasty_tile(rows=80)[:, :1], 32, axis=1)
    tile[40:] = np.nan
    require_all(tile, first_rows(tile), [5, 20])


@settings(max_examples=200, deadline=None)
@given(drawn=drawn_tiles(), windows=st.lists(st.integers(0, 45), min_size=1, max_size=4))
def test_any_lane_has_qlibs_quantiles_medians_and_ranks(drawn, windows):
    require_all(*drawn, windows)


@settings(max_examples=200, deadline=None)
@given(drawn=drawn_tiles(), length=st.integers(1, 45))
def test_the_tree_agrees_with_the_vectors(drawn, length):
    tile, _ = drawn
    by_tree = np.empty((len(LEVELS), *tile.shape))
    placed_values.interpolate_placed(tile, length, LEVELS, False, by_tree)
    for tree, vectors in zip(by_tree, quantiles_of(tile, length), strict=True):
        require_same_bits(tree, vectors)
    placed_values.interpolate_placed(tile, length, np.full(1, 0.5), True, by_tree[:1])
    require_same_bits(by_tree[0], medians_of(tile, length))
    placed_values.rank_by_places(tile, length, by_tree[0])
    require_same_bits(by_tree[0], ranks_of(tile, [length])[0])


def test_order_statistics_go_into_float32_as_they_are_cast():
    tile = nasty_tile() / 3
    narrow = np.empty((len(LEVELS), *tile.shape), np.float32)
    order_statistics.quantiles(tile, 20, LEVELS, narrow)
    np.testing.assert_array_equal(narrow, quantiles_of(tile, 20).astype(np.float32))
    order_statistics.ranks(tile, np.array([20]), narrow[:1])
    np.testing.assert_array_equal(narrow[0], ranks_of(tile, [20])[0].astype(np.float32))
