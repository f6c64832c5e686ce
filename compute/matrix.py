"""Factor sets over universes: a row for each day and member, a column for each factor."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import numpy as np
import numpy.typing as npt

from bars.calendars import read_calendar
from compute.members import member_mask
from compute.outcomes import outcome
from compute.panels import PHASE, chunks, require_plain
from compute.progress import ProgressReport, Report
from compute.qlib_session import forget_values, qlib_on
from domain.arrays import Array, DateArray, RowArray
from domain.artifacts import ArtifactStore
from domain.errors import EmptyDataError
from domain.work import MatrixWork, Outcome

_CELLS_AT_ONCE = 4_000_000
"""Values that are put in order at a time."""
_VALUE = np.dtype("<f4")

Block = npt.NDArray[np.float32]
"""Shape (rows, factors)."""


@dataclass(frozen=True, slots=True, eq=False)
class _Spilled:
    """Rows in the order in which they were computed, their values in a file.

    `days` are rows of the calendar, `places` those of the symbols; both have shape (rows,).
    """

    values: Block
    days: RowArray
    places: RowArray


def compute_matrix(work: MatrixWork, store: ArtifactStore, report: Report) -> Outcome:
    """Compute every factor of a set for the members of a universe.

    There is a row for each day of the period on which an instrument was a member and Qlib has a
    row of it, ascending by day and then by symbol. An instrument's full history is what a value
    is computed from, as in `compute_panels`. No more than a few instruments are in memory at a
    time: what is computed waits in a file until all of it can be put in order.

    Returns:
        The document has `rows`, `features` as pairs of names and expressions, and the days
        `start` and `end` of the period. Artifacts are those of a `StoredMatrix`: `values`
        float32, `dates`, `places`, `symbols`.

    Raises:
        BadInputError: An expression is not in its canonical form, or a symbol cannot be one.
        EmptyDataError: No member has any bar in the period.
        SnapshotChangedError: The files are not those that were registered.
    """
    symbols = tuple(sorted(work.members))
    require_plain([expression for _, expression in work.features], symbols)
    qlib_on(work.bars)
    calendar = read_calendar(Path(work.bars.directory))
    # In the working directory, which in a worker lies where everything else is kept.
    with TemporaryFile(dir=Path.cwd()) as file:
        spilled = _spill(work, symbols, calendar, file, report)
        artifacts = _ordered(spilled, symbols, calendar, store)
    document = {
        "rows": len(spilled.days),
        "features": [list(feature) for feature in work.features],
        "start": work.period.start.isoformat(),
        "end": work.period.end.isoformat(),
    }
    return outcome(document, artifacts, store)


def _spill(
    work: MatrixWork,
    symbols: tuple[str, ...],
    calendar: DateArray,
    file: IO[bytes],
    report: Report,
) -> _Spilled:
    """Compute a few instruments at a time and write their rows to a file."""
    mask = _shown(work, symbols, calendar)
    days, places = [], []
    for columns in chunks(len(work.features), len(calendar), len(symbols)):
        report(ProgressReport(PHASE, columns.start, len(symbols)))
        rows, of_symbol, values = _computed(work, symbols[columns], calendar)
        is_shown = mask[rows, of_symbol + columns.start]
        values[is_shown].astype(_VALUE, copy=False).tofile(file)
        days.append(rows[is_shown])
        places.append(of_symbol[is_shown] + columns.start)
    report(ProgressReport(PHASE, len(symbols), len(symbols)))
    count = sum(map(len, days))
    if not count:
        raise EmptyDataError(
            f"No member of the universe has any bar between {work.period.start} and "
            f"{work.period.end}; choose another universe or period."
        )
    file.flush()
    kept = np.memmap(file, _VALUE, "r", shape=(count, len(work.features)))
    return _Spilled(kept, np.concatenate(days), np.concatenate(places))


def _shown(
    work: MatrixWork, symbols: tuple[str, ...], calendar: DateArray
) -> npt.NDArray[np.bool_]:
    """Who has a row on which day if Qlib has one, shape (days, symbols)."""
    mask = member_mask(work.members, symbols, calendar)
    first, last = np.datetime64(work.period.start), np.datetime64(work.period.end)
    mask[(calendar < first) | (calendar > last)] = False
    return mask


def _computed(
    work: MatrixWork, symbols: tuple[str, ...], calendar: DateArray
) -> tuple[RowArray, RowArray, Block]:
    """What Qlib has of a few instruments: rows of the calendar, places of symbols, values."""
    from qlib.data import D

    expressions = [expression for _, expression in work.features]
    frame = D.features(list(symbols), list(dict.fromkeys(expressions)), freq="day")
    forget_values()
    place = {symbol: column for column, symbol in enumerate(symbols)}
    instruments, days = frame.index.levels
    of_symbol = np.array([place[symbol] for symbol in instruments], dtype=np.int64)
    rows = np.searchsorted(calendar, days.to_numpy().astype("datetime64[D]"))
    return (
        rows[frame.index.codes[1]],
        of_symbol[frame.index.codes[0]],
        frame[expressions].to_numpy(dtype=np.float32),
    )


def _ordered(
    spilled: _Spilled, symbols: tuple[str, ...], calendar: DateArray, store: ArtifactStore
) -> dict[str, str]:
    """Keep rows in order of day and symbol."""
    order = np.lexsort((spilled.places, spilled.days))

    def draw(values: Array) -> None:
        for part in _parts(len(order), values.shape[1]):
            values[part] = spilled.values[order[part]]

    return {
        "values": store.draw_array(spilled.values.shape, _VALUE.str, draw),
        "dates": store.put_array(calendar[spilled.days[order]]),
        "places": store.put_array(spilled.places[order].astype(np.int32)),
        "symbols": store.put_array(np.array(symbols)),
    }


def _parts(rows: int, columns: int) -> Iterator[slice]:
    size = max(1, _CELLS_AT_ONCE // max(1, columns))
    for first in range(0, rows, size):
        yield slice(first, min(first + size, rows))
