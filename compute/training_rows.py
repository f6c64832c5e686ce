"""The rows of a model: factors and a label by day and member, as arrays."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from compute.engine.market_panels import MarketPanels
from compute.imported import fill_imported
from compute.member_rows import MemberRows, fill_rows, rows_of_period
from compute.preparing.table import Table
from compute.progress import Report, unheard
from compute.values import Ground
from domain.artifacts import ArtifactStore
from domain.errors import EmptyDataError
from domain.period import Period, Segments
from domain.stored_panels import Feature, expressions_of
from domain.work import TrainingWork


def load_table(
    work: TrainingWork,
    market: MarketPanels,
    start_qlib: Callable[[], None],
    store: ArtifactStore,
    report: Report,
) -> tuple[Table, Mapping[str, object]]:
    """Compute the features and the label of every member from the train to the test segment.

    Args:
        work: What is trained.
        market: The fields of its market.
        start_qlib: Puts Qlib on the same snapshot.
        store: Where imported values are.
        report: Told of instruments as they are begun.

    Returns:
        Features in the order of the factor set; an instrument has rows where it was a member and
        has any bar. And what the training tells of values that Qlib computed again.

    Raises:
        BadInputError: An expression is not in its canonical form.
        EmptyDataError: No member has any bar there.
        ImportedValuesLostError: A file of imported values is gone, or is not what it was.
    """
    whole = whole_period(work.segments)
    expressions = expressions_read(work.features, work.label)
    ground, rows = rows_of_period(expressions, work.members, work.peers, whole, market, start_qlib)
    if not len(rows):
        raise EmptyDataError(
            f"No member of the universe has any bar between {whole.start} and {whole.end}; "
            "choose another universe, or segments within its data.",
            "input.universe",
        )
    label = np.empty((len(rows), 1), dtype=np.float32)
    table = features_table(work.features, ground, rows, store, report)
    fill_rows([work.label], ground, rows, label, unheard)
    return replace(table, label=label[:, 0]), ground.shadowed


def features_table(
    features: Sequence[tuple[str, Feature]],
    ground: Ground,
    rows: MemberRows,
    store: ArtifactStore,
    report: Report,
) -> Table:
    """Compute the features of some rows.

    Args:
        features: Names, and what each is made of.
        ground: What they are computed on.
        rows: At least one.
        store: Where imported values are.
        report: Told of instruments as they are begun.

    Returns:
        The rows, with no label.

    Raises:
        BadInputError: An expression is not in its canonical form.
        ImportedValuesLostError: A file of imported values is gone, or is not what it was.
    """
    values = np.empty((len(rows), len(features)), dtype=np.float32)
    fill_rows(expressions_of(features), ground, rows, values, report)
    fill_imported(features, ground, rows, values, store)
    of_day, starts = np.unique(rows.days, return_index=True)
    found, places = np.unique(rows.places, return_inverse=True)
    return Table(
        features=values,
        label=np.full(len(rows), np.nan, dtype=np.float32),
        dates=ground.market.directory.calendar[of_day],
        starts=np.append(starts, len(rows)).astype(np.int64),
        places=places.astype(np.int32),
        symbols=tuple(ground.symbols[place] for place in found),
        names=tuple(name for name, _ in features),
    )


def expressions_read(features: Sequence[tuple[str, Feature]], label: str) -> list[str]:
    """The expressions whose fields say which rows a model has."""
    return [*filter(None, expressions_of(features)), label]


def whole_period(segments: Segments) -> Period:
    """The days from the first of the train segment to the last of the test segment."""
    return Period(segments.train.start, segments.test.end)
