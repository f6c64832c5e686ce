"""The rows of a model: loaded by Qlib and laid out as arrays."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd
from qlib.data.dataset.loader import QlibDataLoader

from compute.members import qlib_members
from compute.preparing.table import Table
from compute.progress import ProgressReport, Report
from compute.qlib_session import forget_values
from compute.values import require_canonical
from domain.errors import EmptyDataError
from domain.period import Period, Segments
from domain.work import TrainingWork

_LABEL = "LABEL0"
_BATCH = 8
"""Instruments that are loaded at a time: what Qlib keeps of them is let go of in between."""


def load_table(work: TrainingWork, last: date, report: Report) -> Table:
    """Compute the features and the label of every member from the train to the test segment.

    Args:
        work: What is trained.
        last: The calendar's last day, on which memberships end that are open.
        report: Told of each batch of instruments.

    Returns:
        Features in the order of the factor set. An instrument has rows where it was a member and
        has any bar.

    Raises:
        BadInputError: An expression is not in its canonical form.
        EmptyDataError: No member has any bar there.
    """
    return table_of(_load(work, last, report))


def table_of(frame: pd.DataFrame) -> Table:
    """Lay out rows as Qlib's loaders have them.

    Args:
        frame: By (datetime, instrument), ascending, with the columns ("feature", name) and one
            of the group "label".
    """
    dates, starts = np.unique(frame.index.get_level_values("datetime"), return_index=True)
    places, symbols = pd.factorize(frame.index.get_level_values("instrument"), sort=True)
    return Table(
        features=np.ascontiguousarray(frame["feature"].to_numpy(dtype=np.float32)),
        label=frame["label"].to_numpy(dtype=np.float32)[:, 0].copy(),
        dates=dates.astype("datetime64[D]"),
        starts=np.append(starts, len(frame)).astype(np.int64),
        places=places.astype(np.int32),
        symbols=tuple(symbols),
        names=tuple(frame["feature"].columns),
    )


def whole_period(segments: Segments) -> Period:
    """The days from the first of the train segment to the last of the test segment."""
    return Period(segments.train.start, segments.test.end)


def _load(work: TrainingWork, last: date, report: Report) -> pd.DataFrame:
    whole = whole_period(work.segments)
    days = pd.Timestamp(whole.start), pd.Timestamp(whole.end)
    label = ((_LABEL, work.label),)
    loader = QlibDataLoader({"feature": _columns(work.features), "label": _columns(label)})
    members = list(qlib_members(work.members, last).items())
    loaded = []
    for first in range(0, len(members), _BATCH):
        report(ProgressReport("computing factors", first, len(members)))
        batch = loader.load(dict(members[first : first + _BATCH]), *days)
        forget_values()
        if not batch.empty:
            loaded.append(batch)
    report(ProgressReport("computing factors", len(members), len(members)))
    if not loaded:
        raise EmptyDataError(
            f"No member of the universe has any bar between {whole.start} and {whole.end}; "
            "choose another universe, or segments within its data.",
            "input.universe",
        )
    return pd.concat(loaded).sort_index()


def _columns(named: Sequence[tuple[str, str]]) -> tuple[list[str], list[str]]:
    """Expressions and names, as Qlib's loaders take them. Only what was parsed passes."""
    for _, expression in named:
        require_canonical(expression)
    return [expression for _, expression in named], [name for name, _ in named]
