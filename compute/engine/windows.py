"""Which kernel computes which window, and what it is given."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from compute.engine.kernels import (
    beyond_qlib,
    covariances,
    deviations,
    exponential,
    extremes,
    moments,
    order_statistics,
    regressions,
    sums,
    variances,
)
from compute.engine.kinds import Number
from compute.engine.spans import Rows
from compute.engine.steps import Step

Tile = npt.NDArray[Any]
"""Shape (rows, lanes)."""
Tiles = npt.NDArray[np.float64]
"""Shape (steps, rows, lanes)."""

# One series, one window.
_PLAIN: Final[Mapping[str, Callable[[Tile, int, Tile], None]]] = MappingProxyType(
    {
        "Sum": sums.total,
        "Mean": sums.mean,
        "Count": sums.count,
        "Var": variances.var,
        "Std": variances.std,
        "Skew": moments.skew,
        "Kurt": moments.kurt,
        "Med": order_statistics.medians,
        "Mad": deviations.mad,
        "DecayLinear": beyond_qlib.decay_linear,
        "TsArgMax": beyond_qlib.latest_max,
        "TsArgMin": beyond_qlib.latest_min,
        "Product": beyond_qlib.product,
    }
)
# One series, one window, and where each lane starts, since positions count.
_PLACED: Final[Mapping[str, Callable[[Tile, int, Rows, Tile], None]]] = MappingProxyType(
    {
        "WMA": deviations.wma,
    }
)
_PAIRS: Final[Mapping[str, Callable[[Tile, Tile, int, Tile], None]]] = MappingProxyType(
    {"Cov": covariances.cov, "Corr": covariances.corr}
)
_ALL_WINDOWS: Final[Mapping[str, Callable[[Tile, Rows, Tiles], None]]] = MappingProxyType(
    {"Max": extremes.maxima, "Min": extremes.minima, "Rank": order_statistics.ranks}
)
_ALL_PLACED_WINDOWS: Final[Mapping[str, Callable[[Tile, Rows, Rows, Tiles], None]]] = (
    MappingProxyType({"IdxMax": extremes.first_maxima, "IdxMin": extremes.first_minima})
)
_FITTED: Final = ("Slope", "Rsquare", "Resi")

WINDOWED: Final = frozenset(
    {*_PLAIN, *_PLACED, *_PAIRS, *_ALL_WINDOWS, *_ALL_PLACED_WINDOWS, *_FITTED}
    | {"Quantile", "Ewm", "EMA"}
)
"""The operators of steps that a kernel here computes."""


def compute(steps: Sequence[Step], inputs: Sequence[Tile], starts: Rows, outs: Tiles) -> None:
    """Compute steps that go together over the same inputs.

    Args:
        steps: Of one company, in its order.
        inputs: What they read, shape (rows, lanes).
        starts: The first row of each lane.
        outs: One (rows, lanes) for each step. Rows after a lane's last are for the caller to
            blank.
    """
    name = steps[0].operator
    window = int(steps[0].numbers[0])
    if name in _PLAIN:
        _PLAIN[name](inputs[0], window, outs[0])
    elif name in _PLACED:
        _PLACED[name](inputs[0], window, starts, outs[0])
    elif name in _PAIRS:
        _PAIRS[name](inputs[0], inputs[1], window, outs[0])
    elif name in _ALL_WINDOWS:
        _ALL_WINDOWS[name](inputs[0], _windows(steps, len(inputs[0])), outs)
    elif name in _ALL_PLACED_WINDOWS:
        _ALL_PLACED_WINDOWS[name](inputs[0], _windows(steps, len(inputs[0])), starts, outs)
    elif name == "Quantile":
        levels = np.array([step.numbers[1] for step in steps], dtype=np.float64)
        order_statistics.quantiles(inputs[0], window, levels, outs)
    elif name in _FITTED:
        _fit(steps, inputs[0], window, starts, outs)
    else:
        _average(name, steps[0].numbers[0], inputs[0], starts, outs[0])


def _windows(steps: Sequence[Step], rows: int) -> Rows:
    """The windows of some steps, ascending; the expanding one is as long as there are rows."""
    longest = max(rows, *(int(step.numbers[0]) for step in steps))
    return np.array([int(step.numbers[0]) or longest for step in steps], dtype=np.int64)


def _fit(steps: Sequence[Step], x: Tile, window: int, starts: Rows, outs: Tiles) -> None:
    wanted = {step.operator: out for step, out in zip(steps, outs, strict=True)}
    tiles = [wanted.get(name) for name in _FITTED]
    slope, rsquare, resi = (np.empty_like(x) if tile is None else tile for tile in tiles)
    regressions.regressions(x, window, starts, slope, rsquare, resi)


def _average(name: str, span: Number, x: Tile, starts: Rows, out: Tile) -> None:
    """Average with weights that fade, by a weight or by a span of days."""
    if name == "EMA" and span == 0:
        exponential.ema_of_all(x, starts, out)
    elif name == "EMA":
        exponential.ewm(x, (span - 1) / 2, out)
    else:
        exponential.ewm(x, (1 - span) / span, out)
