"""What must hold of a model's data, so that nobody gets a model of nothing."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from bars.universes import Days
from compute.members import member_mask
from compute.preparing.prepared import Prepared
from compute.preparing.table import Table
from domain.arrays import FloatArray
from domain.errors import BadInputError, EmptyDataError
from domain.period import Period, Segments
from domain.work import Spans

_LEARNT = ("train", "valid")
_OF_CLASSES = ("binary", "binary:logistic", "Logloss")
"""Losses, as kinds of models name them, of labels that are 0 or 1."""

Labels = npt.NDArray[np.float32]
"""Shape (rows,)."""


def require_members(segments: Segments, members: Mapping[str, Spans], calendar: Days) -> None:
    """Check that every segment has trading days, and members on some of them.

    Raises:
        EmptyDataError: One has none.
    """
    for name in ("train", "valid", "test"):
        period: Period = getattr(segments, name)
        days = calendar[_rows(period, calendar)]
        if not len(days):
            raise EmptyDataError(
                f"The {name} segment {period.start} to {period.end} has no trading day; the "
                f"calendar runs from {calendar[0]} to {calendar[-1]}.",
                f"input.segments.{name}",
            )
        if not member_mask(members, list(members), days).any():
            raise EmptyDataError(
                f"The universe has no member in the {name} segment, {period.start} to "
                f"{period.end}; move the segment or choose another universe.",
                "input.universe",
            )


def require_values(table: Table, segments: Segments) -> None:
    """Check that features and labels have values to learn from, before anything is processed.

    Raises:
        EmptyDataError: A segment has no row, or no feature or label in it any value.
        BadInputError: All labels of the train segment are the same.
    """
    for name in ("train", "valid", "test"):
        part = table.between(getattr(segments, name))
        if all(np.isnan(column).all() for column in part.features.T):
            raise EmptyDataError(
                f"No factor has any value in the {name} segment; the data of its members begins "
                "later or ends earlier, or lacks the fields that the factors read.",
                f"input.segments.{name}",
            )
    for name in _LEARNT:
        label = table.between(getattr(segments, name)).label
        known = label[~np.isnan(label)]
        if not len(known):
            raise EmptyDataError(
                f"The label has no value in the {name} segment; end it earlier, or take a label "
                "of fields that the data has.",
                "input.label",
            )
        if name == "train" and _is_one(known):
            raise BadInputError(
                f"The label is {known[0]:g} in every row of the train segment, so "
                "there is nothing to learn; take one that varies.",
                "input.label",
            )


def require_learnable(
    prepared: Prepared, segments: Segments, named: str, loss: str
) -> dict[str, int]:
    """Check what the processors left to learn from, and count it.

    Args:
        prepared: What they left.
        segments: Its days.
        named: The parameter that says what is minimised.
        loss: Its value.

    Returns:
        Rows to learn from, by segment.

    Raises:
        EmptyDataError: Nothing is left in a segment.
        BadInputError: A label is missing, infinite, or of another kind than the loss takes.
    """
    rows = {}
    for name in _LEARNT:
        label = getattr(prepared, name).label
        if not len(label):
            raise EmptyDataError(
                f"The processors leave no row of the {name} segment to learn from; widen the "
                "segment or drop fewer rows.",
                "input.processors",
            )
        _require_labels(label, name, named, loss)
        rows[name] = len(label)
    if not len(prepared.every.between(segments.test)):
        raise EmptyDataError(
            "The processors leave no row of the test segment to predict; drop fewer rows.",
            "input.processors.infer",
        )
    return rows


def require_predictions(scores: Sequence[FloatArray]) -> int:
    """Check that the last segment has a prediction, and count those of all.

    Args:
        scores: Of train, valid and test, shape (rows,) each, NaN where there is none.

    Raises:
        EmptyDataError: None of the test segment has one.
    """
    counts = [int((~np.isnan(one)).sum()) for one in scores]
    if not counts[-1]:
        raise EmptyDataError(
            "The model can predict no row of the test segment, since each lacks a factor's value; "
            "name Fillna under input.processors.infer.",
            "input.processors.infer",
        )
    return sum(counts)


def _require_labels(label: Labels, name: str, named: str, loss: str) -> None:
    infinite = int(np.isinf(label).sum())
    if infinite:
        raise BadInputError(
            f"The label is infinite in {infinite:,} of {len(label):,} rows of the {name} segment, "
            "as where it divides by 0, and no step of learn takes that out; take a label that is "
            "finite or missing everywhere.",
            "input.label",
        )
    missing = int(np.isnan(label).sum())
    if missing:
        raise BadInputError(
            f"{missing:,} of {len(label):,} rows of the {name} segment have no label after the "
            "processors, such as those of days on which a cross-section has one name or one value "
            "only, or an infinite one; drop them by DropnaLabel as the last step of learn, or take "
            "a label that is finite.",
            "input.processors.learn",
        )
    if loss in _OF_CLASSES and not np.isin(label, (0, 1)).all():
        raise BadInputError(
            f"The {named} {loss} takes labels that are 0 or 1; after the processors they are not. "
            f"Take such a label and no step that scales it, or leave {named} out.",
            f"input.parameters.{named}",
        )
    if name == "train" and _is_one(label):
        raise BadInputError(
            f"The label is {label[0]:g} in every row of the train segment after the "
            "processors, so there is nothing to learn; take one that varies.",
            "input.label",
        )


def _is_one(label: Labels) -> bool:
    """Whether all labels are the same."""
    return bool((label == label[0]).all())


def _rows(period: Period, calendar: Days) -> slice:
    first, last = np.datetime64(period.start), np.datetime64(period.end)
    return slice(*np.searchsorted(calendar, [first, last + 1]).tolist())
