"""The data of a model: loaded, prepared and cut into segments by stock Qlib."""

from collections.abc import Sequence
from datetime import date

import pandas as pd
from qlib.data.dataset import DatasetH
from qlib.data.dataset.handler import DataHandlerLP
from qlib.data.dataset.loader import DataLoader, QlibDataLoader

from compute.members import qlib_members
from compute.preparing_steps import qlib_steps
from compute.progress import ProgressReport, Report
from compute.qlib_session import forget_values
from compute.values import require_canonical
from domain.errors import EmptyDataError
from domain.period import Period, Segments
from domain.work import TrainingWork

LABEL = "LABEL0"
"""The name that Qlib's handlers give their label; some of its processors look for it."""

_BATCH = 8
"""Instruments that are loaded at a time: what Qlib keeps of them is let go of in between."""


def load_raw(work: TrainingWork, last: date, report: Report) -> pd.DataFrame:
    """Compute the features and the label of every member from the train to the test segment.

    Args:
        work: What is trained.
        last: The calendar's last day, on which memberships end that are open.
        report: Told of each batch of instruments.

    Returns:
        float32 by (datetime, instrument), ascending, with the columns ("feature", name) in the
        order of the factor set and ("label", "LABEL0"). An instrument has rows where it was a
        member and has any bar.

    Raises:
        BadInputError: An expression is not in its canonical form.
        EmptyDataError: No member has any bar there.
    """
    whole = whole_period(work.segments)
    loader = QlibDataLoader({"feature": _columns(work.features), "label": _columns(_label(work))})
    members = list(qlib_members(work.members, last).items())
    loaded = []
    for first in range(0, len(members), _BATCH):
        report(ProgressReport("computing factors", first, len(members)))
        batch = loader.load(dict(members[first : first + _BATCH]), *_times(whole))
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


def prepare(raw: pd.DataFrame, work: TrainingWork) -> DatasetH:
    """Have Qlib process what was loaded; steps are fitted to the train segment."""
    train = work.segments.train
    handler = DataHandlerLP(
        data_loader=_Loaded(raw),
        infer_processors=qlib_steps(work.processors.infer, *_times(train)),
        learn_processors=qlib_steps(work.processors.learn, *_times(train)),
    )
    names = ("train", "valid", "test")
    return DatasetH(handler, {name: _times(getattr(work.segments, name)) for name in names})


def whole_period(segments: Segments) -> Period:
    """The days from the first of the train segment to the last of the test segment."""
    return Period(segments.train.start, segments.test.end)


class _Loaded(DataLoader):  # type: ignore[misc]
    """A loader whose data is there already."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    def load(self, *_: object) -> pd.DataFrame:
        """The data, whatever is asked for."""
        return self._frame


def _label(work: TrainingWork) -> tuple[tuple[str, str]]:
    return ((LABEL, work.label),)


def _columns(named: Sequence[tuple[str, str]]) -> tuple[list[str], list[str]]:
    """Expressions and names, as Qlib's loaders take them. Only what was parsed passes."""
    for _, expression in named:
        require_canonical(expression)
    return [expression for _, expression in named], [name for name, _ in named]


def _times(period: Period) -> tuple[pd.Timestamp, pd.Timestamp]:
    return pd.Timestamp(period.start), pd.Timestamp(period.end)
