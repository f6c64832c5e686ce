"""The values of trailing windows in sorted order, 32 lanes at a time.

Each day one value leaves a window and another comes. Both are done in one pass from the smallest
value up, without a branch: place k keeps its value or, from the leaving value on, takes that of
place k+1; and where that is larger than the new value, it becomes the new value or its left
neighbour, whichever is larger. NaN is kept as infinity, so that a window always has the same
number of places.

Of equal values the oldest leaves first and the newest is put last, as in pandas' skip list, for
zeros have signs.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from compute.engine.compiled import kernel
from compute.engine.kernels.scratch import aligned, fits_float32

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Cells = npt.NDArray[Any]

LANES = 32
"""Lanes in a group: a constant, so that the compiler knows how far apart places are."""

PLACES = 8
"""Places that are passed at once, while the values between them stay in registers."""


@kernel
def interpolate_sorted(x: Floats, length: int, levels: Floats, halves: bool, outs: Cells) -> None:
    """Interpolate at each level of each window, as `order_statistics.quantiles` says.

    Args:
        x: Shape (rows, lanes), without infinities.
        length: Rows per window, at least 1.
        levels: Between 0 and 1, both left out.
        halves: Whether to take (low + high) / 2 wherever a level lies between two values.
        outs: Shape (levels, rows, lanes), float64 or float32.
    """
    size = (length + PLACES + 1) * LANES
    if fits_float32(x):
        narrow, narrow_edges = aligned(size, np.float32), aligned(3 * LANES, np.float32)
        for lane in range(0, x.shape[1], LANES):
            _sort_group(x, lane, length, levels, halves, narrow, narrow_edges, outs)
    else:
        wide, edges = aligned(size, np.float64), aligned(3 * LANES, np.float64)
        for lane in range(0, x.shape[1], LANES):
            _sort_group(x, lane, length, levels, halves, wide, edges, outs)


@kernel
def _sort_group(
    x: Floats,
    lane: int,
    length: int,
    levels: Floats,
    halves: bool,
    places: Cells,
    edges: Cells,
    outs: Cells,
) -> None:
    lows, fractions = _positions(levels, length)
    lanes = min(LANES, x.shape[1] - lane)
    counts = np.zeros(LANES, np.int64)
    places[:], edges[:] = np.inf, np.inf
    for row in range(len(x)):
        edges[:LANES] = -np.inf
        if row >= length:
            _leave(x, row - length, lane, lanes, edges, counts)
        _come(x, row, lane, lanes, edges, counts)
        for place in range(0, length, PLACES):
            _pass_places(places, place, edges)
        count = _common(counts, lanes)
        for k in range(len(levels)):
            if count > 0:
                low = lows[k, count]
                _interpolate_alike(
                    places, low, fractions[k, count], halves, outs, k, row, lane, lanes
                )
            else:
                _interpolate(places, counts, lows, fractions, halves, outs, k, row, lane, lanes)


@kernel
def _positions(levels: Floats, length: int) -> tuple[Integers, Floats]:
    """The place below each level, and how far above it the level lies, by number of values."""
    lows = np.zeros((len(levels), length + 1), np.int64)
    fractions = np.zeros((len(levels), length + 1))
    for k in range(len(levels)):
        for count in range(1, length + 1):
            exact = levels[k] * (count - 1)
            lows[k, count] = int(exact)
            fractions[k, count] = exact - int(exact)
    return lows, fractions


@kernel
def _leave(x: Floats, row: int, first: int, lanes: int, edges: Cells, counts: Integers) -> None:
    values = x[row, first : first + lanes]
    for lane in range(lanes):
        known = values[lane] == values[lane]
        edges[LANES + lane] = values[lane] if known else np.inf
        counts[lane] -= known


@kernel
def _come(x: Floats, row: int, first: int, lanes: int, edges: Cells, counts: Integers) -> None:
    values = x[row, first : first + lanes]
    for lane in range(lanes):
        known = values[lane] == values[lane]
        edges[2 * LANES + lane] = values[lane] if known else np.inf
        counts[lane] += known


@kernel
def _pass_places(all_places: Cells, first: int, edges: Cells) -> None:
    """Take one value out of eight places and put one in; the last place is the next eight's."""
    places = all_places[first * LANES : (first + PLACES + 1) * LANES]
    for lane in range(LANES):
        left, leaving, coming = edges[lane], edges[LANES + lane], edges[2 * LANES + lane]
        old = places[lane]
        for place in range(PLACES):
            following = places[(place + 1) * LANES + lane]
            kept = old if old < leaving else following
            at_least = left if left > coming else coming
            places[place * LANES + lane] = at_least if coming < kept else kept
            left, old = kept, following
        edges[lane] = left


@kernel
def _common(counts: Integers, lanes: int) -> int:
    """The number of values that the windows of all lanes have, 0 where it differs."""
    unlike = 0
    for lane in range(lanes):
        unlike += counts[lane] != counts[0]
    return counts[0] if unlike == 0 else 0


@kernel
def _interpolate_alike(
    places: Cells,
    low_place: int,
    fraction: float,
    halves: bool,
    outs: Cells,
    k: int,
    row: int,
    first: int,
    lanes: int,
) -> None:
    here = places[low_place * LANES : (low_place + 2) * LANES]
    out = outs[k, row, first : first + lanes]
    for lane in range(lanes):
        low, high = np.float64(here[lane]), np.float64(here[LANES + lane])
        between = (low + high) / 2 if halves else low + (high - low) * fraction
        out[lane] = low if fraction == 0 else between


@kernel
def _interpolate(
    places: Cells,
    counts: Integers,
    all_lows: Integers,
    all_fractions: Floats,
    halves: bool,
    outs: Cells,
    k: int,
    row: int,
    first: int,
    lanes: int,
) -> None:
    out = outs[k, row, first : first + lanes]
    lows, fractions = all_lows[k], all_fractions[k]
    for lane in range(lanes):
        count = counts[lane]
        at = lows[count] * LANES + lane
        low, high = np.float64(places[at]), np.float64(places[at + LANES])
        fraction = fractions[count]
        between = (low + high) / 2 if halves else low + (high - low) * fraction
        value = low if fraction == 0 else between
        out[lane] = value if count > 0 else np.nan
