"""A version of a market that grows out of the one before it, instrument by instrument."""

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bars.bin_writing import write_columns
from bars.bins import fill_column
from bars.directory import MarketDirectory
from bars.layout import FEATURES
from bars.moves import moves
from bars.persisting import persist
from bars.tails import write_tail
from bars.universes import Days
from intake.instruments import Instrument
from intake.rewriting import Column, Rewriting

MAX_TAIL_DAYS = 64
"""Days that lie beside the bins before all bins are written anew."""

Columns = dict[str, Column]
"""Values by field over the calendar, NaN where there is none."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where the new version is written.

    Attributes:
        market: The folder for the calendar, the universes and the tail.
        features: The folder for bins.
        scratch: An empty folder for what does not fit into memory.
        may_share: Whether the bins of the version before can be shared: they lie beside it and
            nobody writes to them.
    """

    market: Path
    features: Path
    scratch: Path
    may_share: bool


@dataclass(slots=True, eq=False)
class GrowingVersion:
    """A version that grows instrument by instrument.

    Attributes:
        before: The version before it.
        calendar: Its trading days.
        target: Where it is written.
        rewriting: What it changes of the past.
        extents: First and last calendar row with a bar of the instruments that were added to.
        indices: Which of them are indices.
    """

    before: MarketDirectory
    calendar: Days
    target: Target
    rewriting: Rewriting = field(default_factory=Rewriting)
    extents: dict[str, tuple[int, int]] = field(default_factory=dict)
    indices: set[str] = field(default_factory=set)
    _places: npt.NDArray[np.intp] = field(init=False)
    _known: npt.NDArray[np.bool_] = field(init=False)
    _bins_end: int = field(init=False)
    _is_whole: bool = field(init=False)  # whether all bins are written anew
    _tails: dict[str, Columns] = field(default_factory=dict)
    _written: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        old = self.before.calendar
        self._places = np.searchsorted(self.calendar, old)
        self._known = np.zeros(len(self.calendar), dtype=np.bool_)
        self._known[self._places] = True
        self.rewriting.new_days = int((~self._known & (self.calendar < old[-1])).sum())
        end = self.before.bins_end
        self._is_whole = self.rewriting.new_days > 0 or len(self.calendar) - end > MAX_TAIL_DAYS
        self._bins_end = len(self.calendar) if self._is_whole else end
        self.target.market.mkdir(parents=True)
        self.target.features.mkdir(parents=True)

    def add(self, one: Instrument) -> None:
        """Take in the new bars of an instrument."""
        before = self._old(one.symbol)
        after = _merged(before, one, len(self.calendar))
        self.rewriting.compare(one.symbol, before, after, self.calendar, self._known)
        if self._is_whole or self._differs_in_bins(before, after):
            self._write(one.symbol, after)
        self._tails[one.symbol] = {name: values[self._bins_end :] for name, values in after.items()}
        bars = np.flatnonzero(~np.isnan(after["close"]))
        self.extents[one.symbol] = int(bars[0]), int(bars[-1])
        if one.is_index:
            self.indices.add(one.symbol)

    def finish(self) -> bool:
        """Write what the files say nothing of; returns whether the bins before are shared."""
        others = self.before.instruments.keys() - self._written
        if self._is_whole:
            for symbol in sorted(others):
                self._write(symbol, self._old(symbol))
        elif self._written or not self.target.may_share:
            self._take_over(sorted(others))
        if self._bins_end < len(self.calendar):
            self._write_tail()
        if self._is_whole or self._written or not self.target.may_share:
            persist(self.target.features)
            return False
        self.target.features.rmdir()
        return True

    def place(self, row: int) -> int:
        """The row that a day of the version before has now."""
        return int(self._places[row])

    def _old(self, symbol: str) -> Columns:
        """What the version before has of an instrument, over the new calendar."""
        listing = self.before.instruments.get(symbol)
        columns: Columns = {}
        for name in listing.fields if listing else ():
            values = np.full(len(self.before.calendar), np.nan, dtype=np.float32)
            fill_column(self.before, name, symbol, slice(0, len(values)), values)
            columns[name] = _nothing(len(self.calendar))
            columns[name][self._places] = values
        return columns

    def _differs_in_bins(self, before: Columns, after: Columns) -> bool:
        end = self._bins_end
        return any(
            not np.array_equal(
                before[name][:end] if name in before else _nothing(end),
                values[:end],
                equal_nan=True,
            )
            for name, values in after.items()
        )

    def _write(self, symbol: str, columns: Columns) -> None:
        rows = np.arange(self._bins_end)
        parts = {name: values[: self._bins_end] for name, values in columns.items()}
        write_columns(self.target.features, symbol, rows, parts)
        self._written.add(symbol)

    def _take_over(self, symbols: list[str]) -> None:
        """Have the bins of the version before: the same files if they are ours, else copies."""
        take = os.link if self.target.may_share else shutil.copy2
        features = self.before.path / FEATURES
        for symbol in symbols:
            if folder := self.before.instruments[symbol].folder:
                into = self.target.features / folder
                into.mkdir()
                for file in os.scandir(features / folder):
                    take(file.path, into / file.name)

    def _write_tail(self) -> None:
        old = self.before.tail
        symbols = sorted({*self._tails, *(old.symbols if old else ())})
        names = {name for columns in self._tails.values() for name in columns}
        shape = (len(symbols), len(self.calendar) - self._bins_end)
        blocks = {
            name: np.full(shape, np.nan, dtype=np.float32)
            for name in sorted(names | set(old.columns if old else ()))
        }
        for row, symbol in enumerate(symbols):
            for name, block in blocks.items():
                if symbol in self._tails:
                    block[row] = self._tails[symbol].get(name, np.nan)
                elif old is not None and (kept := old.values(name, symbol)) is not None:
                    block[row, : len(kept)] = kept
        write_tail(self.target.market, symbols, blocks)


def _merged(before: Columns, one: Instrument, days: int) -> Columns:
    """What there is of an instrument when its new bars stand for those of the same days."""
    after = {name: values.copy() for name, values in before.items()}
    for name, values in one.columns.items():
        if np.isfinite(values).any() or name in after:
            after.setdefault(name, _nothing(days))[one.rows] = values
    if not one.has_changes:
        _remake_changes(before, after, one.rows)
    return after


def _remake_changes(before: Columns, after: Columns, rows: npt.NDArray[np.int64]) -> None:
    """Make the changes of new bars, and of those that come after another close than before."""
    close = after["close"]
    old = before.get("close", _nothing(len(close)))
    bars = np.flatnonzero(~np.isnan(close))
    differs = (close != old) & ~(np.isnan(close) & np.isnan(old))
    is_after = np.concatenate([[False], differs[bars[:-1]]])
    remade = np.union1d(rows, bars[is_after])
    after.setdefault("change", _nothing(len(close)))[remade] = moves(close)[remade]


def _nothing(days: int) -> Column:
    return np.full(days, np.nan, dtype=np.float32)
