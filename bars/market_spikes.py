"""Days on which many shares moved at once, and back at the next bar."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from bars.histories import History, Rows
from bars.quality import Findings
from bars.universes import Days

LEAST_MOVE = 0.05  # half as much is an ordinary day
_LEAST_NAMES = 3
_LEAST_PART = 0.2

_Counts = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class MarketSpikes:
    """Counts on each day of the calendar: shares with a price, and spikes up and down."""

    calendar: Days
    priced: _Counts
    up: _Counts
    down: _Counts

    @classmethod
    def over(cls, calendar: Days) -> Self:
        """Nothing counted yet."""
        counts = np.zeros((3, len(calendar)), dtype=np.int32)
        return cls(calendar, *counts)

    def add(self, history: History, spikes: Rows) -> None:
        """Count a share, whose spikes of more than `LEAST_MOVE` are at these places."""
        self.priced[history.rows] += 1
        rising = history.moves[spikes] > 0
        self.up[history.rows[spikes[rising]]] += 1
        self.down[history.rows[spikes[~rising]]] += 1

    def report(self, findings: Findings) -> None:
        """Find the days on which enough of the shares went the same way."""
        most = np.maximum(self.up, self.down)
        many = np.flatnonzero((most >= _LEAST_NAMES) & (most >= _LEAST_PART * self.priced))
        told = (f"{self.calendar[row]}: {most[row]} of {self.priced[row]} names" for row in many)
        findings.add("MARKET_SPIKES", told)
