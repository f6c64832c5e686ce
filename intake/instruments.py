"""The bars of one instrument after the other, made of everything that was read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from bars.universes import Days
from intake.portions import Made, Portion, portions_of
from intake.progress import Progress
from intake.requested import Reading


@dataclass(frozen=True, slots=True, eq=False)
class Instrument:
    """The bars of one instrument.

    Attributes:
        symbol: Its symbol.
        rows: Ascending calendar rows, each with a close.
        columns: Values by field on these rows, float32.
        is_index: Whether it is an index, which is in no universe by itself.
        has_changes: Whether the files say its changes; else they are made of its closes.
    """

    symbol: str
    rows: npt.NDArray[np.int64]
    columns: Mapping[str, npt.NDArray[np.float32]]
    is_index: bool
    has_changes: bool


def instruments_of(
    reading: Reading, calendar: Days, made: Made, progress: Progress
) -> Iterator[Instrument]:
    """Make the bars of every instrument; the order is that of their symbols' numbers.

    Args:
        reading: What was read.
        calendar: The trading days.
        made: What becomes of the rows; filled meanwhile.
        progress: Told of each instrument.
    """
    total, done = len(reading.shares.symbols), 0
    for portion in portions_of(reading, calendar, made):
        for instrument in _taken_apart(portion):
            progress.step("writing", min(done, total), total)
            done += 1
            yield instrument
    progress.step("writing", total, total)


def _taken_apart(portion: Portion) -> Iterator[Instrument]:
    for number, (start, stop) in enumerate(pairwise(portion.starts.tolist())):
        part = slice(start, stop)
        yield Instrument(
            portion.symbols[number],
            portion.rows[part],
            {name: values[part] for name, values in portion.columns.items()},
            bool(portion.is_index[number]),
            bool(portion.has_changes[number]),
        )
