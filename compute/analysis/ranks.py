"""Places of values within their day."""

import numpy as np
import numpy.typing as npt

from domain.arrays import BoolPanel, FloatArray, FloatPanel, IntPanel


def tie_places(values: FloatPanel, valid: BoolPanel) -> tuple[IntPanel, IntPanel]:
    """First and last place that each value's ties take when its row is put in order.

    Args:
        values: Shape (rows, names).
        valid: Which values take part, same shape; those must be finite.

    Returns:
        Two arrays of that shape with places from 0, lowest value first. Where `valid` is False
        they hold a place behind all that take part, and mean nothing.
    """
    # Infinity sorts behind every finite value, and faster than NaN does.
    keys = np.where(valid, values, np.inf)
    order = np.argsort(keys, axis=1)
    ordered = np.take_along_axis(keys, order, axis=1)
    begins = np.ones(keys.shape, dtype=np.bool_)
    np.not_equal(ordered[:, 1:], ordered[:, :-1], out=begins[:, 1:])
    ends = np.ones(keys.shape, dtype=np.bool_)
    ends[:, :-1] = begins[:, 1:]
    places = np.arange(keys.shape[1], dtype=np.int32)
    first = np.maximum.accumulate(np.where(begins, places, 0), axis=1, dtype=np.int32)
    far = np.int32(keys.shape[1])
    last = np.minimum.accumulate(np.where(ends, places, far)[:, ::-1], axis=1)[:, ::-1]
    return _put_back(first, order), _put_back(last, order)


def average_ranks(values: FloatPanel, valid: BoolPanel) -> FloatArray:
    """Rank each row, giving ties the mean of the places they take.

    Args:
        values: Shape (rows, names).
        valid: Which values take part, same shape; those must be finite.

    Returns:
        Ranks from 1 as float64, same shape, lowest value first; NaN where `valid` is False.

    Source:
        scipy.stats.rankdata(method="average") of each row's values.
    """
    first, last = tie_places(values, valid)
    return np.where(valid, (first + last) / 2 + 1, np.nan)


def _put_back(ordered: IntPanel, order: npt.NDArray[np.intp]) -> IntPanel:
    places = np.empty(ordered.shape, dtype=np.int32)
    np.put_along_axis(places, order, ordered, axis=1)
    return places
