"""The values of many factors for the members of each day, a few hundred megabytes at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from compute.analysis.kernels.gathering import gather
from compute.analysis.sections import Sections
from compute.engine.turns import Series
from compute.imported import verified_panel
from compute.judging import stored_signal, trading_days
from compute.members import everyone, member_mask
from compute.open_market import open_panels
from compute.progress import Report, Share
from compute.qlib_session import qlib_on
from compute.values import (
    PHASE,
    Ground,
    compute_values,
    days_read,
    require_canonical,
    require_room,
    require_symbols,
    universe_of,
)
from domain.arrays import Array, DateArray, RowArray
from domain.artifacts import ArtifactStore
from domain.errors import EmptyDataError, QatlasError
from domain.stored_panels import StoredPanel
from domain.work import CorrelationsWork, DecaysWork, EvaluationsWork, JudgedSignal

_CELLS = 200_000_000
"""Values that are held in memory at a time."""

Valued = tuple[JudgedSignal, Array | QatlasError]
"""A factor with its values by row of the sections, or the reason why it has none."""


@dataclass(frozen=True, slots=True, eq=False)
class MemberValues:
    """Computes factors where instruments are members.

    Attributes:
        ground: What expressions are computed on; its symbols are the columns of the sections.
        rows: The calendar rows of the period.
        sections: Who is a member on which of these days.
        store: Where imported values are.
    """

    ground: Ground
    rows: slice
    sections: Sections
    store: ArtifactStore

    @classmethod
    def over(
        cls,
        work: EvaluationsWork | DecaysWork | CorrelationsWork,
        signals: Sequence[JudgedSignal],
        store: ArtifactStore,
    ) -> "MemberValues":
        """What signals are computed on.

        Raises:
            EmptyDataError: The period has no trading day, or no member.
            SnapshotChangedError: The files are not those that were registered.
        """
        market = open_panels(work.bars, store)
        calendar = market.directory.calendar
        rows = trading_days(work.period, calendar)
        symbols = everyone(work.members, work.peers)
        members = member_mask(work.members, symbols, calendar[rows])
        if not members.any():
            raise EmptyDataError(
                f"The universe has no member from {work.period.start} to {work.period.end}; give "
                "a period in which it has some.",
                "period",
            )
        require_symbols(symbols)
        days = calendar[: days_read(_expressions(signals), work.period, calendar)]
        universe = universe_of(work.peers, symbols, days)
        ground = Ground(market, partial(qlib_on, work.bars, store), symbols, len(days), universe)
        return cls(ground, rows, Sections.of(members), store)

    @property
    def dates(self) -> DateArray:
        """The days of the period."""
        return self.ground.market.directory.calendar[self.rows]

    def values(self, signals: Sequence[JudgedSignal], report: Report) -> Iterator[list[Valued]]:
        """The values of signals in single precision, of imported ones as they were imported.

        As many at a time as there is room for, each once, in no order. What one signal lacks
        takes nothing from the others.
        """
        refused = {one.key: found for one in signals if (found := self._refusal(one))}
        if refused:
            yield [(one, refused[one.key]) for one in signals if one.key in refused]
        computed = [
            one for one in signals if isinstance(one.feature, str) and one.key not in refused
        ]
        size = max(1, _CELLS // len(self.sections))
        firsts = range(0, len(computed), size)
        share = Share(PHASE, len(firsts), len(self.ground.symbols), report)
        for turn, first in enumerate(firsts):
            yield self._computed(computed[first : first + size], share, turn)
        share.end()
        for one in signals:
            if isinstance(one.feature, StoredPanel):
                yield [(one, self._imported(one.name, one.feature))]

    def _refusal(self, signal: JudgedSignal) -> QatlasError | None:
        """Why an expression cannot be computed here."""
        if isinstance(signal.feature, str):
            try:
                expression = require_canonical(signal.feature)
                require_room(expression, self.ground)
                self.ground.tree(expression)
            except QatlasError as error:
                return error
        return None

    def _computed(self, signals: list[JudgedSignal], share: Share, turn: int) -> list[Valued]:
        expressions = list(dict.fromkeys(_expressions(signals)))
        values = np.empty((len(expressions), len(self.sections)), dtype=np.float32)
        taking = _Taking(values, self.rows, self.sections.positions)
        compute_values(expressions, self.ground, taking.take, share.turn(turn))
        by_expression: Mapping[object, Array] = dict(zip(expressions, values, strict=True))
        return [(one, by_expression[one.feature]) for one in signals]

    def _imported(self, name: str, panel: StoredPanel) -> Array | QatlasError:
        try:
            verified_panel(name, panel, self.store)
        except QatlasError as error:
            return error
        symbols = list(self.ground.symbols)
        signal = stored_signal(panel, self.store, self.dates, symbols, len(self.dates))
        return self.sections.taken(signal)


@dataclass(frozen=True, slots=True, eq=False)
class _Taking:
    """Takes the cells of members out of what is computed, some instruments at a time."""

    values: Array
    rows: slice
    positions: RowArray
    _of_columns: dict[int, RowArray] = field(default_factory=dict)

    def take(self, place: int, columns: slice, series: Series) -> None:
        """Take the values of one expression; those of one tile come from one thread."""
        positions = self._of_columns.get(columns.start)
        if positions is None:
            positions = np.ascontiguousarray(self.positions[:, columns])
            self._of_columns[columns.start] = positions
        gather(series.values[self.rows], positions, self.values[place])


def _expressions(signals: Sequence[JudgedSignal]) -> list[str]:
    return [one.feature for one in signals if isinstance(one.feature, str)]
