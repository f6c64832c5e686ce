"""LightGBM as Qlib trains it, without Qlib's recorder."""

import re
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any

import lightgbm
import numpy as np

from compute.preparing.prepared import Prepared
from compute.preparing.table import Values
from compute.progress import ProgressReport, Report
from domain.arrays import FloatArray
from domain.errors import BadInputError
from domain.severity import Severity

with redirect_stdout(StringIO()):  # Qlib prints which models it finds no packages for
    from qlib.contrib.model import gbdt

_PHASE = "training"
_REPORT_ROUNDS = 20
_ROUND = re.compile(r"\[(\d+)\]\t")
_VERIFIED_ROWS = 100


class _NoRecorder:
    """Stands where Qlib's model logs its curve: to a server, or with git into `./mlruns`."""

    def log_metrics(self, **_: object) -> None:
        """The curve is taken from LightGBM itself."""


gbdt.R = _NoRecorder()


class _ArrayModel(gbdt.LGBModel):  # type: ignore[misc]
    """Qlib's model, which takes its data from `Prepared` where Qlib's takes a `DatasetH`."""

    def _prepare_data(
        self, dataset: Prepared, reweighter: None = None
    ) -> list[tuple[lightgbm.Dataset, str]]:
        learned = (dataset.train, "train"), (dataset.valid, "valid")
        return [(lightgbm.Dataset(rows.features, label=rows.label), name) for rows, name in learned]


@dataclass(frozen=True, slots=True)
class Importance:
    """What a factor did for a model: the loss that its splits saved, and how many there are."""

    name: str
    gain: float
    splits: int


@dataclass(frozen=True, slots=True)
class TrainedLightGBM:
    """A model and how it came about.

    `curves` has the loss after each round by segment; `best_iteration` counts from 1 the round
    whose trees predict.
    """

    booster: lightgbm.Booster
    text: str
    best_iteration: int
    metric: str
    curves: Mapping[str, Sequence[float]]
    importance: tuple[Importance, ...]

    def predict(self, features: Values) -> FloatArray:
        """Predict rows, shape (rows,)."""
        return np.asarray(self.booster.predict(features))


def train_lightgbm(
    prepared: Prepared,
    names: Sequence[str],
    parameters: Mapping[str, Any],
    seed: int,
    report: Report,
) -> TrainedLightGBM:
    """Train on the train segment until the valid segment's loss falls no more.

    Args:
        prepared: With rows to learn from.
        names: Those of the features, in the order of their columns.
        parameters: Checked and complete.
        seed: Where LightGBM draws from, except for what `parameters` seeds by name.
        report: Told every 20 rounds.

    Raises:
        BadInputError: No tree found anything to split by.
    """
    lightgbm.register_logger(_Listener(report, parameters["num_boost_round"]))
    model = _ArrayModel(**parameters, seed=seed)
    curves: dict[str, dict[str, list[float]]] = {}
    model.fit(prepared, verbose_eval=_REPORT_ROUNDS, evals_result=curves)
    booster = model.model
    importance = _importance(booster, names)
    if not any(one.splits for one in importance):
        raise BadInputError(
            "LightGBM found nothing to split by, so every prediction would be the same; lower "
            "min_data_in_leaf, lambda_l1 or min_gain_to_split, or widen the train segment.",
            "input.parameters",
        )
    (metric,) = curves["train"]
    return TrainedLightGBM(
        booster=booster,
        text=_verified_text(booster, prepared.every.features[-_VERIFIED_ROWS:]),
        best_iteration=booster.best_iteration,
        metric=metric,
        curves={segment: values[metric] for segment, values in curves.items()},
        importance=importance,
    )


class _Listener:
    """Takes what LightGBM says: every so many rounds a line with the round and the losses."""

    def __init__(self, report: Report, rounds: int) -> None:
        self._report = report
        self._rounds = rounds

    def info(self, text: str) -> None:
        """Pass on a line of the learning curve, and nothing else."""
        if found := _ROUND.match(text):
            self._report(ProgressReport(_PHASE, int(found[1]), self._rounds))

    def warning(self, text: str) -> None:
        """Pass on a warning."""
        message = f"LightGBM: {text}"
        self._report(ProgressReport(_PHASE, level=Severity.WARNING, message=message))


def _importance(booster: lightgbm.Booster, names: Sequence[str]) -> tuple[Importance, ...]:
    """What the trees up to the best iteration split by, the largest gain first."""
    gains, splits = (booster.feature_importance(kind).tolist() for kind in ("gain", "split"))
    found = map(Importance, names, gains, map(int, splits))
    return tuple(sorted(found, key=lambda one: (-one.gain, one.name)))


def _verified_text(booster: lightgbm.Booster, rows: Values) -> str:
    """The model as text, once the text has been seen to predict what the model predicts."""
    text: str = booster.model_to_string()
    again = lightgbm.Booster(model_str=text).predict(rows)
    if not np.array_equal(again, booster.predict(rows)):
        raise RuntimeError("LightGBM's text predicts other values than the model it was made from")
    return text
