"""NumPy's order of adding numbers up.

Source: pairwise summation of NumPy 2.4.6: fewer than 8 numbers one after the other; up to 128 in
eight sums, which are then added in pairs, and the rest of the division by 8 one after the other;
more in two parts, the first about half as long and divisible by 8. All of it is added to 0, so
that a sum is never -0. Vector instructions hold the eight sums and change nothing.
"""

import numpy as np
import numpy.typing as npt

from compute.engine.compiled import kernel

BLOCK = 128


@kernel
def add_up(numbers: npt.NDArray[np.float64]) -> float:
    """Add up numbers of shape (n,) as np.sum does; 0 where there are none."""
    return 0.0 + _add_pairs(numbers)


@kernel
def split(count: int) -> int:
    """How many numbers of more than 128 are in the first part."""
    return count // 2 - count // 2 % 8


@kernel
def _add_pairs(numbers: npt.NDArray[np.float64]) -> float:
    count = len(numbers)
    if count > BLOCK:
        first = split(count)
        return _add_pairs(numbers[:first]) + _add_pairs(numbers[first:])
    return _add_block(numbers)


@kernel
def _add_block(numbers: npt.NDArray[np.float64]) -> float:
    count = len(numbers)
    if count < 8:
        total = -0.0
        for number in numbers:
            total += number
        return total
    a, b, c, d = numbers[0], numbers[1], numbers[2], numbers[3]
    e, f, g, h = numbers[4], numbers[5], numbers[6], numbers[7]
    whole = count - count % 8
    for i in range(8, whole, 8):
        a += numbers[i]
        b += numbers[i + 1]
        c += numbers[i + 2]
        d += numbers[i + 3]
        e += numbers[i + 4]
        f += numbers[i + 5]
        g += numbers[i + 6]
        h += numbers[i + 7]
    total = float(((a + b) + (c + d)) + ((e + f) + (g + h)))
    for i in range(whole, count):
        total += numbers[i]
    return total
