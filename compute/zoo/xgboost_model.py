"""XGBoost as Qlib trains it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import xgboost

from compute.preparing.prepared import Prepared
from compute.preparing.table import Values
from compute.progress import ProgressReport, Report
from compute.zoo.feature_checks import require_no_infinity
from compute.zoo.qlib_models import qlib_model
from compute.zoo.qlib_rows import LearntRows, Rows
from compute.zoo.trained import Importance, Predictor, Trained, ranked, sample_of
from compute.zoo.tree_checks import require_factors, require_splits
from domain.arrays import FloatArray
from domain.artifacts import ArtifactStore

XGBModel = qlib_model("xgboost").XGBModel

_REPORT_ROUNDS = 20
_ROUNDS = ("num_boost_round", "early_stopping_rounds", "save_best")


@dataclass(frozen=True, slots=True)
class XGBoostPredictor:
    """Trees that are kept as XGBoost's JSON."""

    booster: xgboost.Booster

    def predict(self, features: Values) -> FloatArray:
        """Predict rows; a value that is missing goes the way that trees have for it."""
        rows = xgboost.DMatrix(features)
        return np.asarray(self.booster.predict(rows), np.float64)

    def keep(self, store: ArtifactStore) -> dict[str, str]:
        """Keep the trees that predict as XGBoost's JSON."""
        return {"model": store.put_text(self.booster.save_raw("json").decode())}

    @classmethod
    def load(cls, artifacts: Mapping[str, str], store: ArtifactStore) -> Self:
        """Read a model that is kept."""
        text = store.open_text(artifacts["model"], verified=True)
        return cls(xgboost.Booster(model_file=bytearray(text.encode())))


load = XGBoostPredictor.load


def fit(
    prepared: Prepared,
    names: Sequence[str],
    parameters: Mapping[str, Any],
    seed: int,
    report: Report,
    base: Predictor | None = None,
) -> Trained:
    """Train until the valid segment's loss falls no more; see `compute.zoo.kinds`.

    Raises:
        BadInputError: A feature is infinite, no tree found anything to split by, or `base` has
            other factors.
    """
    require_no_infinity(prepared, names, "XGBoost")
    trees = _trees_of(base, len(names))
    begun = trees.num_boosted_rounds() if trees else 0
    rounds = parameters["num_boost_round"]
    stop = xgboost.callback.EarlyStopping(
        rounds=parameters["early_stopping_rounds"],
        data_name="valid",
        save_best=parameters["save_best"],
    )
    grown = {name: value for name, value in parameters.items() if name not in _ROUNDS}
    model = XGBModel(**grown, seed=seed, verbosity=0)
    curves: dict[str, Any] = {}
    model.fit(
        LearntRows(Rows.of(prepared.train), Rows.of(prepared.valid)),
        num_boost_round=rounds,
        early_stopping_rounds=None,
        verbose_eval=False,
        evals_result=curves,
        callbacks=[_Told(report, begun, rounds), stop],
        xgb_model=trees,
    )
    importance = _importance(model.model, names)
    require_splits(importance, "XGBoost", "min_child_weight, gamma, alpha or lambda")
    (metric,) = {"reg:squarederror": ("rmse",), "binary:logistic": ("logloss",)}[
        parameters["objective"]
    ]
    return Trained(
        predictor=XGBoostPredictor(model.model),
        best_iteration=model.model.best_iteration + 1,
        metric=metric,
        curves=curves,
        importance=importance,
        sample=sample_of(prepared),
    )


class _Told(xgboost.callback.TrainingCallback):  # type: ignore[misc]
    """Reports every 20 rounds."""

    def __init__(self, report: Report, begun: int, rounds: int) -> None:
        super().__init__()
        self._report = report
        self._begun = begun
        self._rounds = rounds

    def after_iteration(self, model: object, epoch: int, evals_log: object) -> bool:
        """Report, and never stop."""
        done = epoch + 1 - self._begun
        if done % _REPORT_ROUNDS == 0:
            self._report(ProgressReport("training", done, self._rounds))
        return False


def _trees_of(base: Predictor | None, features: int) -> xgboost.Booster | None:
    if base is None:
        return None
    assert isinstance(base, XGBoostPredictor)
    require_factors(base.booster.num_features(), features)
    return base.booster


def _importance(booster: xgboost.Booster, names: Sequence[str]) -> tuple[Importance, ...]:
    """What all trees split by, the largest gain first."""
    gains = booster.get_score(importance_type="total_gain")
    splits = booster.get_score(importance_type="weight")
    found = [
        Importance(name, float(gains.get(f"f{place}", 0.0)), int(splits.get(f"f{place}", 0)))
        for place, name in enumerate(names)
    ]
    return ranked(found)
