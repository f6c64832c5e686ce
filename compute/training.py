"""Trains a model and predicts its three segments."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from typing import cast

import numpy as np
import pandas as pd
from qlib.data import D

from bars.universes import Days
from compute.lightgbm_model import TrainedLightGBM, train_lightgbm
from compute.members import member_mask
from compute.outcomes import outcome
from compute.prepared_data import load_raw, prepare, whole_period
from compute.progress import ProgressReport, Report
from compute.qlib_session import qlib_on
from compute.training_checks import require_learnable, require_members, require_values
from domain.artifacts import ArtifactStore
from domain.lightgbm_parameters import check_lightgbm_parameters
from domain.work import Outcome, Spans, TrainingWork

SEGMENTS = ("train", "valid", "test")


def train(work: TrainingWork, store: ArtifactStore, report: Report) -> Outcome:
    """Train a LightGBM model on the factors of its members, and predict.

    Rows, values and model are those of a Qlib script that gives `DatasetH` the same factors,
    members, segments and processors, and `LGBModel` the same parameters and seed.

    Returns:
        The document has `best_iteration` (from 1), `metric`, `train_rows`, `valid_rows`,
        `predicted_rows`, `features` (their number), `importance` (name, gain and splits, the
        largest gain first) and `curves` (segment, metric and artifact of each). The artifacts are
        `model`, LightGBM's text; `curve:train` and `curve:valid`, float64 (rounds,); and the
        predictions as `values`, float64 (days, instruments), NaN where there is none, `dates`,
        datetime64[D] from the train segment's first trading day to the test segment's last, and
        `symbols`, fixed-width text, all that were members in between.

    Raises:
        BadInputError: The parameters, label or processors leave nothing to learn.
        EmptyDataError: A segment, the universe or the factors have no data.
        SnapshotChangedError: The bars are not those that were registered.
    """
    parameters = check_lightgbm_parameters(work.parameters)
    qlib_on(work.bars, store)
    calendar = D.calendar().astype("datetime64[D]")
    require_members(work.segments, work.members, calendar)
    raw = load_raw(work, cast(date, calendar[-1].item()), report)
    require_values(raw, work.segments)
    report(ProgressReport("preparing data"))
    dataset = prepare(raw, work)
    rows = require_learnable(dataset, str(parameters["loss"]))
    names = [name for name, _ in work.features]
    trained = train_lightgbm(dataset, names, parameters, work.seed, report)
    report(ProgressReport("predicting"))
    predicted = [trained.predict(dataset, segment) for segment in SEGMENTS]
    artifacts = _kept_model(trained, store) | _kept_panel(predicted, work, calendar, store)
    counts = {"train_rows": rows["train"], "valid_rows": rows["valid"]}
    counts |= {"predicted_rows": sum(map(len, predicted)), "features": len(names)}
    return outcome(_document(trained) | counts, artifacts, store)


def _document(trained: TrainedLightGBM) -> dict[str, object]:
    return {
        "best_iteration": trained.best_iteration,
        "metric": trained.metric,
        "importance": [asdict(one) for one in trained.importance],
        "curves": [
            {"segment": name.upper(), "metric": trained.metric, "artifact": f"curve:{name}"}
            for name in trained.curves
        ],
    }


def _kept_model(trained: TrainedLightGBM, store: ArtifactStore) -> dict[str, str]:
    curves = {
        f"curve:{name}": store.put_array(np.array(values, dtype=np.float64))
        for name, values in trained.curves.items()
    }
    return {"model": store.put_text(trained.text)} | curves


def _kept_panel(
    predicted: Iterable[pd.Series], work: TrainingWork, calendar: Days, store: ArtifactStore
) -> dict[str, str]:
    """Keep what was predicted as a panel of all days and members."""
    whole = whole_period(work.segments)
    first, last = np.datetime64(whole.start), np.datetime64(whole.end)
    days = calendar[(first <= calendar) & (calendar <= last)]
    symbols = _members_between(work.members, days)
    values = np.full((len(days), len(symbols)), np.nan)
    for series in predicted:
        dates = series.index.get_level_values("datetime").to_numpy().astype("datetime64[D]")
        columns = pd.Index(symbols).get_indexer(series.index.get_level_values("instrument"))
        values[np.searchsorted(days, dates), columns] = series.to_numpy()
    return {
        "values": store.put_array(values),
        "dates": store.put_array(days),
        "symbols": store.put_array(np.array(symbols)),
    }


def _members_between(members: Mapping[str, Spans], days: Days) -> list[str]:
    symbols = sorted(members)
    days_in = member_mask(members, symbols, days).sum(axis=0)
    return [symbol for symbol, count in zip(symbols, days_in, strict=True) if count]
