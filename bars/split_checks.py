"""Looks for splits that the adjustment of prices missed."""

from collections.abc import Iterator

import numpy as np

from bars.histories import History
from bars.quality import Findings

_SPLITS = (
    *((3, 2), (8, 5), (9, 5), (2, 1), (5, 2), (3, 1), (4, 1), (5, 1), (6, 1), (7, 1), (8, 1)),
    *((10, 1), (12, 1), (15, 1), (20, 1), (25, 1), (30, 1), (40, 1), (50, 1), (100, 1)),
)
"""New shares for old ones; smaller steps are hard to tell from limits of 20 %."""

_NAMES = {new / old: f"{new} for {old}" for new, old in _SPLITS} | {
    old / new: f"{old} for {new}" for new, old in _SPLITS
}
_SHARES = np.array(list(_NAMES))
_OPEN_TOLERANCE = 0.03
_CLOSE_TOLERANCE = 0.08  # the open and what a day adds to it
_LEAST_MOVE = 0.27  # of the close: 3 for 2, and up by 8 % in the course of the day
_APART_DAYS = 5
_BUSY = 2.5  # news that halves a price multiplies the volume by more
_USUAL_BARS = 5


def check_splits(history: History, findings: Findings) -> None:
    """Find moves overnight that look like a split, forward or reverse.

    The open and the close are near a ratio of small numbers to the close before, the closes on
    either side stay at their level, and the volume has not grown by more than the split explains,
    as it would with news.
    """
    found = [f"{history.day(at)}: {split}" for at, split in _splits(history)]
    findings.add("MISSED_SPLITS", found)


def _splits(history: History) -> Iterator[tuple[int, str]]:
    for at in np.flatnonzero(np.abs(history.moves) > _LEAST_MOVE).tolist():
        shares = _likely_shares(history, at)
        if shares and _stays(history, at, shares) and _volume_agrees(history, at, shares):
            yield at, _NAMES[shares]


def _likely_shares(history: History, at: int) -> float | None:
    """How many shares there may be for one, by the prices overnight; None if no split is near."""
    if history.rows[at] - history.rows[at - 1] > _APART_DAYS:
        return None
    before, close = history.closes[at - 1], history.closes[at]
    opened = history.opens(np.array([at]))[0]
    first = close if np.isnan(opened) else opened
    shares = _SHARES[np.argmin(np.abs(np.log(first / before * _SHARES)))]
    near = abs(np.log(first / before * shares)) <= _OPEN_TOLERANCE
    stayed = abs(np.log(close / before * shares)) <= _CLOSE_TOLERANCE
    return float(shares) if near and stayed else None


def _stays(history: History, at: int, shares: float) -> bool:
    """Whether the closes just before and just after move by less than half as much."""
    beside = history.moves[at - 1 : at + 2 : 2]
    return bool(np.all(np.abs(np.log1p(beside)) < abs(np.log(shares)) / 2))


def _volume_agrees(history: History, at: int, shares: float) -> bool:
    """Whether the volume has grown by no more than the split explains; true without one."""
    volumes = history.bars.column("volume")[history.rows[max(at - _USUAL_BARS, 0) : at + 1]]
    usual = volumes[:-1][np.isfinite(volumes[:-1]) & (volumes[:-1] > 0)]
    if not len(usual) or not np.isfinite(volumes[-1]):
        return True
    return bool(volumes[-1] <= _BUSY * max(1.0, shares) * np.median(usual))
