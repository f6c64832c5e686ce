"""DoubleEnsemble: models that follow each other, with rows weighed and factors chosen anew.

Qlib's algorithm (Zhang, Li and others, 2020) over arrays. Not through Qlib's class: it orders the
chosen factors by the hashes of their names, so that another process trains another model, has no
`decay` unless somebody gives one, and keeps the loss of every row after every tree.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import lightgbm
import numpy as np

from compute.preparing.prepared import Prepared
from compute.preparing.table import Values
from compute.progress import ProgressReport, Report
from compute.zoo.double_ensemble_choices import chosen_columns, row_weights
from compute.zoo.lightgbm_model import Listener
from compute.zoo.trained import Importance, Trained, ranked, sample_of
from compute.zoo.tree_checks import require_splits
from domain.arrays import FloatArray
from domain.artifacts import ArtifactStore
from domain.double_ensemble_parameters import OWN_PARAMETERS

_REPORT_ROUNDS = 20
_OWN = {one.name for one in OWN_PARAMETERS}


@dataclass(frozen=True, slots=True, eq=False)
class SubModel:
    """One of the models, and the columns that it sees, ascending."""

    booster: lightgbm.Booster
    columns: tuple[int, ...]

    def predict(self, features: Values) -> FloatArray:
        """Predict rows of all features."""
        return np.asarray(self.booster.predict(features[:, self.columns]))


@dataclass(frozen=True, slots=True, eq=False)
class DoubleEnsemblePredictor:
    """Models whose mean predicts."""

    models: tuple[SubModel, ...]

    def predict(self, features: Values) -> FloatArray:
        """Predict rows; a value that is missing goes the way that trees have for it."""
        return _mean([one.predict(features) for one in self.models])

    def keep(self, store: ArtifactStore) -> dict[str, str]:
        """Keep which columns each model sees, as JSON, and the models as LightGBM's texts."""
        told = {"models": len(self.models), "columns": [one.columns for one in self.models]}
        artifacts = {"model": store.put_text(json.dumps(told))}
        for place, one in enumerate(self.models):
            artifacts[f"model:{place}"] = store.put_text(one.booster.model_to_string())
        return artifacts

    @classmethod
    def load(cls, artifacts: Mapping[str, str], store: ArtifactStore) -> Self:
        """Read a model that is kept."""
        told = json.loads(store.open_text(artifacts["model"], verified=True))
        texts = [
            store.open_text(artifacts[f"model:{place}"], verified=True)
            for place in range(told["models"])
        ]
        boosters = [lightgbm.Booster(model_str=text) for text in texts]
        return cls(tuple(map(SubModel, boosters, map(tuple, told["columns"]))))


load = DoubleEnsemblePredictor.load


def fit(
    prepared: Prepared,
    names: Sequence[str],
    parameters: Mapping[str, Any],
    seed: int,
    report: Report,
) -> Trained:
    """Train one model after the other, whose curves stand so, too; see `compute.zoo.kinds`.

    Raises:
        BadInputError: No tree of any model found anything to split by.
    """
    chance = np.random.RandomState(seed)  # draws what Qlib draws from NumPy's own
    train, label = prepared.train.features, prepared.train.label
    columns = np.arange(len(names))
    weights = np.ones(len(label))
    models: list[SubModel] = []
    predicted: list[FloatArray] = []
    curves: dict[str, list[float]] = {"train": [], "valid": []}
    while True:
        model = _train(prepared, columns, weights, len(models), parameters, seed, report, curves)
        models.append(model)
        if len(models) == parameters["num_models"]:
            break
        predicted.append(model.predict(train))
        losses = (label - _mean(predicted)) ** 2
        if parameters["enable_sr"]:
            seen, rows = model.booster, train[:, model.columns]
            weights = row_weights(seen, rows, label, losses, len(models), parameters)
        if parameters["enable_fs"]:
            told = _Choosing(report, len(names))
            columns = chosen_columns(models, predicted, train, label, losses, chance, told)
    importance = _importance(models, names)
    require_splits(importance, "LightGBM", "min_data_in_leaf, lambda_l1 or min_gain_to_split")
    return Trained(
        predictor=DoubleEnsemblePredictor(tuple(models)),
        metric="l2",
        curves=curves,
        importance=importance,
        sample=sample_of(prepared),
    )


def _train(
    prepared: Prepared,
    columns: np.ndarray[Any, Any],
    weights: FloatArray,
    place: int,
    parameters: Mapping[str, Any],
    seed: int,
    report: Report,
    curves: dict[str, list[float]],
) -> SubModel:
    """Train the model of a place on some columns and weighed rows."""
    epochs, count = parameters["epochs"], parameters["num_models"]
    lightgbm.register_logger(Listener(report, -place * epochs, count * epochs))
    trees = {name: value for name, value in parameters.items() if name not in _OWN}
    trees |= {"objective": parameters["loss"], "seed": seed, "verbosity": -1}
    train, valid = (
        lightgbm.Dataset(rows.features[:, columns], label=rows.label)
        for rows in (prepared.train, prepared.valid)
    )
    train.set_weight(weights)
    told: dict[str, dict[str, list[float]]] = {}
    callbacks = [lightgbm.log_evaluation(_REPORT_ROUNDS), lightgbm.record_evaluation(told)]
    if patience := parameters.get("early_stopping_rounds"):
        callbacks.append(lightgbm.early_stopping(patience))
    booster = lightgbm.train(
        trees,
        train,
        num_boost_round=epochs,
        valid_sets=[train, valid],
        valid_names=["train", "valid"],
        callbacks=callbacks,
    )
    for segment, values in curves.items():
        values += told[segment]["l2"]
    return SubModel(booster, tuple(columns.tolist()))


class _Choosing:
    """Tells which factor is looked at."""

    def __init__(self, report: Report, factors: int) -> None:
        self._report = report
        self._factors = factors

    def __call__(self, done: int) -> None:
        self._report(ProgressReport("choosing factors", done, self._factors))


def _mean(predicted: Sequence[FloatArray]) -> FloatArray:
    """The mean of predictions, added up in their order."""
    total = np.zeros(len(predicted[0]))
    for one in predicted:
        total += one
    return total / len(predicted)


def _importance(models: Sequence[SubModel], names: Sequence[str]) -> tuple[Importance, ...]:
    """Mean gain over the models, and splits of all of them; the largest gain first."""
    gains, splits = np.zeros(len(names)), np.zeros(len(names), np.int64)
    for one in models:
        gains[list(one.columns)] += one.booster.feature_importance("gain")
        splits[list(one.columns)] += one.booster.feature_importance("split")
    means = (gains / len(models)).tolist()
    return ranked(map(Importance, names, means, splits.tolist()))
