"""Expressions drawn at random on the troubled market of the tests, of which those draw a sample."""

from pathlib import Path

import numpy as np

from benchmarks.engine_core import plannable
from benchmarks.engine_stock import MOST_DIFFERENT, Equality, require_equal
from benchmarks.figures import Figure
from benchmarks.random_texts import random_texts
from tests.engine_ground import EngineGround, troubled_bars

TEXTS = 2_500
_AT_ONCE = 50
"""Expressions that are compared at a time, for the sake of memory."""


def random_equality(folder: Path) -> Figure:
    """How many of their cells have Qlib's bits; nothing is timed."""
    ground = EngineGround(folder / "troubled", troubled_bars())
    texts = random_texts(TEXTS, has_vwap=True)
    computed, found = plannable(texts), Equality()
    with ground.standing():
        for at in range(0, len(computed), _AT_ONCE):
            some = computed[at : at + _AT_ONCE]
            theirs = np.stack([ground.stock(text) for text in some])
            found += require_equal(np.stack(ground.engine(some)), theirs)
    left = len(texts) - len(computed)
    return Figure(
        f"{len(computed)} random expressions on a troubled market against Qlib",
        "share of cells not bit-equal",
        found.share,
        MOST_DIFFERENT,
        note=f"{len(ground.symbols)} instruments x {ground.days} days, with gaps, infinities and "
        f"ties; NaN masks and infinities equal; {found}"
        + (f"; {left} more are left to Qlib itself" if left else ""),
    )
