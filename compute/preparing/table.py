"""The rows of a model: features and a label by day and member."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from domain.arrays import DateArray, RowArray
from domain.period import Period

Values = npt.NDArray[np.float32]
"""Shape (rows, columns), C-contiguous, so that a day is one piece of memory."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Features and a label, a row for each day and member, ascending by day and then by symbol.

    The rows of `dates[day]` are `starts[day]` to `starts[day + 1]`, of which there may be none.
    NaN stands where there is no value. Nobody may change the arrays but the steps of this
    package, which say so.

    Attributes:
        features: float32, shape (rows, features), C-contiguous.
        label: float32, shape (rows,).
        dates: datetime64[D], shape (days,), each once, ascending.
        starts: int64, shape (days + 1,), from 0 to the number of rows.
        places: int32, shape (rows,), the place of each row's symbol in `symbols`.
        symbols: Ascending; each has rows somewhere, though steps may have dropped them.
        names: Of the features.
    """

    features: Values
    label: npt.NDArray[np.float32]
    dates: DateArray
    starts: RowArray
    places: npt.NDArray[np.int32]
    symbols: tuple[str, ...]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.label)

    def between(self, period: Period) -> "Table":
        """The days of a period, as a view of this table."""
        bounds = np.array([period.start, period.end], "datetime64[D]") + np.array([0, 1])
        first, last = np.searchsorted(self.dates, bounds).tolist()
        rows = slice(*self.starts[[first, last]].tolist())
        return replace(
            self,
            features=self.features[rows],
            label=self.label[rows],
            dates=self.dates[first:last],
            starts=self.starts[first : last + 1] - rows.start,
            places=self.places[rows],
        )

    def where(self, kept: npt.NDArray[np.bool_]) -> "Table":
        """The rows for which `kept`, of shape (rows,), is true; all of them are not copied."""
        if kept.all():
            return self
        before = np.concatenate([[0], np.cumsum(kept)])
        return replace(
            self,
            features=self.features[kept],
            label=self.label[kept],
            starts=before[self.starts],
            places=self.places[kept],
        )

    def with_label_of_its_own(self) -> "Table":
        """This table, with a copy of the label, which steps may then change."""
        return replace(self, label=self.label.copy())

    def group(self, fields_group: str) -> Values:
        """The columns of `feature` or `label`, shape (rows, columns), as a view."""
        return self.features if fields_group == "feature" else self.label[:, np.newaxis]
