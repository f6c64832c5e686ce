"""Tiles with everything in them that makes kernels differ from what they follow."""

import numpy as np
import numpy.typing as npt

Tile = npt.NDArray[np.float64]
"""Shape (rows, lanes); NaN where there is no value."""

LATE_START = 37
"""The row of the first value in the lanes that start late."""


def nasty_tile(rows: int = 400, seed: int = 0) -> Tile:
    """One lane for each kind of trouble, no infinities; values are float32 before they widen.

    Lanes: a walk; a walk with gaps; one that starts late; one that ends early; flat stretches;
    few distinct values, so that most tie; a huge spike that leaves again; tiny changes of a large
    level; both signs around zero; zeros of both signs; long gaps, longer than most windows; all
    NaN; one value alone; alternating values and gaps; a constant; volumes with zeros; steady
    growth; a level that changes by many orders of magnitude.
    """
    chance = np.random.default_rng(seed)
    walk = 10 + chance.normal(0, 0.3, (rows, 18)).cumsum(axis=0)
    gaps = walk[:, 1].copy()
    gaps[chance.random(rows) < 0.15] = np.nan
    late, early = walk[:, 2].copy(), walk[:, 3].copy()
    late[:LATE_START] = np.nan
    early[rows * 2 // 3 :] = np.nan
    flat = np.repeat(walk[:: max(1, rows // 20), 4], max(1, rows // 20))[:rows]
    flat = np.append(flat, np.full(rows - len(flat), flat[-1]))
    tied = chance.integers(0, 4, rows).astype(np.float64)
    spike = walk[:, 6].copy()
    spike[rows // 4 :: max(1, rows // 3)] = 1e12
    large = 1e8 + chance.integers(0, 3, rows) * 8.0
    signs = chance.normal(0, 1, rows)
    zeros = np.where(chance.random(rows) < 0.5, 0.0, -0.0)
    zeros[:: max(1, rows // 10)] = 1.0
    long_gaps = walk[:, 10].copy()
    long_gaps[rows // 5 : rows // 2] = np.nan
    nothing = np.full(rows, np.nan)
    single = nothing.copy()
    single[rows // 2] = 3.25
    alternating = walk[:, 13].copy()
    alternating[::2] = np.nan
    constant = np.full(rows, 0.1)
    volumes = np.round(chance.lognormal(12, 2, rows))
    volumes[chance.random(rows) < 0.1] = 0
    growth = np.exp(np.linspace(0, 5, rows))
    orders = 10.0 ** chance.integers(-12, 13, rows) * chance.normal(0, 1, rows)
    lanes = [
        *(walk[:, 0], gaps, late, early, flat, tied, spike, large, signs, zeros, long_gaps),
        *(nothing, single, alternating, constant, volumes, growth, orders),
    ]
    return np.ascontiguousarray(np.stack(lanes, axis=1).astype(np.float32).astype(np.float64))


def first_rows(tile: Tile) -> npt.NDArray[np.int64]:
    """The row at which each lane starts: that of its first value, 0 where it has none."""
    return np.argmax(~np.isnan(tile), axis=0).astype(np.int64)


def require_same_bits(ours: Tile, theirs: Tile) -> None:
    """Check that two tiles are equal to the last bit; any NaN equals any other.

    Raises:
        AssertionError: They differ; the sentence counts where, and shows the first.
    """
    assert ours.shape == theirs.shape
    same = (ours == theirs) & (np.signbit(ours) == np.signbit(theirs))
    wrong = np.argwhere(~(same | (np.isnan(ours) & np.isnan(theirs))))
    if len(wrong):
        place = tuple(wrong[0])
        lanes = sorted(set(wrong[:, 1].tolist()))
        raise AssertionError(
            f"{len(wrong)} of {ours.size} cells differ, in lanes {lanes}; the first is "
            f"{place}: {ours[place]!r}, not {theirs[place]!r}"
        )
