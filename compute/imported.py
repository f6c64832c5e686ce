"""Imported values: looked at before they are used, and put into the rows of members."""

from collections.abc import Sequence
from dataclasses import asdict, astuple

import numpy as np

from compute.member_rows import MemberRows, Table
from compute.outcomes import outcome
from compute.progress import ProgressReport, Report
from compute.values import Ground
from domain.arrays import Array, RowArray
from domain.artifacts import ArtifactStore, digest_of_array
from domain.errors import ArtifactMissingError, ImportedValuesLostError
from domain.stored_panels import Feature, StoredPanel
from domain.work import ImportedWork, Outcome


def look_up(work: ImportedWork, store: ArtifactStore, report: Report) -> Outcome:
    """Look whether imported values are still those that were imported.

    Returns:
        `panels` in the document is empty, since no expression stands for them. Artifacts are
        `values`, `dates` and `symbols` as they were imported.

    Raises:
        ImportedValuesLostError: A file is gone, or is not what it was.
    """
    report(ProgressReport("reading imported values"))
    verified_panel(work.factor, work.panel, store)
    return outcome({"panels": {}}, asdict(work.panel), store)


def fill_imported(
    features: Sequence[tuple[str, Feature]],
    ground: Ground,
    rows: MemberRows,
    table: Table,
    store: ArtifactStore,
) -> None:
    """Write the imported values of all rows, in single precision as those of expressions are.

    Args:
        features: Names, and what each column is made of; those of expressions are left alone.
        ground: Its symbols are those that the places of rows mean.
        rows: Which rows there are.
        table: Shape (rows, features), float32; NaN where nothing was imported.
        store: Where the values are.

    Raises:
        ImportedValuesLostError: A file is gone, or is not what it was.
    """
    days = ground.market.directory.calendar[: ground.days]
    symbols = np.array(ground.symbols)
    for column, (name, feature) in enumerate(features):
        if not isinstance(feature, StoredPanel):
            continue
        values, dates, known = verified_panel(name, feature, store)
        of_day, of_place = _places(days, dates), _places(symbols, known)
        panel_rows, panel_columns = of_day[rows.days], of_place[rows.places]
        found = (panel_rows >= 0) & (panel_columns >= 0)
        cells = np.full(len(rows), np.nan, dtype=np.float32)
        with np.errstate(over="ignore"):  # beyond single precision is infinite there
            cells[found] = values[panel_rows[found], panel_columns[found]]
        table[:, column] = cells


def verified_panel(
    factor: str, panel: StoredPanel, store: ArtifactStore
) -> tuple[Array, Array, Array]:
    """The values, dates and symbols of a panel, which are still what they were.

    Raises:
        ImportedValuesLostError: A file is gone, or is not what it was.
    """
    values, dates, symbols = (_verified(factor, one, store) for one in astuple(panel))
    return values, dates, symbols


def _places(wanted: Array, known: Array) -> RowArray:
    """Where each of some days or symbols stands among those known, which ascend; -1 if nowhere."""
    places = np.searchsorted(known, wanted)
    places[places == len(known)] = 0
    return np.where(known[places] == wanted, places, -1)


def _verified(factor: str, digest: str, store: ArtifactStore) -> Array:
    """An array whose content is still what its digest says."""
    try:
        array = store.open_array(digest)
    except ArtifactMissingError as error:
        raise ImportedValuesLostError(factor, error.message.partition(";")[0]) from error
    except (ValueError, EOFError) as error:  # as NumPy tells of a file that is not whole
        raise ImportedValuesLostError(factor, f"the artifact {digest} is damaged") from error
    if digest_of_array(np.ascontiguousarray(array)) != digest:
        raise ImportedValuesLostError(factor, f"the artifact {digest} is damaged")
    return array
