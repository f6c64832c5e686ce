"""Factor sets as RD-Agent keeps factors: one frame by datetime and instrument, in Parquet."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from compute.imported import verified_panel
from domain.arrays import Array
from domain.artifacts import ArtifactStore
from domain.stored_panels import StoredPanel
from domain.work import StoredMatrix

_INDEX = ["datetime", "instrument"]
_GROUP = "feature"


@dataclass(frozen=True, slots=True)
class FrameWritten:
    """How large a frame is that was written."""

    rows: int
    factors: int


def write_imported(
    target: Path, panels: Sequence[tuple[str, StoredPanel]], store: ArtifactStore
) -> FrameWritten:
    """Write imported factors as they came, bit for bit and each in its own precision.

    There is a row for each day and instrument on which any of them has a value, ascending by
    both; rows without one, which the file may have had, are not kept.

    Raises:
        ImportedValuesLostError: A file is gone, or is not what it was.
    """
    columns = {name: _series(name, panel, store) for name, panel in panels}
    frame = pd.concat(columns, axis=1, sort=False).sort_index()
    return _write(frame, target)


def write_matrix(
    target: Path, names: Sequence[str], matrix: StoredMatrix, store: ArtifactStore
) -> FrameWritten:
    """Write computed factors, a row for each day and member, in single precision.

    Raises:
        ArtifactMissingError: The matrix is no longer kept.
    """
    symbols = store.open_array(matrix.symbols)[store.open_array(matrix.places)]
    index = _index(store.open_array(matrix.dates), symbols)
    return _write(pd.DataFrame(store.open_array(matrix.values), index, list(names)), target)


def _series(name: str, panel: StoredPanel, store: ArtifactStore) -> pd.Series:
    values, dates, symbols = verified_panel(name, panel, store)
    rows, columns = np.nonzero(~np.isnan(values))
    return pd.Series(values[rows, columns], _index(dates[rows], symbols[columns]))


def _index(dates: Array, symbols: Array) -> pd.MultiIndex:
    days = pd.DatetimeIndex(dates.astype("datetime64[ns]"))
    return pd.MultiIndex.from_arrays([days, symbols.astype(object)], names=_INDEX)


def _write(frame: pd.DataFrame, target: Path) -> FrameWritten:
    frame.columns = pd.MultiIndex.from_product([[_GROUP], frame.columns])
    unfinished = target.with_name(f"{target.name}.unfinished")
    try:
        frame.to_parquet(unfinished)
        unfinished.rename(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return FrameWritten(len(frame), frame.shape[1])
