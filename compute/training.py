"""Trains a model and predicts its three segments."""

from dataclasses import asdict
from functools import partial

import numpy as np

from compute.kept_predictions import keep_predictions
from compute.kept_steps import keep_steps, kept_steps
from compute.open_market import open_panels
from compute.outcomes import outcome
from compute.preparing.prepared import prepare
from compute.progress import PhaseClock, ProgressReport, Report
from compute.purging import label_warnings, learnt_segments
from compute.qlib_session import qlib_on
from compute.training_checks import (
    require_learnable,
    require_members,
    require_predictions,
    require_values,
)
from compute.training_rows import load_table, whole_period
from compute.training_warnings import missing_factor_warnings, missing_member_warnings
from compute.zoo.kinds import fit, import_kind
from compute.zoo.trained import Trained
from domain.artifacts import ArtifactStore
from domain.model_parameters import check_model_parameters, loss_of
from domain.severity import Severity
from domain.work import Outcome, TrainingWork

SEGMENTS = ("train", "valid", "test")


def train(work: TrainingWork, store: ArtifactStore, report: Report) -> Outcome:
    """Train a model of any kind on the factors of its members, and predict.

    Rows, values and model are those of a Qlib script that gives `DatasetH` the same factors,
    members, segments and processors, and Qlib's model the same parameters and seed; docs/models.md
    says where a kind differs. A model that goes on from another sees features scaled as that one
    saw them.

    Returns:
        The document has `best_iteration` (from 1) and `metric`, None where a kind has no rounds,
        `train_rows`, `valid_rows`, `predicted_rows`, `features` (their number), `importance`
        (name, gain and splits, the largest gain first), `curves` (segment, metric and artifact
        of each), `fitted` (the list, place, kind and artifact of each step that was fitted) and
        `warnings`, sentences about labels that look into the next segment, factors that have no
        value in a segment and days on which the universe is empty, and `phases`
        (name and seconds of each part of the work).
        The artifacts are `model` and others of that name, in the form of the kind; `curve:train`
        and `curve:valid`, float64 (rounds,); `fitted:0` and so on, float32 (2, columns), by which
        each column is shifted and then divided; and the predictions as `values`, float64 (days,
        instruments), NaN where there is none, `dates`, datetime64[D] from the train segment's
        first trading day to the test segment's last, and `symbols`, fixed-width text, all that
        were members in between.

    Raises:
        BadInputError: The parameters, label or processors leave nothing to learn.
        EmptyDataError: A segment, the universe or the factors have no data.
        KindUnavailableError: The library of the kind is missing.
        SnapshotChangedError: The bars are not those that were registered.
    """
    report = clock = PhaseClock("opening the market", report)
    import_kind(work.kind)  # not in the time of the training itself
    parameters = check_model_parameters(work.kind, work.parameters)
    if work.rounds is not None:
        parameters = {**parameters, "num_boost_round": work.rounds}
    market = open_panels(work.bars, store)
    calendar = market.directory.calendar
    require_members(work.segments, work.members, calendar)
    table, shadowed = load_table(work, market, partial(qlib_on, work.bars, store), store, report)
    learnt = learnt_segments(work.segments, work.purge_days, calendar)
    require_values(table, learnt)
    warnings = [
        *label_warnings(learnt, work.purge_days, work.label, calendar),
        *missing_factor_warnings(table, learnt),
        *missing_member_warnings(learnt, work.members, calendar),
    ]
    for warning in warnings:
        report(ProgressReport("preparing data", level=Severity.WARNING, message=warning))
    report(ProgressReport("preparing data"))
    scaled = None if work.base is None else kept_steps(work.processors.infer, work.base, store)
    prepared = prepare(table, work.processors, learnt, scaled)
    rows = require_learnable(prepared, learnt, *loss_of(work.kind, parameters))
    names = [name for name, _ in work.features]
    report(ProgressReport("training"))
    trained = fit(
        work.kind, prepared, names, parameters, work.seed, report, base=work.base, store=store
    )
    report(ProgressReport("predicting"))
    parts = [prepared.every.between(getattr(work.segments, name)) for name in SEGMENTS]
    predicted = [(part, trained.predict(part.features)) for part in parts]
    predictions = require_predictions([scores for _, scores in predicted])
    learned, fitted = keep_steps(prepared, store)
    artifacts = _kept_model(trained, store) | fitted
    whole = whole_period(work.segments)
    artifacts |= keep_predictions(predicted, work.members, whole, calendar, store)
    counts = {"train_rows": rows["train"], "valid_rows": rows["valid"]}
    counts |= {"predicted_rows": predictions, "features": len(names)}
    told = {**_document(trained), **counts, "fitted": learned, "warnings": warnings, **shadowed}
    return outcome(told | {"phases": clock.phases()}, artifacts, store)


def _document(trained: Trained) -> dict[str, object]:
    return {
        "best_iteration": trained.best_iteration,
        "metric": trained.metric,
        "importance": [asdict(one) for one in trained.importance],
        "curves": [
            {"segment": name.upper(), "metric": trained.metric, "artifact": f"curve:{name}"}
            for name in trained.curves
        ],
    }


def _kept_model(trained: Trained, store: ArtifactStore) -> dict[str, str]:
    curves = {
        f"curve:{name}": store.put_array(np.array(values, dtype=np.float64))
        for name, values in trained.curves.items()
    }
    return trained.keep(store) | curves
