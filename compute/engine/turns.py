"""What is done at each step of a plan, for some instruments side by side."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from compute.engine import elementwise, windows
from compute.engine.compiled import kernel
from compute.engine.elementwise import Operand
from compute.engine.kernels.covariances import blank_flat
from compute.engine.kinds import TRUTH, Kind
from compute.engine.plan import COMPARISONS
from compute.engine.spans import Spans, blank_outside
from compute.engine.steps import OBSERVED, UNLESS_FLAT, WIDENED, Input, Literal, Step

Values = npt.NDArray[Any]
"""Shape (rows, lanes), float32 or float64."""
Block = npt.NDArray[Any]
"""Shape (steps, rows, lanes)."""

_REACHING_OUT: Final = (
    windows.WINDOWED | COMPARISONS | {"And", "Or", "Not", "If", "Power", "Ref", "Delta"}
)
"""Operators that may give a value in rows where there is no series."""


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Values of some instruments, NaN outside their spans."""

    values: Values
    spans: Spans
    kind: Kind


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """One step, or several that go together.

    Attributes:
        steps: What is computed; all read the same.
        series: What they read.
        spans: The rows over which there is any of it.
        block: Where the values go, those of each step in their place.
    """

    steps: Sequence[Step]
    series: Sequence[Series]
    spans: Spans
    block: Block

    @property
    def starts(self) -> npt.NDArray[np.int64]:
        """The first row of each lane."""
        return self.spans.starts(self.block.shape[1])

    def take(self) -> list[Series]:
        """Compute the steps, and return the series of each."""
        _TURNS.get(self.steps[0].operator, _elementwise)(self)
        for step, values in zip(self.steps, self.block, strict=True):
            if step.operator in _REACHING_OUT:
                blank_outside(values, self.spans.first, self.spans.stop)
        return [
            Series(values, self.spans, step.kind)
            for step, values in zip(self.steps, self.block, strict=True)
        ]


def turn(steps: Sequence[Step], series: Sequence[Series], block: Block) -> Turn:
    """The turn of some steps; where series have different rows it is over the rows of any."""
    spans = series[0].spans
    for one in series[1:]:
        spans = spans.union(one.spans)
    return Turn(steps, series, spans, block)


def _observe(turn: Turn) -> None:
    _observed(turn.series[0].values, turn.block[0])


@kernel
def _observed(values: Values, out: npt.NDArray[np.float64]) -> None:
    """Copy values, infinities as NaN."""
    for row in range(values.shape[0]):
        for lane in range(values.shape[1]):
            value = np.float64(values[row, lane])
            # Infinity less itself is NaN, anything finite less itself is 0.
            out[row, lane] = value if value - value == 0.0 else np.nan


def _widen(turn: Turn) -> None:
    turn.block[0] = turn.series[0].values


def _blank_flat(turn: Turn) -> None:
    fitted, *spreads = turn.series
    turn.block[0] = fitted.values
    for spread in spreads:
        blank_flat(turn.block[0], spread.values)


def _window(turn: Turn) -> None:
    windows.compute(turn.steps, [one.values for one in turn.series], turn.starts, turn.block)


def _move(turn: Turn) -> None:
    [step], [series], [out] = turn.steps, turn.series, turn.block
    [days] = step.numbers
    if days:
        elementwise.shift(series.values, int(days), out)
    else:
        out[...] = elementwise.first_values(series.values, turn.starts)
    if step.operator == "Delta":
        with np.errstate(invalid="ignore"):
            np.subtract(series.values, out, out=out)


def _elementwise(turn: Turn) -> None:
    [step] = turn.steps
    given = iter(turn.series)
    operands = [_operand(one, given, turn.spans) for one in step.inputs]
    with np.errstate(all="ignore"):
        elementwise.compute(step.operator, operands, step.kind, turn.block[0])


def _operand(one: Input, given: Iterator[Series], spans: Spans) -> Operand:
    if isinstance(one, Literal):
        return Operand(one.value, one.value)
    series = next(given)
    if series.kind == TRUTH and not series.spans.equals(spans):
        # Where another operand has a day and this one has none, it does not hold.
        return Operand(np.nan_to_num(series.values, nan=0.0), series.kind)
    return Operand(series.values, series.kind)


_TURNS: Final[Mapping[str, Callable[[Turn], None]]] = MappingProxyType(
    {
        **dict.fromkeys(windows.WINDOWED, _window),
        OBSERVED: _observe,
        WIDENED: _widen,
        UNLESS_FLAT: _blank_flat,
        "Ref": _move,
        "Delta": _move,
    }
)
