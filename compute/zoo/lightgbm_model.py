"""LightGBM as Qlib trains it, without Qlib's recorder."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import lightgbm
import numpy as np

from compute.preparing.prepared import Prepared
from compute.preparing.table import Values
from compute.progress import ProgressReport, Report
from compute.zoo.qlib_models import NoRecorder, qlib_model
from compute.zoo.trained import Importance, Predictor, Trained, ranked, sample_of
from compute.zoo.tree_checks import require_factors, require_splits
from domain.arrays import FloatArray
from domain.artifacts import ArtifactStore
from domain.severity import Severity

gbdt = qlib_model("gbdt")
gbdt.R = NoRecorder()

_PHASE = "training"
_REPORT_ROUNDS = 20
_ROUND = re.compile(r"\[(\d+)\]\t")


class _ArrayModel(gbdt.LGBModel):  # type: ignore[misc, name-defined]
    """Qlib's model, which takes its data from `Prepared` where Qlib's takes a `DatasetH`."""

    def _prepare_data(
        self, dataset: Prepared, reweighter: None = None
    ) -> list[tuple[lightgbm.Dataset, str]]:
        learned = (dataset.train, "train"), (dataset.valid, "valid")
        return [(lightgbm.Dataset(rows.features, label=rows.label), name) for rows, name in learned]


@dataclass(frozen=True, slots=True)
class LightGBMPredictor:
    """Trees that are kept as LightGBM's text."""

    booster: lightgbm.Booster

    def predict(self, features: Values) -> FloatArray:
        """Predict rows; a value that is missing goes the way that trees have for it."""
        return np.asarray(self.booster.predict(features))

    def keep(self, store: ArtifactStore) -> dict[str, str]:
        """Keep the trees up to the best round as LightGBM's text."""
        return {"model": store.put_text(self.booster.model_to_string())}

    @classmethod
    def load(cls, artifacts: Mapping[str, str], store: ArtifactStore) -> Self:
        """Read a model that is kept."""
        text = store.open_text(artifacts["model"], verified=True)
        return cls(lightgbm.Booster(model_str=text))


load = LightGBMPredictor.load


def fit(
    prepared: Prepared,
    names: Sequence[str],
    parameters: Mapping[str, Any],
    seed: int,
    report: Report,
    base: Predictor | None = None,
) -> Trained:
    """Train until the valid segment's loss falls no more.

    Args:
        prepared: With rows to learn from.
        names: Those of the features, in the order of their columns.
        parameters: Checked and complete.
        seed: Where LightGBM draws from, except for what `parameters` seeds by name.
        report: Told every 20 rounds.
        base: A model whose trees stay, and are followed by more of them. Rounds are counted on
            from its last; the curves begin with the first that is new.

    Raises:
        BadInputError: No tree found anything to split by, or `base` has other factors.
    """
    trees = _trees_of(base, len(names))
    begun = trees.current_iteration() if trees else 0
    lightgbm.register_logger(Listener(report, begun, parameters["num_boost_round"]))
    model = _ArrayModel(**parameters, seed=seed)
    curves: dict[str, dict[str, list[float]]] = {}
    model.fit(prepared, verbose_eval=_REPORT_ROUNDS, evals_result=curves, init_model=trees)
    booster = model.model
    importance = _importance(booster, names)
    require_splits(importance, "LightGBM", "min_data_in_leaf, lambda_l1 or min_gain_to_split")
    (metric,) = curves["train"]
    return Trained(
        predictor=LightGBMPredictor(booster),
        best_iteration=booster.best_iteration,
        metric=metric,
        curves={segment: values[metric] for segment, values in curves.items()},
        importance=importance,
        sample=sample_of(prepared),
    )


def _trees_of(base: Predictor | None, features: int) -> lightgbm.Booster | None:
    if base is None:
        return None
    assert isinstance(base, LightGBMPredictor)
    require_factors(base.booster.num_feature(), features)
    return base.booster


class Listener:
    """Takes what LightGBM says: every so many rounds a line with the round and the losses."""

    def __init__(self, report: Report, begun: int, rounds: int) -> None:
        self._report = report
        self._begun = begun
        self._rounds = rounds

    def info(self, text: str) -> None:
        """Pass on a line of the learning curve, and nothing else."""
        if found := _ROUND.match(text):
            self._report(ProgressReport(_PHASE, int(found[1]) - self._begun, self._rounds))

    def warning(self, text: str) -> None:
        """Pass on a warning."""
        message = f"LightGBM: {text}"
        self._report(ProgressReport(_PHASE, level=Severity.WARNING, message=message))


def _importance(booster: lightgbm.Booster, names: Sequence[str]) -> tuple[Importance, ...]:
    """What the trees up to the best iteration split by, the largest gain first."""
    gains, splits = (booster.feature_importance(kind).tolist() for kind in ("gain", "split"))
    return ranked(map(Importance, names, gains, map(int, splits)))
