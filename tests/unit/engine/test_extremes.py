import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lanes import first_rows, nasty_tile, require_same_bits
from qlib.data import ops
from qlib_lanes import by_qlib, drawn_tiles

from compute.engine.kernels import extremes

WINDOWS = np.array([1, 2, 3, 5, 20, 60, 300, 500, 0])


def all_of(kernel, tile, windows, *starts):
    outs = np.empty((len(windows), *tile.shape))
    kernel(tile, np.asarray(windows), *starts, outs)
    return outs


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("scale", [1.0, 1 / 3])
@pytest.mark.parametrize(
    ("kernel", "operator"), [(extremes.maxima, ops.Max), (extremes.minima, ops.Min)]
)
def test_the_extremes_of_all_windows_are_qlibs_own(kernel, operator, scale, seed):
    tile = nasty_tile(seed=seed) * scale
    for window, ours in zip(WINDOWS.tolist(), all_of(kernel, tile, WINDOWS), strict=True):
        require_same_bits(ours, by_qlib(tile, first_rows(tile), lambda x, n=window: operator(x, n)))


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("scale", [1.0, 1 / 3])
@pytest.mark.parametrize(
    ("kernel", "operator"), [(extremes.first_max, ops.IdxMax), (extremes.first_min, ops.IdxMin)]
)
def test_the_place_of_the_first_extreme_is_qlibs_own(kernel, operator, scale, seed):
    tile = nasty_tile(seed=seed) * scale
    starts = np.maximum(first_rows(tile) - 3, 0)
    for window in WINDOWS.tolist():
        ours = np.empty(tile.shape)
        kernel(tile, window, starts, ours)
        require_same_bits(ours, by_qlib(tile, starts, lambda x, n=window: operator(x, n)))


@settings(max_examples=300, deadline=None)
@given(drawn=drawn_tiles(), windows=st.lists(st.integers(0, 45), min_size=1, max_size=4))
def test_any_lane_has_qlibs_extremes_and_their_places(drawn, windows):
    tile, starts = drawn
    ours = [
        all_of(extremes.maxima, tile, windows),
        all_of(extremes.minima, tile, windows),
        all_of(extremes.first_maxima, tile, windows, starts),
        all_of(extremes.first_minima, tile, windows, starts),
    ]
    for operator, outs in zip((ops.Max, ops.Min, ops.IdxMax, ops.IdxMin), ours, strict=True):
        for window, out in zip(windows, outs, strict=True):
            theirs = by_qlib(tile, starts, lambda x, f=operator, n=window: f(x, n))
            require_same_bits(out, theirs)


def test_extremes_are_the_same_across_the_borders_of_blocks():
    tile = nasty_tile(rows=3 * extremes.BLOCK_ROWS + 17)
    starts = first_rows(tile)
    for window in (5, 127, 300):
        theirs = by_qlib(tile, starts, lambda x, n=window: ops.Max(x, n))
        require_same_bits(all_of(extremes.maxima, tile, [window])[0], theirs)
        theirs = by_qlib(tile, starts, lambda x, n=window: ops.IdxMin(x, n))
        require_same_bits(all_of(extremes.first_minima, tile, [window], starts)[0], theirs)


def test_extremes_go_into_float32_as_they_are_cast():
    tile = nasty_tile() / 3
    wide, narrow = np.empty((1, *tile.shape)), np.empty((1, *tile.shape), np.float32)
    for outs in (wide, narrow):
        extremes.minima(tile, np.array([20]), outs)
    np.testing.assert_array_equal(narrow, wide.astype(np.float32))
