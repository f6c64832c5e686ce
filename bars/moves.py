"""How closes move from bar to bar."""

import numpy as np
import numpy.typing as npt


def moves(close: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """The change from the last close there was, as a fraction (0.01 is 1 %).

    Args:
        close: Closes over the calendar as they are kept, float32, NaN where there is no bar.

    Returns:
        The same shape, made in float64 of what is kept, so that whoever reads the closes finds
        the same; NaN where there is no close or none before.
    """
    rows = np.where(np.isfinite(close), np.arange(len(close)), -1)
    last = np.maximum.accumulate(rows)[:-1]
    before = np.where(last >= 0, close[np.maximum(last, 0)], np.nan).astype(np.float64)
    changes = np.full(len(close), np.nan)
    np.divide(close[1:], before, out=changes[1:], where=before != 0)
    return changes - 1
