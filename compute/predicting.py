"""Predicts days that came after a model was trained, by the model that is kept."""

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
from compute.zoo.kinds import load
from compute.zoo.modules import require_available
from compute.zoo.trained import Predictor
from domain.arrays import FloatArray
from domain.artifacts import ArtifactStore
from domain.errors import EmptyDataError
from domain.period import Period
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
        The document has `trained_on`, `new_days`, `first_new_date`, `predicted_rows` and the
        figures of `compute.prediction_changes.Changes`, and `phases` as a training has. The
        artifacts are a panel as that of a training, from the test segment's first trading day to
        the last of the later days, all on the new bars.

    Raises:
        ArtifactMissingError: The model is not kept any more.
        ArtifactDamagedError: It is not what was kept.
        EmptyDataError: There is nobody or nothing to predict on the later days.
        KindUnavailableError: The library of the kind is missing.
        SnapshotChangedError: The bars are not those that were registered.
    """
    report = clock = PhaseClock("opening the market", report)
    require_available(work.kind)
    market = open_panels(work.bars, store)
    calendar = market.directory.calendar
    _require_members(work, calendar)
    ground, rows = _rows(work, market, store)
    _require_bars(rows, work, calendar)
    table = features_table(work.features, ground, rows, store, report)
    _require_values(table, work)
    report(ProgressReport("preparing data"))
    table = apply_steps(work.infer, kept_steps(work.infer, work.trained, store), table)
    report(ProgressReport("predicting"))
    predicted = _predicted(load(work.kind, work.trained, store), table, work)
    whole = Period(work.test.start, work.later.end)
    artifacts = keep_predictions(predicted, work.members, whole, calendar, store)
    days = [table.dates[0] for table, _ in predicted[1:]]
    told = {
        "trained_on": work.trained_on,
        "new_days": len(days),
        "first_new_date": str(days[0]),
        "predicted_rows": sum(int((~np.isnan(scores)).sum()) for _, scores in predicted),
        **_changes(work, artifacts, store),
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


def _require_bars(rows: MemberRows, work: PredictionWork, calendar: Days) -> None:
    if not (calendar[rows.days] > np.datetime64(work.test.end)).any():
        raise EmptyDataError(
            f"No member of the universe has any bar from {work.later.start} to {work.later.end}, "
            "the days after the test segment; import their bars with the newer data.",
            "extend",
        )


def _rows(
    work: PredictionWork, market: MarketPanels, store: ArtifactStore
) -> tuple[Ground, MemberRows]:
    """The rows of the test segment as a training sees them, and those of the later days.

    A training does not see that a name which has no more bars in it comes back later.
    """
    expressions = expressions_read(work.features, work.label)
    start_qlib = partial(qlib_on, work.bars, store)
    whole = Period(work.test.start, work.later.end)
    ground, rows = rows_of_period(expressions, work.members, work.peers, whole, market, start_qlib)
    _, tested = rows_of_period(expressions, work.members, work.peers, work.test, market, start_qlib)
    is_kept = market.directory.calendar[rows.days] > np.datetime64(work.test.end)
    among = rows.days < len(tested.positions)
    is_kept[among] |= tested.positions[rows.days[among], rows.places[among]] >= 0
    return ground, rows.where(is_kept)


def _require_values(table: Table, work: PredictionWork) -> None:
    later = table.between(work.later)
    if np.isnan(later.features).all():
        raise EmptyDataError(
            f"No factor has any value from {work.later.start} to {work.later.end}, the days after "
            "the test segment; the data of its members ends earlier, or lacks the fields that the "
            "factors read.",
            "extend",
        )


def _predicted(model: Predictor, table: Table, work: PredictionWork) -> list[Scored]:
    """The test segment's rows and scores, then those of each later day that has rows."""
    tested, later = table.between(work.test), table.between(work.later)
    days = [later.between(Period(day, day)) for day in later.dates.astype(object)]
    parts = [tested, *(day for day in days if len(day))]
    predicted = [(part, model.predict(part.features)) for part in parts]
    if all(np.isnan(scores).all() for _, scores in predicted[1:]):
        raise EmptyDataError(
            f"The model can predict no row from {work.later.start} to {work.later.end}, since each "
            "lacks a factor's value; name Fillna under input.processors.infer.",
            "extend",
        )
    return predicted


def _changes(
    work: PredictionWork, artifacts: dict[str, str], store: ArtifactStore
) -> dict[str, object]:
    before, after = (
        Predictions.read(StoredPanel(*(kept[name] for name in _PANEL)), work.test, store)
        for kept in (work.trained, artifacts)
    )
    return asdict(changes_between(before, after))


_PANEL = ("values", "dates", "symbols")
