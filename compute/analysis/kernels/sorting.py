"""The order of the values of each day."""

import numpy as np
import numpy.typing as npt

from compute.engine.compiled import inlined, kernel
from domain.arrays import Array, RowArray

PlaceArray = npt.NDArray[np.int32]
KeyArray = npt.NDArray[np.uint64]

NO_KEY = np.uint64(0xFFFFFFFFFFFFFFFF)
"""Sorts behind every value."""


@inlined
def _key(value: np.float32, place: int) -> np.uint64:
    """A number that sorts as the value does, with its place in the lower half."""
    # Adding zero makes zero of minus zero, which ties with it.
    bits = np.uint32(np.float32(value + np.float32(0)).view(np.uint32))
    is_negative = bits >> np.uint32(31)
    ordered = ~bits if is_negative else bits | np.uint32(0x80000000)
    return (np.uint64(np.uint32(ordered)) << np.uint64(32)) | np.uint64(place)


@kernel
def fill_keys(values: Array, starts: RowArray, first: int, keys: KeyArray) -> None:
    """Make sortable keys of the float32 values of some days.

    Args:
        values: Of all rows.
        starts: Where days start.
        first: The first of the days.
        keys: Is filled with a row for each day; what is not finite comes last.
    """
    for day in range(keys.shape[0]):
        start, stop = starts[first + day], starts[first + day + 1]
        for place in range(keys.shape[1]):
            key = NO_KEY
            if place < stop - start and np.isfinite(values[start + place]):
                key = _key(values[start + place], place)
            keys[day, place] = key


@kernel
def read_keys(
    keys: KeyArray, starts: RowArray, first: int, places: PlaceArray, counts: RowArray
) -> None:
    """Tell from sorted keys which places, within their day, finite values have in order.

    Args:
        keys: As `fill_keys` makes them, each row sorted.
        starts: Where days start.
        first: The first of the days.
        places: Of all rows; the first of each day's are filled.
        counts: Is filled with how many these are, by day.
    """
    for day in range(keys.shape[0]):
        start = starts[first + day]
        count = 0
        for place in range(keys.shape[1]):
            if keys[day, place] == NO_KEY:
                break
            places[start + place] = np.int32(keys[day, place] & np.uint64(0xFFFFFFFF))
            count += 1
        counts[first + day] = count


@kernel
def count_finite(values: Array, starts: RowArray, counts: RowArray) -> None:
    """Count the finite values of each day."""
    for day in range(len(counts)):
        count = 0
        for row in range(starts[day], starts[day + 1]):
            if np.isfinite(values[row]):
                count += 1
        counts[day] = count
