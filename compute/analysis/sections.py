"""The members of each day, laid out one after another."""

from dataclasses import dataclass

import numpy as np

from domain.arrays import Array, BoolPanel, RowArray


@dataclass(frozen=True, slots=True, eq=False)
class Sections:
    """A row for each day and member, ascending by day and then by column.

    Attributes:
        members: Who is a member on which day, shape (days, instruments).
        starts: Where each day's rows start, and the end, shape (days + 1,).
        positions: The row of each day and instrument, -1 where there is none; shape of members.
        earlier: The row of the same instrument on the day before, -1 where it was no member,
            shape (rows,).
    """

    members: BoolPanel
    starts: RowArray
    positions: RowArray
    earlier: RowArray

    @classmethod
    def of(cls, members: BoolPanel) -> "Sections":
        """The sections of a panel of members."""
        sizes = members.sum(axis=1, dtype=np.int64)
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
        rows = np.full(members.shape, -1, dtype=np.int64)
        rows[members] = np.arange(starts[-1])
        first = np.full(starts[min(1, len(members))], -1, dtype=np.int64)
        return cls(members, starts, rows, np.concatenate([first, rows[:-1][members[1:]]]))

    def __len__(self) -> int:
        return int(self.starts[-1])

    @property
    def days(self) -> int:
        """How many days there are."""
        return len(self.starts) - 1

    @property
    def sizes(self) -> RowArray:
        """How many members each day has."""
        return np.diff(self.starts)

    def taken(self, panel: Array) -> Array:
        """The values of a panel by row; days behind those of the sections are left out.

        Raises:
            ValueError: The panel has other instruments, or fewer days.
        """
        if len(panel) < self.days or panel.shape[1] != self.members.shape[1]:
            raise ValueError(
                f"The panel has shape {panel.shape} and the members {self.members.shape}; "
                "instruments must be equal, and days at least as many."
            )
        return panel[: self.days][self.members]
