"""Compiled sorting of one day's values, by their bits and not by comparisons.

Branches of a comparison sort are guessed wrong half of the time. Here each of the eight bytes of a
number deals the values into 256 heaps, the least significant byte first; a byte that is the same
for all, as the last three are of numbers that were float32, is passed over.
"""

import numpy as np
import numpy.typing as npt

from compute.engine.compiled import kernel

Keys = npt.NDArray[np.uint64]
"""Shape (2, most values): sorted from one row into the other and back."""
Places = npt.NDArray[np.int32]
"""As the keys, shape (2, most values)."""

_BYTES, _HEAPS = 8, 256
_FEW = 48
"""Values that are sooner sorted one by one."""
_SIGN = np.uint64(0x8000000000000000)


@kernel
def order_room(most: int) -> tuple[Keys, Places, npt.NDArray[np.int32]]:
    """Room for `put_in_order` to work in."""
    heaps = np.empty((_BYTES, _HEAPS), np.int32)
    return np.empty((2, most), np.uint64), np.empty((2, most), np.int32), heaps


@kernel
def put_in_order(
    values: npt.NDArray[np.float64],
    count: int,
    keys: Keys,
    places: Places,
    heaps: npt.NDArray[np.int32],
) -> int:
    """Sort the first values, none of them NaN; -0.0 and 0.0 are the same.

    Args:
        values: The numbers, which stay where they are.
        count: How many of them.
        keys: Filled: whole numbers that are in the order of the values.
        places: Filled: where each of them stands in `values`.
        heaps: Room.

    Returns:
        The row of `keys` and `places` in which they are ascending.
    """
    if count <= _FEW:
        _insert_each(values, count, keys[0], places[0])
        return 0
    heaps[:] = 0
    for place in range(count):
        key = _key_of(values[place])
        keys[0, place], places[0, place] = key, place
        for byte in range(_BYTES):
            heaps[byte, (key >> np.uint64(8 * byte)) & np.uint64(255)] += 1
    row = 0
    for byte in range(_BYTES):
        shift, heap = np.uint64(8 * byte), heaps[byte]
        if heap[(keys[row, 0] >> shift) & np.uint64(255)] == count:
            continue
        before = 0
        for digit in range(_HEAPS):
            before, heap[digit] = before + heap[digit], before
        for place in range(count):
            key = keys[row, place]
            digit = (key >> shift) & np.uint64(255)
            keys[1 - row, heap[digit]], places[1 - row, heap[digit]] = key, places[row, place]
            heap[digit] += 1
        row = 1 - row
    return row


@kernel
def _insert_each(
    values: npt.NDArray[np.float64],
    count: int,
    keys: npt.NDArray[np.uint64],
    places: npt.NDArray[np.int32],
) -> None:
    """Sort few values, each of them put between those before it."""
    for place in range(count):
        key, at = _key_of(values[place]), place
        while at > 0 and keys[at - 1] > key:
            keys[at], places[at] = keys[at - 1], places[at - 1]
            at -= 1
        keys[at], places[at] = key, place


@kernel
def _key_of(value: float) -> np.uint64:
    """A whole number that is larger where the value is."""
    bits = np.float64(value + 0.0).view(np.uint64)
    return ~bits if bits & _SIGN else bits | _SIGN
