"""Factor sets over universes: a row for each day and member, a column for each factor."""

import numpy as np

from compute.member_rows import fill_rows, member_rows
from compute.members import everyone, member_mask
from compute.open_market import open_panels
from compute.outcomes import outcome
from compute.panels import require_symbols
from compute.progress import Report
from compute.qlib_session import qlib_on
from compute.values import Ground, days_read, universe_of
from domain.arrays import BoolPanel, DateArray
from domain.artifacts import ArtifactStore
from domain.errors import EmptyDataError
from domain.work import MatrixWork, Outcome

_VALUE = np.dtype("<f4")


def compute_matrix(work: MatrixWork, store: ArtifactStore, report: Report) -> Outcome:
    """Compute every factor of a set for the members of a universe.

    There is a row for each day of the period on which an instrument was a member and Qlib has a
    row of it, ascending by day and then by symbol. An instrument's full history is what a value
    is computed from, as in `compute_panels`. The rows are written to the disk as they are
    computed, so they need not fit into memory.

    Returns:
        The document has `rows`, `features` as pairs of names and expressions, and the days
        `start` and `end` of the period. Artifacts are those of a `StoredMatrix`: `values`
        float32, `dates`, `places`, `symbols`.

    Raises:
        BadInputError: An expression is not in its canonical form, or a symbol cannot be one.
        EmptyDataError: No member has any bar in the period.
        SnapshotChangedError: The files are not those that were registered.
    """
    symbols = everyone(work.members, work.peers)
    require_symbols(symbols)
    market = open_panels(work.bars, store)
    qlib_on(work.bars, store)
    calendar = market.directory.calendar
    expressions = [expression for _, expression in work.features]
    days = calendar[: days_read(expressions, work.period, calendar)]
    ground = Ground(market, symbols, len(days), universe_of(work.peers, symbols, days))
    rows = member_rows(expressions, ground, _shown(work, symbols, days))
    if not len(rows):
        raise EmptyDataError(
            f"No member of the universe has any bar between {work.period.start} and "
            f"{work.period.end}; choose another universe or period."
        )
    artifacts = {
        "values": store.draw_array(
            (len(rows), len(expressions)),
            _VALUE.str,
            lambda table: fill_rows(expressions, ground, rows, table, report),
        ),
        "dates": store.put_array(calendar[rows.days]),
        "places": store.put_array(rows.places.astype(np.int32)),
        "symbols": store.put_array(np.array(symbols)),
    }
    document = {
        "rows": len(rows),
        "features": [list(feature) for feature in work.features],
        "start": work.period.start.isoformat(),
        "end": work.period.end.isoformat(),
    }
    return outcome(document, artifacts, store)


def _shown(work: MatrixWork, symbols: tuple[str, ...], calendar: DateArray) -> BoolPanel:
    """Who has a row on which day if Qlib has one, shape (days, symbols)."""
    mask = member_mask(work.members, symbols, calendar)
    first, last = np.datetime64(work.period.start), np.datetime64(work.period.end)
    mask[(calendar < first) | (calendar > last)] = False
    return mask
