"""Steps that are fitted to the train segment and then shift and divide every row alike."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from compute.engine.compiled import kernel
from compute.preparing.cores import share_rows
from compute.preparing.lanes import repeated
from compute.preparing.long_sums import column_squares, column_sums
from compute.preparing.medians import column_medians, sorted_sample
from compute.preparing.table import Values
from domain.arrays import Array

Line = npt.NDArray[np.float32]
"""One number for each column, shape (columns,)."""

_SMALL = 1e-12
"""What Qlib adds to deviations, so that none is zero (`qlib.constant.EPS`)."""
_NORMAL = 1.4826
"""Standard deviations in a median absolute deviation of normal values, as Qlib rounds it."""


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """What a step has learned: each column is shifted by `centre`, then divided by `scale`.

    Both are float32, shape (columns,). `kind` is the name of the step.
    """

    kind: str
    centre: Line
    scale: Line

    def as_array(self) -> Array:
        """Centre and scale as the two rows of one array, to be kept."""
        return np.stack([self.centre, self.scale])

    @classmethod
    def of_array(cls, kind: str, array: Array) -> "Fitted":
        """What `as_array` made."""
        centre, scale = np.ascontiguousarray(array, dtype=np.float32)
        return cls(kind, centre, scale)


def fit(kind: str, values: Values) -> Fitted:
    """Fit a step to the rows of the train segment.

    Args:
        kind: ZScoreNorm, RobustZScoreNorm or MinMaxNorm.
        values: float32, shape (rows, columns).

    Source:
        Qlib's processors of the same names on float32, whose bits these are.
    """
    return Fitted(kind, *FITTED[kind](values))


def rescale(values: Values, fitted: Fitted, is_clipped: bool = False) -> None:
    """Shift and divide all rows in place; where `is_clipped`, cut off beyond -3 and 3."""
    centre, scale = fitted.centre, fitted.scale
    share_rows(values, lambda rows: _rescale(rows, centre, scale, is_clipped))


def _z_score(values: Values) -> tuple[Line, Line]:
    """Means and standard deviations (ddof 0), as `numpy.nanmean` and `nanstd` take them."""
    found = np.zeros(values.shape[1], np.int32)
    with np.errstate(all="ignore"):
        mean = column_sums(values, found)
        mean = (mean / found.astype(np.float64)).astype(np.float32)
        squares = column_squares(values, mean)
        deviation = np.sqrt((squares / found.astype(np.float64)).astype(np.float32))
    is_constant = deviation == 0
    mean[is_constant], deviation[is_constant] = 0, 1
    return mean, deviation


def _robust_z_score(values: Values) -> tuple[Line, Line]:
    """Medians, and median absolute deviations in units of a standard deviation."""
    sample = sorted_sample(values)
    median = column_medians(values, None, sample)
    deviation = column_medians(values, median, sample)
    deviation += _SMALL
    deviation *= _NORMAL
    return median, deviation


def _min_max(values: Values) -> tuple[Line, Line]:
    """Least values, and what lies between them and the largest."""
    least, most = (np.full(values.shape[1], np.nan, np.float32) for _ in range(2))
    _extremes(values, least, most)
    is_constant = least == most
    least[is_constant], most[is_constant] = 0, 1
    with np.errstate(all="ignore"):
        return least, most - least


FITTED: dict[str, Callable[[Values], tuple[Line, Line]]] = {
    "ZScoreNorm": _z_score,
    "RobustZScoreNorm": _robust_z_score,
    "MinMaxNorm": _min_max,
}
"""The steps that are fitted, and how."""


@kernel
def _rescale(values: Values, centre: Array, scale: Array, is_clipped: bool) -> None:
    low, high = np.float32(-3), np.float32(3)
    centres, scales, flat = repeated(centre), repeated(scale), values.reshape(values.size)
    for first in range(0, len(flat), len(centres)):
        cells = flat[first : first + len(centres)]
        for cell in range(len(cells)):
            value = (cells[cell] - centres[cell]) / scales[cell]
            if is_clipped:
                value = low if value < low else value
                value = high if value > high else value
            cells[cell] = value


@kernel
def _extremes(values: Values, least: Array, most: Array) -> None:
    """Fill in the least and the largest value of each column, given as NaN."""
    for row in range(len(values)):
        for column in range(values.shape[1]):
            value, low, high = values[row, column], least[column], most[column]
            least[column] = value if value < low or low != low else low
            most[column] = value if value > high or high != high else high
