"""Exponentially weighted means.

Source: pandas ewm(...).mean() with adjust=True, ignore_na=False and min_periods=1, which EMA, and
Mean with 0 < N < 1, of qlib.data.ops are; and EMA with N = 0, which weights all rows so far anew.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from compute.engine.compiled import kernel
from compute.engine.kernels.pairwise import add_up

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Outputs = npt.NDArray[Any]


@kernel
def ewm(x: Floats, com: float, out: Outputs) -> None:
    """Weight each value of the past by 1 - 1 / (1 + com) per row that has gone since.

    Args:
        x: Shape (rows, lanes), without infinities. A row without a value still passes.
        com: The centre of mass: (span - 1) / 2, or (1 - alpha) / alpha. At least 0.
        out: Shape (rows, lanes), float64 or float32, written whole; NaN before a lane's first
            value, and its last mean where it has no value.
    """
    decay = 1.0 - 1.0 / (1.0 + com)
    means, weights = np.full(x.shape[1], np.nan), np.ones(x.shape[1])
    for row in range(len(x)):
        _weigh_row(x, row, decay, means, weights, out)


@kernel
def _weigh_row(
    x: Floats, row: int, decay: float, means: Floats, weights: Floats, out: Outputs
) -> None:
    """Do one row of all lanes; a mean that equals the value is left as it is, as in pandas."""
    values, target = x[row], out[row]
    for lane in range(len(values)):
        value, mean, weight = values[lane], means[lane], weights[lane]
        begun, known = mean == mean, value == value
        decayed = weight * decay if begun else weight
        mixed = (decayed * mean + value) / (decayed + 1.0)
        moved = mixed if (mean != value) & begun else (mean if begun else value)
        means[lane] = moved if known else mean
        weights[lane] = decayed + 1.0 if known & begun else decayed
        target[lane] = means[lane]


def ema_of_all(x: Floats, starts: Integers, out: Outputs) -> None:
    """Weight all n rows so far by powers of 1 - 2 / (1 + n), the latest the most.

    It takes time in proportion to the square of the rows. The weights are NumPy's own, since other
    powers have other bits.

    Args:
        x: Shape (rows, lanes), without infinities; what is missing adds nothing, but its weight
            still divides.
        starts: The first row of each lane, from which rows are counted, shape (lanes,).
        out: Shape (rows, lanes), float64 or float32, written whole; NaN until a lane has a value.
    """
    series, known = np.ascontiguousarray(x.T), np.isfinite(x).cumsum(axis=0) > 0
    products = np.empty(len(x))
    out[:] = np.nan
    for count in range(1, len(x) - int(starts.min(initial=len(x))) + 1):
        base = 1 - 2 / (1 + count)
        weights: Floats = np.power(base, np.arange(count)[::-1], dtype=np.float64)
        weights /= weights.sum()
        _weigh_all(series, weights, starts, known, products, out)


@kernel
def _weigh_all(
    series: Floats,
    weights: Floats,
    starts: Integers,
    known: npt.NDArray[np.bool_],
    products: Floats,
    out: Outputs,
) -> None:
    """Do the row of each lane that comes `len(weights)` rows after the lane's start.

    Args:
        series: Shape (lanes, rows).
        weights: Shape (n,), that of the latest row last.
        starts: Shape (lanes,).
        known: Whether a lane has had a value, shape (rows, lanes).
        products: Scratch of shape (rows,).
        out: Shape (rows, lanes).
    """
    count = len(weights)
    for lane in range(len(series)):
        row = starts[lane] + count - 1
        if row < len(out) and known[row, lane]:
            _multiply(series[lane, starts[lane] : row + 1], weights, products)
            out[row, lane] = add_up(products[:count])


@kernel
def _multiply(values: Floats, weights: Floats, products: Floats) -> None:
    for i in range(len(weights)):
        product = weights[i] * values[i]
        products[i] = product if product == product else 0.0
