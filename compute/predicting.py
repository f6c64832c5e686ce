"""Predicts days that came after a model was trained, by the model that is kept."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from functools import partial

import numpy as np

from bars.universes import Days
from compute.engine.market_panels import MarketPanels
from compute.kept_predictions import keep_predictions
from compute.kept_steps import kept_steps
from compute.member_rows import MemberRows, rows_of_period
from compute.members import member_mask
from compute.open_market import open_panels
from compute.outcomes import outcome
from compute.prediction_changes import Predictions, changes_between
from compute.preparing.steps import apply_steps
from compute.preparing.table import Table
from compute.progress import PhaseClock, ProgressReport, Report
from compute.qlib_session import qlib_on
from compute.training_rows import expressions_read, features_table
from compute.values import Ground
from compute.zoo.kinds import import_kind, load
from compute.zoo.trained import Predictor
from domain.arrays import FloatArray
from domain.artifacts import ArtifactStore
from domain.errors import EmptyDataError
from domain.period import Period
from domain.severity import Severity
from domain.work import Outcome, PredictionWork, StoredPanel

Scored = tuple[Table, FloatArray]
"""Rows, and a score for each, NaN where there is none."""


def predict_later(work: PredictionWork, store: ArtifactStore, report: Report) -> Outcome:
    """Predict the test segment again and the days after it; nothing is trained or fitted.

    Rows of the test segment are those that a training on these bars would have, and are predicted
    together, as it does; where their bars are what they were, so are their predictions, to the
    last bit. Later days are predicted one by one, so that a day's do not depend on how many
    follow.

    Returns:
        The document has `trained_on`, `new_days`, `first_new_date`, `new_predictions`, the figures
        of `compute.prediction_changes.Changes`, `warnings`, sentences about factors that have no
        value on the later days, and `phases` as a training has. The artifacts are a panel as that
        of a training, from the test segment's first trading day to the last of the later days,
        all on the new bars.

    Raises:
        ArtifactMissingError: The model is not kept any more.
        ArtifactDamagedError: It is not what was kept.
        EmptyDataError: There is nobody or nothing to predict on the later days.
        KindUnavailableError: The library of the kind is missing.
        SnapshotChangedError: The bars are not those that were registered.
    """
    report = clock = PhaseClock("opening the market", report)
    import_kind(work.kind)  # whoever lacks it learns so at once
    market = open_panels(work.bars, store)
    calendar = market.directory.calendar
    _require_members(work, calendar)
    ground, rows = _rows(work, market, store)
    table = features_table(work.features, ground, rows, store, report)
    warnings = _warnings(table, work)
    for warning in warnings:
        report(ProgressReport("preparing data", level=Severity.WARNING, message=warning))
    report(ProgressReport("preparing data"))
    table = apply_steps(work.infer, kept_steps(work.infer, work.trained, store), table)
    report(ProgressReport("predicting"))
    model = load(work.kind, work.trained, store)
    tested = _scored(model, [table.between(work.test)])
    later = _scored(model, _days(table.between(work.later)))
    predictions = _require_predictions(later, work)
    whole = Period(work.test.start, work.later.end)
    artifacts = keep_predictions([*tested, *later], work.members, whole, calendar, store)
    told = {
        "trained_on": work.trained_on,
        "new_days": len(later),
        "first_new_date": str(later[0][0].dates[0]),
        "new_predictions": predictions,
        **_changes(work, artifacts, store),
        "warnings": warnings,
        **ground.shadowed,
    }
    return outcome(told | {"phases": clock.phases()}, artifacts, store)


def _require_members(work: PredictionWork, calendar: Days) -> None:
    days = calendar[calendar > np.datetime64(work.test.end)]
    if not member_mask(work.members, list(work.members), days).any():
        raise EmptyDataError(
            f"The universe has no member from {work.later.start} to {work.later.end}, the days "
            "after the test segment; import its members with the newer data.",
            "extend",
        )


def _rows(
    work: PredictionWork, market: MarketPanels, store: ArtifactStore
) -> tuple[Ground, MemberRows]:
    """The rows from the test segment's first day on.

    Raises:
        EmptyDataError: No member has any bar on the later days.
    """
    ground, rows = rows_of_period(
        expressions_read(work.features, work.label),
        work.members,
        work.peers,
        Period(work.test.start, work.later.end),
        market,
        partial(qlib_on, work.bars, store),
    )
    if not (market.directory.calendar[rows.days] > np.datetime64(work.test.end)).any():
        raise EmptyDataError(
            f"No member of the universe has any bar from {work.later.start} to {work.later.end}, "
            "the days after the test segment; import their bars with the newer data.",
            "extend",
        )
    return ground, rows


def _warnings(table: Table, work: PredictionWork) -> list[str]:
    """What to know of factors that have no value on the later days.

    Raises:
        EmptyDataError: None has any.
    """
    tested, later = (
        ~np.isnan(table.between(days).features).all(axis=0) for days in (work.test, work.later)
    )
    days = f"from {work.later.start} to {work.later.end}, the days after the test segment"
    if not later.any():
        raise EmptyDataError(
            f"No factor has any value {days}; the data of its members ends earlier, or lacks the "
            "fields that the factors read.",
            "extend",
        )
    ended = [table.names[place] for place in np.flatnonzero(tested & ~later)]
    if not ended:
        return []
    return [f"No value of {', '.join(ended)} is known {days}; the model was trained with them."]


def _days(table: Table) -> list[Table]:
    """The days of a table, one by one."""
    return [table.between(Period(day, day)) for day in table.dates.astype(object)]


def _scored(model: Predictor, parts: Iterable[Table]) -> list[Scored]:
    """Score each part by itself; those without rows are left out."""
    return [(part, model.predict(part.features)) for part in parts if len(part)]


def _require_predictions(later: Sequence[Scored], work: PredictionWork) -> int:
    """Check that there is a prediction of the later days, and count them."""
    count = sum(int((~np.isnan(scores)).sum()) for _, scores in later)
    if not count:
        raise EmptyDataError(
            f"The model can predict no row from {work.later.start} to {work.later.end}, since each "
            "lacks a factor's value; name Fillna under input.processors.infer.",
            "extend",
        )
    return count


def _changes(
    work: PredictionWork, artifacts: dict[str, str], store: ArtifactStore
) -> dict[str, object]:
    before, after = (
        Predictions.read(StoredPanel(*(kept[name] for name in _PANEL)), work.test, store)
        for kept in (work.trained, artifacts)
    )
    return asdict(changes_between(before, after))


_PANEL = ("values", "dates", "symbols")
