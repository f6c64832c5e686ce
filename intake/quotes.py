"""Rows in order: by instrument and day, each day once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from intake.spill import Rows
from intake.tables import Codes, Floats

Mask = npt.NDArray[np.bool_]

_PORTION_ROWS = 1 << 15
"""About as many as a processor keeps close while they are worked on."""


@dataclass(frozen=True, slots=True, eq=False)
class Quotes:
    """Rows of some instruments, ascending by instrument and then by day.

    Attributes:
        rows: What was read; its order is that of the quotes.
        days: Days since 1970-01-01, shape (rows,).
    """

    rows: Rows
    days: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.days)

    @property
    def symbols(self) -> Codes:
        """Number of the instrument of each row."""
        return self.rows.symbols

    @property
    def fields(self) -> Mapping[str, Floats]:
        """Values by field."""
        return self.rows.fields

    def field(self, name: str) -> Floats:
        """Values of a field; all NaN where there is none."""
        found = self.fields.get(name)
        return np.full(len(self), np.nan) if found is None else found

    @property
    def begins(self) -> Mask:
        """The rows that are the first of their instrument."""
        first = np.ones(len(self), dtype=np.bool_)
        first[1:] = self.symbols[1:] != self.symbols[:-1]
        return first

    def portions(self) -> Iterator["Quotes"]:
        """The same quotes, some instruments at a time."""
        starts = np.flatnonzero(self.begins)
        _, firsts = np.unique(starts // _PORTION_ROWS, return_index=True)
        for start, stop in pairwise([*starts[firsts].tolist(), len(self)]):
            part = slice(start, stop)
            yield Quotes(self.rows.take(part), self.days[part])

    def take(self, rows: Mask) -> "Quotes":
        """Some of the rows."""
        return self if rows.all() else Quotes(self.rows.take(rows), self.days[rows])


def ordered(rows: Rows, days: npt.NDArray[np.int32]) -> Quotes:
    """Sort rows by instrument and day; rows of one day stay in the order they were read in.

    Args:
        rows: All with a symbol and a date.
        days: By number of date: days since 1970-01-01.
    """
    day = days[rows.dates]
    key = (rows.symbols.astype(np.int64) << 32) + day
    if (key[1:] >= key[:-1]).all():
        return Quotes(rows, day)
    order = np.argsort(key, kind="stable")
    return Quotes(rows.take(order), day[order])
