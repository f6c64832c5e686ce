"""Who belonged to a universe, and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

Days = npt.NDArray[np.datetime64]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The days from `start` to `end`, both included; an `end` of None has not come yet."""

    start: date
    end: date | None = None

    def rows(self, days: Days) -> slice:
        """The rows of `days`, which ascend, that lie in this span; empty where none does."""
        first = int(np.searchsorted(days, np.datetime64(self.start)))
        if self.end is None:
            return slice(first, len(days))
        last = int(np.searchsorted(days, np.datetime64(self.end), side="right"))
        return slice(first, max(first, last))


Members = Mapping[str, tuple[Span, ...]]
"""The spans of every symbol; several for one that left and came back."""


def membership_mask(spans: Members, symbols: Sequence[str], days: Days) -> npt.NDArray[np.bool_]:
    """Say who is a member on which day.

    Args:
        spans: Point-in-time membership by symbol.
        symbols: The columns asked for; one without spans is never a member.
        days: Ascending days, shape (days,).

    Returns:
        Shape (days, instruments), True where the instrument is a member on the day.
    """
    mask = np.zeros((len(days), len(symbols)), dtype=np.bool_)
    for column, symbol in enumerate(symbols):
        for span in spans.get(symbol, ()):
            mask[span.rows(days), column] = True
    return mask
