"""Checks of the days on which the shares of a market have bars."""

from dataclasses import dataclass, field

import numpy as np

from bars.histories import History
from bars.quality import MAX_EXAMPLES, Findings
from bars.universes import Days

_ENDING_DAYS = 20
_MANY_SHARES = 20
_LONG_DAYS = 3 * 240  # three years of 240 to 253 trading days


@dataclass(frozen=True, slots=True)
class _Gap:
    """Calendar rows without a bar, from the first to the last."""

    symbol: str
    first: int
    last: int

    @property
    def days(self) -> int:
        return self.last - self.first + 1

    def told(self, calendar: Days) -> str:
        if self.days == 1:
            return f"{self.symbol} {calendar[self.first]}: 1 day"
        return f"{self.symbol} {calendar[self.first]} to {calendar[self.last]}: {self.days} days"


@dataclass(slots=True)
class Coverage:
    """What was found of the shares so far: how many, which end, and the longest gaps."""

    calendar: Days
    _shares: int = 0
    _ended: list[str] = field(default_factory=list)
    _missing: int = 0
    _longest: list[_Gap] = field(default_factory=list)

    def add(self, history: History) -> None:
        """Take a share into account; one without a close is none."""
        if not len(history.days):
            return
        self._shares += 1
        first, last = int(history.days[0]), int(history.days[-1])
        if last < len(self.calendar) - 1 - _ENDING_DAYS:
            self._ended.append(f"{history.bars.symbol} {self.calendar[last]}")
        missing = last - first + 1 - len(history.days)
        if missing:
            self._missing += missing
            self._keep_longest([*self._longest, *_longest_gaps(history)])

    def report(self, findings: Findings) -> None:
        """Say what was found of all shares."""
        if self._missing:
            shown = [gap.told(self.calendar) for gap in self._longest]
            findings.count("BAR_GAPS", self._missing, shown)
        findings.add("ENDS_EARLY", self._ended)
        is_long = len(self.calendar) >= _LONG_DAYS
        if is_long and self._shares >= _MANY_SHARES and not self._ended:
            span = f"{self.calendar[0]} to {self.calendar[-1]}"
            findings.add("NO_NAME_ENDS", [f"{self._shares} names from {span}"])

    def _keep_longest(self, gaps: list[_Gap]) -> None:
        self._longest = sorted(gaps, key=lambda gap: -gap.days)[:MAX_EXAMPLES]


def _longest_gaps(history: History) -> list[_Gap]:
    steps = np.diff(history.days)
    gaps = np.flatnonzero(steps > 1)
    longest = gaps[np.argsort(-steps[gaps], kind="stable")[:MAX_EXAMPLES]]
    befores, afters = history.days[longest].tolist(), history.days[longest + 1].tolist()
    pairs = zip(befores, afters, strict=True)
    return [_Gap(history.bars.symbol, before + 1, after - 1) for before, after in pairs]
