"""Factor values as rows: one for each day and member, a column for each factor."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from compute.engine.compiled import kernel
from compute.engine.market_panels import MarketPanels
from compute.engine.spans import Spans as RowSpans
from compute.engine.turns import Series
from compute.members import everyone, member_mask
from compute.progress import Report, Share
from compute.values import (
    PHASE,
    Ground,
    compute_values,
    days_read,
    require_symbols,
    universe_of,
)
from domain.arrays import BoolPanel, RowArray
from domain.expression import parse
from domain.period import Period
from domain.work import Peers, Spans

_AT_ONCE = 512
"""Factors that are computed together: their values for some instruments wait in memory."""

_LINE = 16
"""Numbers in single precision that a line of the cache holds."""

Table = npt.NDArray[np.float32]
"""Shape (rows, factors)."""


@dataclass(frozen=True, slots=True, eq=False)
class MemberRows:
    """Which rows there are, ascending by day and then by symbol.

    Attributes:
        days: Rows of the calendar, shape (rows,).
        places: Those of the symbols, shape (rows,).
        positions: The row of each day and symbol, -1 where there is none; (days, symbols).
    """

    days: RowArray
    places: RowArray
    positions: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.days)


def rows_of_period(
    expressions: Sequence[str],
    members: Mapping[str, Spans],
    peers: Peers | None,
    period: Period,
    market: MarketPanels,
    start_qlib: Callable[[], None],
) -> tuple[Ground, MemberRows]:
    """The rows of a universe over a period, and what their values are computed on.

    Args:
        expressions: What is computed.
        members: Who has rows, and when.
        peers: Whom cross-sections compare, if any do.
        period: The days of the rows.
        market: The fields.
        start_qlib: Puts Qlib on the same snapshot.

    Raises:
        BadInputError: A symbol cannot be one.
        EmptyDataError: There are no members.
    """
    symbols = everyone(members, peers)
    require_symbols(symbols)
    calendar = market.directory.calendar
    days = calendar[: days_read(expressions, period, calendar)]
    mask = member_mask(members, symbols, days)
    mask[(days < np.datetime64(period.start)) | (days > np.datetime64(period.end))] = False
    ground = Ground(market, start_qlib, symbols, len(days), universe_of(peers, symbols, days))
    return ground, _rows(expressions, ground, mask)


def _rows(expressions: Sequence[str], ground: Ground, members: BoolPanel) -> MemberRows:
    """The days of members on which Qlib has a row: from the first to the last that any field has.

    Args:
        expressions: What is computed.
        ground: What it is computed on.
        members: Who counts on which day, shape (days, symbols).
    """
    fields = sorted({name for text in expressions for name in parse(text).fields})
    spans = _united([panel.spans for panel in ground.read(fields).values()])
    rows = np.arange(ground.days)[:, np.newaxis]
    there = members & (rows >= spans.first) & (rows < spans.stop)
    days, places = np.nonzero(there)
    positions = np.full(there.shape, -1, dtype=np.int64)
    positions[there] = np.arange(len(days))
    return MemberRows(days, places, positions)


def fill_rows(
    expressions: Sequence[str | None],
    ground: Ground,
    rows: MemberRows,
    table: Table,
    report: Report,
) -> None:
    """Compute expressions and write the values of all rows.

    Args:
        expressions: One for each column; the same may come again. A column of None is left alone.
        ground: What they are computed on.
        rows: Which rows there are.
        table: Shape (rows, expressions), float32; may be mapped from a file.
        report: Is told how far it is.
    """
    distinct = list(dict.fromkeys(text for text in expressions if text is not None))
    numbers = {text: place for place, text in enumerate(distinct)}
    of_column = np.array([numbers.get(text or "", -1) for text in expressions], dtype=np.int64)
    firsts = range(0, len(distinct), _AT_ONCE)
    share = Share(PHASE, len(firsts), len(ground.symbols), report)
    for turn, first in enumerate(firsts):
        group = range(first, min(first + _AT_ONCE, len(distinct)))
        columns = np.flatnonzero((of_column >= group.start) & (of_column < group.stop))
        gathering = _Gathering(rows, table, len(group), columns, of_column[columns] - first)
        compute_values(distinct[first : group.stop], ground, gathering.take, share.turn(turn))
    share.end()


@dataclass(slots=True)
class _Waiting:
    """The values of some instruments: `rows` and `lanes` of the tile, `positions` of the table."""

    rows: RowArray
    lanes: RowArray
    positions: RowArray
    values: Table
    """Shape (expressions, cells)."""


class _Gathering:
    """Holds the values of some instruments until all expressions are there, then writes rows.

    Rows that are written whole cost a fraction of values that are written one by one.
    """

    def __init__(
        self,
        rows: MemberRows,
        table: Table,
        count: int,
        columns: RowArray,
        sources: RowArray,
    ) -> None:
        self._rows = rows
        self._table = table
        self._count = count
        self._columns = columns
        self._sources = sources
        self._waiting: dict[int, _Waiting] = {}

    def take(self, place: int, columns: slice, series: Series) -> None:
        """Take the values of one expression; those of one tile come from one thread."""
        if place == 0:
            self._waiting[columns.start] = self._room(columns)
        waiting = self._waiting[columns.start]
        _gather(series.values, waiting.rows, waiting.lanes, waiting.values[place])
        if place == self._count - 1:
            _write(waiting.values, waiting.positions, self._sources, self._columns, self._table)
            del self._waiting[columns.start]

    def _room(self, columns: slice) -> _Waiting:
        positions = self._rows.positions[:, columns]
        rows, lanes = np.nonzero(positions >= 0)
        values = np.empty((self._count, len(rows)), dtype=np.float32)
        return _Waiting(rows, lanes, positions[rows, lanes], values)


@kernel
def _gather(
    tile: npt.NDArray[np.floating], rows: RowArray, lanes: RowArray, out: npt.NDArray[np.float32]
) -> None:
    """Copy the cells of a tile at rows and lanes, in single precision."""
    for cell in range(len(rows)):
        out[cell] = tile[rows[cell], lanes[cell]]


@kernel
def _write(
    values: Table, positions: RowArray, sources: RowArray, columns: RowArray, table: Table
) -> None:
    """Write values (expressions, cells) to the rows of their cells.

    As many cells at a time as lie in one line of the cache: what is read of it for the first row
    is still there for the others, and rows are written from end to end.
    """
    for first in range(0, len(positions), _LINE):
        last = min(first + _LINE, len(positions))
        for cell in range(first, last):
            row = positions[cell]
            for place in range(len(columns)):
                table[row, columns[place]] = values[sources[place], cell]


def _united(spans: Sequence[RowSpans]) -> RowSpans:
    united = spans[0]
    for one in spans[1:]:
        united = united.union(one)
    return united
