"""Quantiles, medians and ranks of trailing windows.

A window without values has none of them; one with fewer values than rows is as long as it has
values. Windows of some hundred rows are sorted, or compared with, by vectors over lanes, which
takes time in proportion to the window; longer ones by a tree, in proportion to its logarithm.

Source: pandas rolling quantile (linear), median and rank (average, pct=True), and their expanding
forms, which Quantile, Med and Rank of qlib.data.ops are.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from compute.engine.compiled import kernel
from compute.engine.kernels.counted_ranks import rank_by_counting
from compute.engine.kernels.placed_values import interpolate_placed, rank_by_places
from compute.engine.kernels.sorted_windows import interpolate_sorted

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Outputs = npt.NDArray[Any]

LONGEST_BY_VECTORS = 1024
"""The window from which on the tree is about as fast."""


@kernel
def quantiles(x: Floats, window: int, levels: Floats, outs: Outputs) -> None:
    """Interpolate between the two values of each window that are nearest to each level.

    Args:
        x: Shape (rows, lanes), without infinities.
        window: Rows per window, fewer at the start; 0 is all rows so far.
        levels: Between 0 and 1, both left out: pandas' are the minimum and the maximum.
        outs: Shape (levels, rows, lanes), float64 or float32, written whole.
    """
    _interpolate(x, window, levels, False, outs)


@kernel
def medians(x: Floats, window: int, out: Outputs) -> None:
    """Take the middle value of each window, or the mean of the two in the middle.

    Args:
        x: Shape (rows, lanes), without infinities.
        window: As for `quantiles`.
        out: Shape (rows, lanes), float64 or float32, written whole.
    """
    _interpolate(x, window, np.full(1, 0.5), True, out.reshape((1, *out.shape)))


@kernel
def ranks(x: Floats, windows: Integers, outs: Outputs) -> None:
    """Rank each value among those of its window, as a part of their number.

    Args:
        x: Shape (rows, lanes), without infinities.
        windows: As for `quantiles`; together they take little longer than the longest.
        outs: Shape (windows, rows, lanes), float64 or float32, written whole: above 0, at most 1,
            equal values at the middle of their ranks; NaN where x is NaN.
    """
    lengths = np.minimum(windows, len(x))
    lengths[windows == 0] = len(x)
    order = np.argsort(lengths)
    short = order[lengths[order] <= LONGEST_BY_VECTORS]
    if len(short) > 0:
        rank_by_counting(x, lengths[short], short, outs)
    for k in order[len(short) :]:
        rank_by_places(x, lengths[k], outs[k])


@kernel
def _interpolate(x: Floats, window: int, levels: Floats, halves: bool, outs: Outputs) -> None:
    length = len(x) if window == 0 else min(window, len(x))
    if length <= LONGEST_BY_VECTORS:
        interpolate_sorted(x, length, levels, halves, outs)
    else:
        interpolate_placed(x, length, levels, halves, outs)
