"""Lanes that Hypothesis draws for kernels, and what pandas says of each lane alone."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from hypothesis import strategies as st
from lanes import Tile

WINDOWS = (1, 2, 3, 5, 20, 60, 500, 0)
"""Windows to try on a tile of 400 rows: 500 is longer than it, 0 expands."""

_SCALES = (1.0, 1e-30, 1e-8, 0.1, 1e6, 1e30)
_LEVELS = (0.0, -1.0, 1e-3, 1e4, 1e9)


@st.composite
def tiles(draw: st.DrawFn, pick: st.SearchStrategy[float] | None = None) -> Tile:
    """Up to three lanes of few distinct values and gaps, each at a level and a scale of its own."""
    rows, lanes = draw(st.integers(1, 60)), draw(st.integers(1, 3))
    small = st.one_of(st.integers(-3, 3).map(float), st.sampled_from([np.nan, -0.0, 0.1, 1e7]))
    column = st.lists(pick or small, min_size=rows, max_size=rows)
    drawn = [
        np.array(draw(column)) * draw(st.sampled_from(_SCALES)) + draw(st.sampled_from(_LEVELS))
        for _ in range(lanes)
    ]
    return np.ascontiguousarray(np.stack(drawn, axis=1))


def each_lane(tell: Callable[..., pd.Series], window: int, *tiles: Tile) -> Tile:
    """What pandas tells of the windows of each lane: `tell` takes windows, then other Series."""
    told = []
    for lanes in zip(*(tile.T for tile in tiles), strict=True):
        one, *others = map(pd.Series, lanes)
        windows = one.rolling(window, min_periods=1) if window else one.expanding(min_periods=1)
        told.append(tell(windows, *others).to_numpy())
    return np.stack(told, axis=1)
