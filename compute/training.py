"""Trains a model and predicts its three segments."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from functools import partial

import numpy as np

from bars.universes import Days
from compute.members import member_mask
from compute.open_market import open_panels
from compute.outcomes import outcome
from compute.preparing.fitting import FITTED, Fitted
from compute.preparing.prepared import Prepared, prepare
from compute.preparing.steps import Learned
from compute.preparing.table import Table
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
from compute.zoo.kinds import fit, import_kind
from compute.zoo.trained import Trained
from domain.arrays import FloatArray
from domain.artifacts import ArtifactStore
from domain.model_parameters import check_model_parameters, loss_of
from domain.severity import Severity
from domain.work import Outcome, Spans, TrainingWork

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
        `warnings`, sentences about labels that look into the next segment, and `phases`
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
    warnings = label_warnings(learnt, work.purge_days, work.label, calendar)
    for warning in warnings:
        report(ProgressReport("preparing data", level=Severity.WARNING, message=warning))
    report(ProgressReport("preparing data"))
    prepared = prepare(table, work.processors, learnt, _scaled_before(work, store))
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
    learned, fitted = _kept_steps(prepared, store)
    artifacts = _kept_model(trained, store) | fitted
    artifacts |= _kept_panel(predicted, work, calendar, store)
    counts = {"train_rows": rows["train"], "valid_rows": rows["valid"]}
    counts |= {"predicted_rows": predictions, "features": len(names)}
    told = {**_document(trained), **counts, "fitted": learned, "warnings": warnings, **shadowed}
    return outcome(told | {"phases": clock.phases()}, artifacts, store)


def _scaled_before(work: TrainingWork, store: ArtifactStore) -> Learned | None:
    """What the base's steps of `infer` have learned, as `_kept_steps` has numbered it."""
    if work.base is None:
        return None
    learned: list[Fitted | None] = []
    for step in work.processors.infer:
        fitted = None
        if step.kind in FITTED:
            known = sum(one is not None for one in learned)
            array = store.open_array(work.base[f"fitted:{known}"], verified=True)
            fitted = Fitted.of_array(step.kind, array)
        learned.append(fitted)
    return tuple(learned)


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


def _kept_steps(
    prepared: Prepared, store: ArtifactStore
) -> tuple[list[dict[str, object]], dict[str, str]]:
    """Keep what steps have learned, which rows that come later have to go through as well."""
    told: list[dict[str, object]] = []
    artifacts = {}
    for name in ("infer", "learn"):
        for place, fitted in enumerate(getattr(prepared, name)):
            if fitted is not None:
                artifact = f"fitted:{len(told)}"
                artifacts[artifact] = store.put_array(fitted.as_array())
                step = {"list": name, "place": place, "kind": fitted.kind}
                told.append(step | {"artifact": artifact})
    return told, artifacts


def _kept_panel(
    predicted: Iterable[tuple[Table, FloatArray]],
    work: TrainingWork,
    calendar: Days,
    store: ArtifactStore,
) -> dict[str, str]:
    """Keep what was predicted as a panel of all days and members."""
    whole = whole_period(work.segments)
    first, last = np.datetime64(whole.start), np.datetime64(whole.end)
    days = calendar[(first <= calendar) & (calendar <= last)]
    symbols = _members_between(work.members, days)
    values = np.full((len(days), len(symbols)), np.nan)
    column = {symbol: place for place, symbol in enumerate(symbols)}
    for table, scores in predicted:
        rows = np.repeat(np.searchsorted(days, table.dates), np.diff(table.starts))
        columns = np.array([column[symbol] for symbol in table.symbols])
        values[rows, columns[table.places]] = scores
    return {
        "values": store.put_array(values),
        "dates": store.put_array(days),
        "symbols": store.put_array(np.array(symbols)),
    }


def _members_between(members: Mapping[str, Spans], days: Days) -> list[str]:
    symbols = sorted(members)
    days_in = member_mask(members, symbols, days).sum(axis=0)
    return [symbol for symbol, count in zip(symbols, days_in, strict=True) if count]
