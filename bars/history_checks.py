"""Checks of bars that look along time and across names."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from bars.bar_checks import InstrumentBars
from bars.coverage_checks import Coverage
from bars.histories import History, Rows
from bars.market_spikes import LEAST_MOVE, MarketSpikes
from bars.quality import MAX_EXAMPLES, Findings
from bars.split_checks import check_splits
from bars.universes import Days

_JUMP = 0.5
_SPIKE = 0.2  # the widest daily limit in China: moves up to it are the exchange's own
_STALE_BARS = 10


@dataclass(frozen=True, slots=True)
class HistoryChecks:
    """Looks at the shares of a market one after the other, and then at all of them."""

    coverage: Coverage
    market_spikes: MarketSpikes

    @classmethod
    def over(cls, calendar: Days) -> Self:
        """Nothing looked at yet."""
        return cls(Coverage(calendar), MarketSpikes.over(calendar))

    def add(self, bars: InstrumentBars, findings: Findings) -> None:
        """Check the history of a share."""
        history = History.of(bars)
        spikes = history.spikes(LEAST_MOVE)
        _check_moves(history, spikes, findings)
        _check_stale(history, findings)
        check_splits(history, findings)
        self.coverage.add(history)
        self.market_spikes.add(history, spikes)

    def report(self, findings: Findings) -> None:
        """Say what only all shares together show."""
        self.coverage.report(findings)
        self.market_spikes.report(findings)


def _check_moves(history: History, spikes: Rows, findings: Findings) -> None:
    sizes = np.abs(history.moves)
    _count_moves(history, findings, "PRICE_SPIKES", spikes[sizes[spikes] > _SPIKE])
    jumps = np.flatnonzero(sizes > _JUMP)
    if len(jumps):
        there_and_back = np.concatenate([spikes, spikes + 1])
        _count_moves(history, findings, "PRICE_JUMPS", np.setdiff1d(jumps, there_and_back))


def _count_moves(history: History, findings: Findings, check: str, places: Rows) -> None:
    if len(places):
        shown = [
            f"{history.day(at)}: {history.moves[at] * 100:+.0f} %" for at in places[:MAX_EXAMPLES]
        ]
        findings.count(check, len(places), shown)


def _check_stale(history: History, findings: Findings) -> None:
    """Find runs of equal closes; days without a bar do not break them."""
    if len(history.closes) < _STALE_BARS:
        return
    ends = np.flatnonzero(np.diff(history.closes, append=np.nan) != 0)
    lengths = np.diff(ends, prepend=-1)
    long = np.flatnonzero(lengths >= _STALE_BARS)
    if len(long):
        shown = [_run(history, ends[at] - lengths[at] + 1, ends[at]) for at in long[:MAX_EXAMPLES]]
        findings.count("STALE_PRICES", len(long), shown)


def _run(history: History, first: int, last: int) -> str:
    until = history.bars.calendar[history.rows[last]]
    return f"{history.day(first)} to {until}: {history.closes[first]:.6g}"
