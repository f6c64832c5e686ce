"""Looks over the engine's shoulder: a sample of its values, computed again by stock Qlib."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from compute.engine.panel_evaluation import Sink
from compute.engine.turns import Series
from compute.stock_values import stock_panel
from domain.arrays import DateArray
from domain.errors import EngineDiffersError
from domain.expression import Expression

SHARE_VARIABLE = "QATLAS_SHADOW"
"""Which share of all pairs of expression and instrument is computed again, from 0 to 1."""
STRICT_VARIABLE = "QATLAS_SHADOW_STRICT"
"""Whether a difference fails the computation."""
_YES = frozenset({"1", "true", "yes", "on", "t", "y"})
_RELATIVE = 1e-6
_STEPS = 2**32

Column = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shadowed:
    """How many pairs of expression and instrument were computed again, and in how many of them a
    value was missing on one side alone, or differed by more than a millionth; and one of these.
    """

    checked: int = 0
    different: int = 0
    example: str = ""

    def __add__(self, other: "Shadowed") -> "Shadowed":
        return Shadowed(
            self.checked + other.checked,
            self.different + other.different,
            self.example or other.example,
        )

    def document(self) -> dict[str, dict[str, int | str]]:
        """What a computation tells of it; nothing where nothing was checked."""
        if not self.checked:
            return {}
        told: dict[str, int | str] = {"checked": self.checked, "different": self.different}
        return {"shadow": told | ({"example": self.example} if self.example else {})}


@dataclass(slots=True)
class Shadow:
    """Holds on to a sample of what passes, and compares it at the end.

    Args:
        expressions: What is computed, by place. Those that Qlib cannot compute are never sampled.
        symbols: The instruments, by column.
        share: Of the pairs of both.
    """

    expressions: Sequence[Expression]
    symbols: Sequence[str]
    share: float
    _held: dict[tuple[int, int], Column] = field(default_factory=dict)

    @property
    def holds_any(self) -> bool:
        """Whether there is anything to compare."""
        return bool(self._held)

    def over(self, sink: Sink) -> Sink:
        """A sink that passes everything on, and keeps the sample."""
        if not self.share:
            return sink

        def take(place: int, columns: slice, series: Series) -> None:
            sink(place, columns, series)
            if self.expressions[place].beyond_qlib:
                return
            for column in range(columns.start, columns.stop):
                if self._is_sampled(place, column):
                    values = series.values[:, column - columns.start]
                    with np.errstate(over="ignore", invalid="ignore"):
                        self._held[place, column] = values.astype(np.float32)

        return take

    def compare(self, calendar: DateArray) -> dict[str, Shadowed]:
        """Compute the sample again, and count where it differs, by canonical expression.

        Raises:
            EngineDiffersError: It does, and a difference is to fail the computation.
        """
        different = {pair: None for pair in sorted(self._held) if self._differs(*pair, calendar)}
        if different and os.environ.get(STRICT_VARIABLE, "").lower() in _YES:
            raise EngineDiffersError(
                f"{self._named(*next(iter(different)))} is not what Qlib computes; "
                f"{len(different)} of {len(self._held)} pairs that were checked differ."
            )
        counts = {one.canonical: Shadowed() for one in self.expressions}
        for pair in self._held:
            differs = pair in different
            found = Shadowed(1, differs, self._named(*pair) if differs else "")
            counts[self.expressions[pair[0]].canonical] += found
        return counts

    def _named(self, place: int, column: int) -> str:
        return f"{self.expressions[place].canonical} of {self.symbols[column]}"

    def _is_sampled(self, place: int, column: int) -> bool:
        """Whether chance, which is the same each time, picks a pair."""
        name = f"{self.expressions[place].canonical}\0{self.symbols[column]}"
        drawn = int.from_bytes(blake2b(name.encode(), digest_size=4).digest())
        return drawn < self.share * _STEPS

    def _differs(self, place: int, column: int, calendar: DateArray) -> bool:
        expression, ours = self.expressions[place], self._held[place, column]
        stock = stock_panel(expression.canonical, [self.symbols[column]], calendar).values[:, 0]
        # What a value reads of later days was cut off where the computation ends.
        rows = len(ours) - expression.lookahead_days if len(ours) < len(calendar) else len(ours)
        close = np.isclose(ours[:rows], stock[:rows], rtol=_RELATIVE, atol=0, equal_nan=True)
        return not close.all()


def shadow_share() -> float:
    """The share that the environment asks for; none where it says nothing that makes sense."""
    try:
        return min(max(float(os.environ.get(SHARE_VARIABLE) or 0), 0.0), 1.0)
    except ValueError:
        return 0.0
