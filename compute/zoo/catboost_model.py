"""CatBoost with the parameters that Qlib gives it.

Not through Qlib's class: it cannot be given anybody to tell how far it is, prints, writes a folder
beside it, and loses its learning curve.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import catboost
import numpy as np

from compute.preparing.prepared import Prepared
from compute.preparing.table import Table, Values
from compute.progress import ProgressReport, Report
from compute.zoo.trained import Importance, Trained, ranked, sample_of
from compute.zoo.tree_checks import require_splits
from domain.arrays import FloatArray
from domain.artifacts import ArtifactStore
from domain.errors import BadInputError

_REPORT_ROUNDS = 20


@dataclass(frozen=True, slots=True)
class CatBoostPredictor:
    """Trees that are kept in CatBoost's own format, cbm."""

    model: catboost.CatBoost

    def predict(self, features: Values) -> FloatArray:
        """Predict rows; a value that is missing is less than any other."""
        return np.asarray(self.model.predict(features), np.float64)

    def keep(self, store: ArtifactStore) -> dict[str, str]:
        """Keep the trees up to the best round as the bytes of CatBoost's format."""
        content = np.frombuffer(self.model._serialize_model(), np.uint8)
        return {"model": store.put_array(content)}

    @classmethod
    def load(cls, artifacts: Mapping[str, str], store: ArtifactStore) -> Self:
        """Read a model that is kept."""
        content = store.open_array(artifacts["model"], verified=True).tobytes()
        model = catboost.CatBoost()
        model.load_model(blob=content)
        return cls(model)


load = CatBoostPredictor.load


def fit(
    prepared: Prepared,
    names: Sequence[str],
    parameters: Mapping[str, Any],
    seed: int,
    report: Report,
) -> Trained:
    """Train until the valid segment's loss falls no more; see `compute.zoo.kinds`.

    Raises:
        BadInputError: CatBoost refuses the parameters, or no tree found anything to split by.
    """
    given = dict(parameters)
    rounds = given.pop("num_boost_round")
    model = catboost.CatBoost(
        {"loss_function": given.pop("loss"), "iterations": rounds, "random_seed": seed}
        | given
        | {"allow_writing_files": False, "verbose": False, "task_type": "CPU"}
    )
    try:
        model.fit(
            _pool(prepared.train),
            eval_set=_pool(prepared.valid),
            use_best_model=True,
            callbacks=[_Told(report, rounds)],
        )
    except catboost.CatBoostError as error:
        raise BadInputError(
            f"CatBoost cannot train with these parameters: {str(error).splitlines()[0]}",
            "input.parameters",
        ) from error
    _forget_when(model)
    importance = _importance(model, names)
    require_splits(importance, "CatBoost", "min_data_in_leaf or l2_leaf_reg")
    found = model.get_evals_result()
    (metric,) = found["learn"]
    return Trained(
        predictor=CatBoostPredictor(model),
        best_iteration=model.get_best_iteration() + 1,
        metric=metric,
        curves={"train": found["learn"][metric], "valid": found["validation"][metric]},
        importance=importance,
        sample=sample_of(prepared),
    )


class _Told:
    """Reports every 20 rounds."""

    def __init__(self, report: Report, rounds: int) -> None:
        self._report = report
        self._rounds = rounds

    def after_iteration(self, info: Any) -> bool:
        """Report, and go on."""
        if info.iteration % _REPORT_ROUNDS == 0:
            self._report(ProgressReport("training", info.iteration, self._rounds))
        return True


def _forget_when(model: catboost.CatBoost) -> None:
    """Take out when it was trained, so that equal models are equal bytes."""
    told = model.get_metadata()
    for name in {"model_guid", "train_finish_time"} & set(told.keys()):
        told[name] = ""


def _pool(table: Table) -> catboost.Pool:
    return catboost.Pool(table.features, label=table.label)


def _importance(model: catboost.CatBoost, names: Sequence[str]) -> tuple[Importance, ...]:
    """How far predictions change with each factor, in percent of all (PredictionValuesChange)."""
    sizes = model.get_feature_importance().tolist()
    found = [Importance(name, size, None) for name, size in zip(names, sizes, strict=True)]
    return ranked(found)
