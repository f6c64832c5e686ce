"""What running windows carry from row to row, for a block of neighbouring lanes.

The state of a block is one flat array: quantity k of lane l stands at k * BLOCK + l. The distances
between quantities are then known when a kernel is compiled, and the compiler can see that writing
one does not change another; that of separate arrays it would have to check in every row, and with
more than a few it does not, and makes no vectors.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
"""A tile, a row or lane of one, or a state."""

Output = npt.NDArray[np.float64] | npt.NDArray[np.float32]
"""Where results go: shape (rows, lanes), in the precision that is kept."""

BLOCK = 64
"""Lanes that share a state: enough for long vectors, few enough to stay in the nearest cache."""
