"""What Qlib's own operators make of a tile, one lane after the other."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd
from hypothesis import strategies as st
from lanes import Tile
from qlib.data.ops import Rolling

Starts = npt.NDArray[np.int64]


class Held:
    """A feature whose values are at hand."""

    def __init__(self, series: pd.Series) -> None:
        self.series = series

    def load(self, instrument: str, start_index: int, end_index: int, *args: object) -> pd.Series:
        return self.series


def by_qlib(tile: Tile, starts: Starts, operator: Callable[[Held], Rolling]) -> Tile:
    """Apply an operator to each lane from its first row on; NaN in the rows before."""
    answer = np.full(tile.shape, np.nan)
    for lane, start in enumerate(starts):
        held = Held(pd.Series(tile[start:, lane].copy()))
        with np.errstate(all="ignore"):
            answer[start:, lane] = operator(held)._load_internal("any", 0, 0)
    return answer


def drawn_tiles(longest: int = 40) -> st.SearchStrategy[tuple[Tile, Starts]]:
    """Tiles of one to three lanes, and where each starts; NaN before, and maybe after."""
    value = st.one_of(
        st.integers(-2, 2).map(float),
        st.sampled_from([0.0, -0.0, np.nan, np.nan, 1e-310, -1e300, 1.5e308, 1e-20]),
        st.floats(allow_nan=False, allow_infinity=False, width=32),
        st.floats(allow_nan=False, allow_infinity=False),
    )

    def tile_of(rows: int) -> st.SearchStrategy[tuple[Tile, Starts]]:
        lane = st.tuples(st.lists(value, min_size=rows, max_size=rows), st.integers(0, rows - 1))
        return st.lists(lane, min_size=1, max_size=3).map(cut)

    def cut(lanes: list[tuple[list[float], int]]) -> tuple[Tile, Starts]:
        tile = np.ascontiguousarray(np.array([values for values, _ in lanes]).T)
        starts = np.array([start for _, start in lanes])
        for lane, start in enumerate(starts):
            tile[:start, lane] = np.nan
        return tile, starts

    return st.integers(1, longest).flatmap(tile_of)
