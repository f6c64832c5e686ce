"""The step that squashes values into -1 to 1."""

from collections.abc import Sequence

import numpy as np

from compute.preparing.table import Values

_SPARED = "LABEL"
_ROWS_AT_ONCE = 256


def squash(values: Values, names: Sequence[str]) -> None:
    """Put tanh(x - 1) in place of x, in all columns whose names do not contain LABEL.

    Args:
        values: float32, shape (rows, columns).
        names: Of the columns.

    Source:
        Qlib's TanhProcess, which takes whatever is called so for a label; by NumPy's tanh, whose
        bits no other has.
    """
    spared = [column for column, name in enumerate(names) if _SPARED in name]
    for first in range(0, len(values), _ROWS_AT_ONCE):
        block = values[first : first + _ROWS_AT_ONCE]
        kept = block[:, spared]
        np.subtract(block, np.float32(1), out=block)
        np.tanh(block, out=block)
        block[:, spared] = kept
