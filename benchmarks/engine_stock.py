"""Stock Qlib beside the engine: put on a directory, asked for a dataset, and compared by cell."""

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from domain.arrays import DateArray

if TYPE_CHECKING:
    import pandas as pd

Panels = npt.NDArray[np.float32]
"""Shape (expressions, days, instruments)."""
MOST_DIFFERENT = 1e-5
"""The share of cells that may have other bits."""


@contextmanager
def standing(directory: Path, folder: Path, region: str = "us") -> Iterator[None]:
    """Put stock Qlib of this process on a directory; what it writes goes into `folder`.

    It runs in this process, as one thread, with no cache on the disk.
    """
    import qlib

    with chdir(folder), np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        qlib.init(
            provider_uri=str(directory),
            region=region,
            kernels=1,
            expression_cache=None,
            dataset_cache=None,
            logging_level=logging.CRITICAL,
        )
        yield
        forget()


def forget() -> None:
    """Let go of what Qlib has read and computed."""
    from qlib.data.cache import H

    H.clear()


def stock_frame(symbols: Sequence[str], texts: Sequence[str]) -> "pd.DataFrame":
    """What stock Qlib computes over the whole calendar, nothing being remembered before."""
    from qlib.data.data import LocalDatasetProvider

    forget()
    return LocalDatasetProvider().dataset(list(symbols), list(texts))


def stock_panels(frame: "pd.DataFrame", symbols: Sequence[str], calendar: DateArray) -> Panels:
    """A dataset by expression, day and instrument, NaN where it has no row."""
    place = {symbol: column for column, symbol in enumerate(symbols)}
    instruments, days = frame.index.levels
    columns = np.array([place[symbol] for symbol in instruments], dtype=np.int64)
    rows = np.searchsorted(calendar, days.to_numpy().astype("datetime64[D]"))
    panels = np.full((frame.shape[1], len(calendar), len(symbols)), np.nan, dtype=np.float32)
    of_cell = rows[frame.index.codes[1]], columns[frame.index.codes[0]]
    for panel, name in zip(panels, frame.columns, strict=True):
        panel[of_cell] = frame[name].to_numpy(dtype=np.float32)
    return panels


@dataclass(frozen=True, slots=True)
class Equality:
    """How many cells were compared, and how many have other bits."""

    cells: int = 0
    different: int = 0

    @property
    def share(self) -> float:
        """Of cells with other bits."""
        return self.different / max(1, self.cells)

    def __add__(self, other: "Equality") -> "Equality":
        return Equality(self.cells + other.cells, self.different + other.different)

    def __str__(self) -> str:
        if not self.different:
            return f"all {self.cells:,} cells bit-equal"
        return f"{self.different:,} of {self.cells:,} cells have other bits"


def require_equal(ours: npt.NDArray[Any], theirs: npt.NDArray[Any]) -> Equality:
    """Count the cells whose bits differ; a NaN is as good as another, a zero has its sign.

    Raises:
        AssertionError: One is missing or infinite where the other is not, or too many differ.
    """
    is_missing, is_infinite = np.isnan(theirs), np.isinf(theirs)
    assert np.array_equal(np.isnan(ours), is_missing)
    assert np.array_equal(np.isinf(ours), is_infinite)
    assert np.array_equal(ours[is_infinite], theirs[is_infinite])
    different = (ours.view(np.uint32) != theirs.view(np.uint32)) & ~is_missing
    found = Equality(ours.size, int(np.count_nonzero(different)))
    assert found.share <= MOST_DIFFERENT, str(found)
    return found
