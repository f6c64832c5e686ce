"""Rows in the shape in which Qlib's models ask for them, as arrays and not as pandas has them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from compute.preparing.table import Table


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Some columns of rows; `values` is (rows, columns)."""

    values: np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Stands where Qlib's models have a frame of the groups `feature` and `label`."""

    features: np.ndarray[Any, Any]
    label: np.ndarray[Any, Any]

    @classmethod
    def of(cls, table: Table) -> "Rows":
        """The rows of a table, not copied."""
        return cls(table.features, table.label)

    @property
    def empty(self) -> bool:
        """Whether there is no row."""
        return not len(self.label)

    def __getitem__(self, group: str) -> Columns:
        """The columns of a group."""
        return Columns(self.features if group == "feature" else self.label[:, np.newaxis])

    def dropna(self) -> "Rows":
        """Itself: what is missing has been dropped."""
        return self


@dataclass(frozen=True, slots=True, eq=False)
class LearntRows:
    """Stands where Qlib's models have a `DatasetH`."""

    train: Rows
    valid: Rows
    segments = ("train", "valid")

    def prepare(self, asked: str | Sequence[str], **_: object) -> Rows | list[Rows]:
        """The rows of a segment, or of each of several."""
        if isinstance(asked, str):
            # LSTM asks for a test segment, too, and does not look at it.
            return self.train if asked == "train" else self.valid
        return [self._one(name) for name in asked]

    def _one(self, name: str) -> Rows:
        return self.train if name == "train" else self.valid
