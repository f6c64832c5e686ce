"""Linear models as Qlib fits them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from compute.preparing.prepared import Prepared
from compute.preparing.table import Values
from compute.progress import ProgressReport, Report
from compute.zoo.feature_checks import complete_rows, require_no_infinity, require_some_values
from compute.zoo.qlib_models import qlib_model
from compute.zoo.qlib_rows import LearntRows, Rows
from compute.zoo.trained import Importance, Trained, ranked, sample_of
from domain.arrays import Array, FloatArray
from domain.artifacts import ArtifactStore
from domain.errors import BadInputError

LinearModel = qlib_model("linear").LinearModel
_NAME = "LINEAR"


@dataclass(frozen=True, slots=True, eq=False)
class LinearPredictor:
    """Coefficients, shape (features,), and a constant, shape (); float32 or float64 each."""

    coefficients: Array
    intercept: Array

    def predict(self, features: Values) -> FloatArray:
        """Predict rows; NaN where a feature is missing."""
        return np.asarray(features @ self.coefficients + self.intercept, np.float64)

    def keep(self, store: ArtifactStore) -> dict[str, str]:
        """Keep the coefficients, and the constant beside them."""
        return {
            "model": store.put_array(self.coefficients),
            "intercept": store.put_array(self.intercept),
        }

    @classmethod
    def load(cls, artifacts: Mapping[str, str], store: ArtifactStore) -> Self:
        """Read a model that is kept."""
        names = ("model", "intercept")
        return cls(*(store.open_array(artifacts[name], verified=True) for name in names))


load = LinearPredictor.load


def fit(
    prepared: Prepared,
    names: Sequence[str],
    parameters: Mapping[str, Any],
    _: int,
    report: Report,
) -> Trained:
    """Fit to the rows of the train segment that lack no feature; nothing is drawn by chance.

    Raises:
        BadInputError: A feature is infinite or has no value, no row is left, or all coefficients
            are 0.
    """
    require_no_infinity(prepared, names, _NAME)
    require_some_values(prepared, names, _NAME)
    rows = complete_rows(prepared.train, "train", _NAME, report)
    if parameters["include_valid"]:
        more = complete_rows(prepared.valid, "valid", _NAME, report)
        both = (rows.features, more.features), (rows.label, more.label)
        rows = Rows(*map(np.concatenate, both))
    report(ProgressReport("training", 0, 1))
    model = LinearModel(**dict(parameters) | {"include_valid": False})
    # A copy, which the solvers change where they lie; by columns, as Qlib's frames have them.
    own = Rows(np.array(rows.features, order="F"), rows.label.copy())
    model.fit(LearntRows(own, own))
    coefficients = np.ascontiguousarray(model.coef_)
    if not np.isfinite(coefficients).all():
        raise BadInputError(
            "The coefficients are no numbers, since the factors' sizes lie too far apart; name "
            "RobustZScoreNorm under input.processors.infer.",
            "input.processors.infer",
        )
    if not coefficients.any():
        raise BadInputError(
            "Every coefficient is 0, so every prediction would be the same; lower alpha, or take "
            "another estimator.",
            "input.parameters.alpha",
        )
    return Trained(
        predictor=LinearPredictor(coefficients, np.asarray(model.intercept_)),
        importance=_importance(coefficients, names),
        sample=sample_of(prepared),
    )


def _importance(coefficients: Array, names: Sequence[str]) -> tuple[Importance, ...]:
    sizes = np.abs(coefficients.astype(np.float64)).tolist()
    found = [Importance(name, size, None) for name, size in zip(names, sizes, strict=True)]
    return ranked(found)
