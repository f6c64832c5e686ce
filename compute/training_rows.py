"""The rows of a model: factors and a label by day and member, as arrays."""

import numpy as np

from compute.engine.market_panels import MarketPanels
from compute.member_rows import fill_rows, member_rows
from compute.members import everyone, member_mask
from compute.preparing.table import Table
from compute.progress import Report, unheard
from compute.values import Ground, days_read, universe_of
from domain.errors import EmptyDataError
from domain.period import Period, Segments
from domain.work import TrainingWork


def load_table(work: TrainingWork, market: MarketPanels, report: Report) -> Table:
    """Compute the features and the label of every member from the train to the test segment.

    Args:
        work: What is trained.
        market: The fields of its market.
        report: Told of instruments as they are begun.

    Returns:
        Features in the order of the factor set. An instrument has rows where it was a member and
        has any bar.

    Raises:
        BadInputError: An expression is not in its canonical form.
        EmptyDataError: No member has any bar there.
    """
    whole = whole_period(work.segments)
    calendar = market.directory.calendar
    symbols = everyone(work.members, work.peers)
    features = [expression for _, expression in work.features]
    expressions = [*features, work.label]
    days = calendar[: days_read(expressions, whole, calendar)]
    ground = Ground(market, symbols, len(days), universe_of(work.peers, symbols, days))
    mask = member_mask(work.members, symbols, days)
    first, last = np.searchsorted(
        days, np.array([whole.start, whole.end], "datetime64[D]") + np.array([0, 1])
    )
    mask[:first] = mask[last:] = False
    rows = member_rows(expressions, ground, mask)
    if not len(rows):
        raise EmptyDataError(
            f"No member of the universe has any bar between {whole.start} and {whole.end}; "
            "choose another universe, or segments within its data.",
            "input.universe",
        )
    values = np.empty((len(rows), len(features)), dtype=np.float32)
    label = np.empty((len(rows), 1), dtype=np.float32)
    fill_rows(features, ground, rows, values, report)
    fill_rows([work.label], ground, rows, label, unheard)
    of_day, starts = np.unique(rows.days, return_index=True)
    found, places = np.unique(rows.places, return_inverse=True)
    return Table(
        features=values,
        label=label[:, 0],
        dates=calendar[of_day],
        starts=np.append(starts, len(rows)).astype(np.int64),
        places=places.astype(np.int32),
        symbols=tuple(symbols[place] for place in found),
        names=tuple(name for name, _ in work.features),
    )


def whole_period(segments: Segments) -> Period:
    """The days from the first of the train segment to the last of the test segment."""
    return Period(segments.train.start, segments.test.end)
