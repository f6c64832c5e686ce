"""Goes through a plan for some instruments side by side, over all days."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from compute.engine.kinds import Kind, stored
from compute.engine.schedule import Schedule
from compute.engine.steps import FIELD
from compute.engine.turns import Block, Series, turn

Fields = Mapping[str, Series]


@dataclass(slots=True)
class _Held:
    """A series that is there, the block that it lies in, and how often it will still be read."""

    series: Series
    block: Block | None
    readings: int


@dataclass(slots=True)
class Tile:
    """One passage after the other through a plan, for as many instruments as there are lanes.

    Blocks are used again as soon as nobody reads them any more, in this passage and the next.
    """

    schedule: Schedule
    rows: int
    lanes: int
    _fields: Fields = field(default_factory=dict)
    _held: dict[int, _Held] = field(default_factory=dict)
    _free: defaultdict[tuple[int, Kind], list[Block]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _in_use: dict[int, int] = field(default_factory=dict)
    """By identity of a block, how many of its parts are held."""

    def roots(self, fields: Fields) -> Iterator[Series]:
        """The values of each expression, in order; each is there until the next is asked for.

        Args:
            fields: What the plan reads, of shape (rows, lanes).
        """
        self._fields = fields
        self._held.clear()
        self._in_use.clear()
        for place in self.schedule.plan.roots:
            yield self._series(place)
            self._read(place)

    def _series(self, place: int) -> Series:
        """The series of a step, computed with its company if it is not there yet."""
        if place not in self._held:
            self._compute(place)
        return self._held[place].series

    def _compute(self, place: int) -> None:
        readings, steps = self.schedule.readings, self.schedule.plan.steps
        if steps[place].operator == FIELD:
            self._held[place] = _Held(self._fields[steps[place].field], None, readings[place])
            return
        company = self.schedule.company(place)
        inputs = [one for one in steps[place].inputs if isinstance(one, int)]
        series = [self._series(one) for one in inputs]
        block = self._block(len(company), stored(steps[place].kind))
        computed = turn([steps[one] for one in company], series, block).take()
        for one, made in zip(company, computed, strict=True):
            self._held[one] = _Held(made, block, readings[one])
        for one in inputs * len(company):
            self._read(one)

    def _read(self, place: int) -> None:
        """Note that a series was read, and let go of it the last time."""
        held = self._held[place]
        held.readings -= 1
        if held.readings:
            return
        del self._held[place]
        if held.block is not None:
            self._in_use[id(held.block)] -= 1
            if not self._in_use[id(held.block)]:
                self._free[len(held.block), held.block.dtype].append(held.block)

    def _block(self, parts: int, kind: Kind) -> Block:
        free = self._free[parts, kind]
        block = free.pop() if free else np.empty((parts, self.rows, self.lanes), kind)
        self._in_use[id(block)] = parts
        return block
