"""What an append would change of the past, since a changed past is never written unasked."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bars.universes import Days
from domain.errors import CommandError

Column = npt.NDArray[np.float32]


class RewriteError(CommandError):
    """New files say something else of days that the market has already."""

    code = "REWRITE"


@dataclass(slots=True)
class Rewriting:
    """What changes of days that the market has already.

    Attributes:
        cells: How many values.
        instruments: Of how many instruments.
        new_days: Trading days that are put between those that were there.
        largest: The largest relative change; NaN for a value that came or went.
        example: Where that is.
    """

    cells: int = 0
    instruments: int = 0
    new_days: int = 0
    largest: float = 0.0
    example: str = ""

    @property
    def is_any(self) -> bool:
        """Whether anything changes."""
        return bool(self.cells or self.new_days)

    @property
    def sentence(self) -> str:
        """What changes, in words."""
        parts = []
        if self.cells:
            parts.append(
                f"{self.cells:,} values of {_counted(self.instruments, 'instrument')} on days that "
                f"the market has already change, most of all {self.example}"
            )
        if self.new_days:
            come = "comes" if self.new_days == 1 else "come"
            days = _counted(self.new_days, "trading day")
            parts.append(f"{days} {come} between those that are there")
        return " and ".join(parts)

    def compare(
        self,
        symbol: str,
        before: Mapping[str, Column],
        after: Mapping[str, Column],
        calendar: Days,
        known: npt.NDArray[np.bool_],
    ) -> bool:
        """Count what differs of one instrument on the days that were there; whether any does.

        Args:
            symbol: The instrument.
            before: Its values by field over the calendar, NaN where there was none. A field
                or instrument that was not there at all has no past to change.
            after: What they are to be.
            calendar: The trading days.
            known: Which of them were there.
        """
        found = False
        # A change follows from closes, and may be any multiple of one that is near 0.
        for field, old in sorted(before.items(), key=lambda column: column[0] == "change"):
            values = after[field]
            differs = known & (old != values) & ~(np.isnan(old) & np.isnan(values))
            if rows := np.flatnonzero(differs).tolist():
                found = True
                self.cells += len(rows)
                if field != "change" or not self.example:
                    self._keep_largest(f"{symbol} {field}", old, values, rows, calendar)
        self.instruments += found
        return found

    def _keep_largest(
        self, name: str, old: Column, new: Column, rows: list[int], calendar: Days
    ) -> None:
        before, after = old[rows].astype(np.float64), new[rows].astype(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            change = np.abs(after / before - 1)
        change[~np.isfinite(change)] = np.inf
        most = int(np.argmax(change))
        if not self.example or change[most] > self.largest:
            self.largest = float(change[most])
            told = f"by {change[most]:.2%}" if np.isfinite(change[most]) else "altogether"
            day = calendar[rows[most]]
            self.example = f"{name} on {day}, {told}: {before[most]:g} to {after[most]:g}"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
