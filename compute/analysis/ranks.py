"""Values in the order of their day."""

from dataclasses import dataclass

import numpy as np

from compute.analysis.kernels.sorting import (
    KeyArray,
    PlaceArray,
    count_finite,
    fill_keys,
    read_keys,
)
from compute.analysis.sections import Sections
from domain.arrays import Array, RowArray

_KEYS = 32_768
"""How many are sorted at a time; they stay in a core's cache."""


@dataclass(frozen=True, slots=True, eq=False)
class Ordered:
    """Values, and the order of each day's.

    Attributes:
        values: By row of the sections, float32 or float64.
        places: Within its day, the place of each finite value in ascending order; those of a day
            stand where its rows start, and what follows them means nothing. Shape (rows,).
        counts: How many finite values each day has, shape (days,).
    """

    values: Array
    places: PlaceArray
    counts: RowArray


def ordered(values: Array, sections: Sections) -> Ordered:
    """Put the values of each day in order; what is not finite has no place.

    Args:
        values: By row of the sections. Anything but float32 is taken as float64.
        sections: Which rows are of which day.

    Raises:
        ValueError: There are more or fewer values than rows.
    """
    if values.shape != (len(sections),):
        raise ValueError(f"There are {values.shape} values for {len(sections)} rows.")
    numbers = np.ascontiguousarray(values, None if values.dtype == np.float32 else np.float64)
    found = Ordered(
        numbers, np.empty(len(sections), np.int32), np.empty(sections.days, dtype=np.int64)
    )
    if numbers.dtype == np.float32:
        _order_single(found, sections)
    else:
        _order_double(found, sections)
    return found


def _order_single(found: Ordered, sections: Sections) -> None:
    width = max(1, int(sections.sizes.max(initial=0)))
    height = max(1, _KEYS // width)
    room: KeyArray = np.empty((height, width), np.uint64)
    for first in range(0, sections.days, height):
        keys = room[: min(height, sections.days - first)]
        fill_keys(found.values, sections.starts, first, keys)
        keys.sort(axis=1)  # NumPy sorts by vectors of the processor
        read_keys(keys, sections.starts, first, found.places, found.counts)


def _order_double(found: Ordered, sections: Sections) -> None:
    """The same for numbers that are too long to make keys of."""
    count_finite(found.values, sections.starts, found.counts)
    for start, stop in zip(sections.starts[:-1], sections.starts[1:], strict=True):
        values = found.values[start:stop]
        # Infinity sorts behind every finite value.
        found.places[start:stop] = np.argsort(np.where(np.isfinite(values), values, np.inf))
