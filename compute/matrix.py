"""Factor sets over universes: a row for each day and member, a column for each factor."""

from functools import partial

import numpy as np

from compute.imported import fill_imported
from compute.member_rows import MemberRows, Table, fill_rows, rows_of_period
from compute.open_market import open_panels
from compute.outcomes import outcome
from compute.progress import Report
from compute.qlib_session import qlib_on
from compute.values import Ground
from domain.artifacts import ArtifactStore
from domain.errors import EmptyDataError
from domain.stored_panels import expressions_of
from domain.work import ROWS_OF_IMPORTED, MatrixWork, Outcome

_VALUE = np.dtype("<f4")


def compute_matrix(work: MatrixWork, store: ArtifactStore, report: Report) -> Outcome:
    """Compute every factor of a set for the members of a universe.

    There is a row for each day of the period on which an instrument was a member and Qlib has a
    row of it, ascending by day and then by symbol. Imported factors have no say in which rows
    there are, unless all of them were imported: then an instrument has those of its closes. An
    instrument's full history is what a value is computed from, as in `compute_panels`. The rows
    are written to the disk as they are computed, so they need not fit into memory.

    Returns:
        The document has `rows`, `features` as pairs of names and expressions, None for what was
        imported, and the days `start` and `end` of the period. Artifacts are those of a
        `StoredMatrix`: `values` float32, `dates`, `places`, `symbols`.

    Raises:
        BadInputError: An expression is not in its canonical form, or a symbol cannot be one.
        EmptyDataError: No member has any bar in the period.
        ImportedValuesLostError: A file of imported values is gone, or is not what it was.
        SnapshotChangedError: The files are not those that were registered.
    """
    market = open_panels(work.bars, store)
    columns = expressions_of(work.features)
    expressions = [text for text in columns if text is not None] or [ROWS_OF_IMPORTED]
    start_qlib = partial(qlib_on, work.bars, store)
    ground, rows = rows_of_period(
        expressions, work.members, work.peers, work.period, market, start_qlib
    )
    if not len(rows):
        raise EmptyDataError(
            f"No member of the universe has any bar between {work.period.start} and "
            f"{work.period.end}; choose another universe or period."
        )
    artifacts = {
        "values": store.draw_array(
            (len(rows), len(columns)),
            _VALUE.str,
            partial(_fill, work, ground, rows, store, report),
        ),
        "dates": store.put_array(market.directory.calendar[rows.days]),
        "places": store.put_array(rows.places.astype(np.int32)),
        "symbols": store.put_array(np.array(ground.symbols)),
    }
    document: dict[str, object] = {
        "rows": len(rows),
        "features": [[name, text] for (name, _), text in zip(work.features, columns, strict=True)],
        "start": work.period.start.isoformat(),
        "end": work.period.end.isoformat(),
    }
    return outcome({**document, **ground.shadowed}, artifacts, store)


def _fill(
    work: MatrixWork,
    ground: Ground,
    rows: MemberRows,
    store: ArtifactStore,
    report: Report,
    table: Table,
) -> None:
    fill_rows(expressions_of(work.features), ground, rows, table, report)
    fill_imported(work.features, ground, rows, table, store)
