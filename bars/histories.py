"""What the closes of one instrument did, from bar to bar."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from bars.bar_checks import InstrumentBars

Rows = npt.NDArray[np.intp]
Doubles = npt.NDArray[np.float64]

_LEFT_OF_MOVE = 0.25  # a quarter of a move of 20 % leaves 5 %
_LEFT_AT_MOST = 0.1


@dataclass(frozen=True, slots=True)
class History:
    """The bars of an instrument that have a price, one after the other, however far apart.

    Attributes:
        bars: The columns over the whole calendar.
        days: Calendar rows with a close, whatever it is, ascending.
        rows: Those whose close is above 0, shape (bars,); the others are no price to compare with.
        closes: The closes of `rows`.
        moves: The fraction from the close before to this one; 0 for the first.
    """

    bars: InstrumentBars
    days: Rows
    rows: Rows
    closes: Doubles
    moves: Doubles

    @classmethod
    def of(cls, bars: InstrumentBars) -> Self:
        """The history of an instrument, empty without a close."""
        column = bars.column("close")
        days = np.flatnonzero(np.isfinite(column))
        rows = days[column[days] > 0]
        closes = column[rows].astype(np.float64)
        moves = np.zeros(len(closes))
        moves[1:] = closes[1:] / closes[:-1] - 1
        return cls(bars, days, rows, closes, moves)

    def day(self, at: int) -> str:
        """The symbol and the day of the bar at a place in `rows`."""
        return f"{self.bars.symbol} {self.bars.calendar[self.rows[at]]}"

    def opens(self, places: Rows) -> Doubles:
        """The opens of bars at places in `rows`; NaN where there is none above 0."""
        opens = self.bars.column("open")[self.rows[places]].astype(np.float64)
        return np.where(np.isfinite(opens) & (opens > 0), opens, np.nan)

    def spikes(self, above: float) -> Rows:
        """Find moves that the next bar takes back.

        Both the next close and, where there is one, the next open are near the close before. Real
        panics turn in the course of a day: on 2015-07-08 seven in ten shares of the CSI 300 fell
        by a tenth and closed where they had been a day later, but they opened low. After a bad
        print the price is back overnight, since it was never away.

        Args:
            above: The size that a move exceeds, as a fraction; 0.2 is 20 %.

        Returns:
            Places in `rows`, ascending. Neither the first nor the last bar can be one.
        """
        found = np.flatnonzero(np.abs(self.moves[:-1]) > above)
        before = self.closes[found - 1]
        left = np.minimum(np.abs(self.moves[found]) * _LEFT_OF_MOVE, _LEFT_AT_MOST)
        closed = np.abs(self.closes[found + 1] / before - 1) <= left
        opened_away = np.abs(self.opens(found + 1) / before - 1) > left
        return found[closed & ~opened_away]
