"""What a model of any kind can do once it is trained."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from compute.preparing.prepared import Prepared
from compute.preparing.table import Values
from domain.arrays import FloatArray
from domain.artifacts import ArtifactStore

_SAMPLE_ROWS = 100


@dataclass(frozen=True, slots=True)
class Importance:
    """What a factor did for a model, in the words that its kind has.

    Attributes:
        name: The factor's.
        gain: Of trees the loss that its splits took away, of a linear model the absolute value
            of its coefficient.
        splits: How many splits read it; None where a model has none.
    """

    name: str
    gain: float | None
    splits: int | None


def ranked(found: Iterable[Importance]) -> tuple[Importance, ...]:
    """The largest gain first, then by name."""
    return tuple(sorted(found, key=lambda one: (-(one.gain or 0), one.name)))


class Predictor(Protocol):
    """Tells scores of rows."""

    def predict(self, features: Values) -> FloatArray:
        """Predict rows.

        Args:
            features: float32, shape (rows, features), prepared as the rows that were learned.

        Returns:
            float64, shape (rows,); NaN where the kind can say nothing of a row.
        """

    def keep(self, store: ArtifactStore) -> dict[str, str]:
        """Keep the model in its kind's own form.

        Returns:
            Digests by name, `model` first.
        """

    def load(self, artifacts: Mapping[str, str], store: ArtifactStore) -> "Predictor":
        """Read a model of the same kind that is kept.

        Raises:
            ArtifactMissingError: It is not kept any more.
            ArtifactDamagedError: It is not what was kept.
        """


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A model and how it came about.

    Attributes:
        predictor: The model.
        sample: Rows by which what is kept is compared with it.
        importance: All factors, the largest gain first; empty where the kind tells none.
        curves: The metric after each round, by segment (`train`, `valid`); empty without rounds.
        metric: What the curves measure; None without rounds.
        best_iteration: The round with the valid segment's best metric, from 1, by which the model
            predicts unless its kind says otherwise; None where there is none.
    """

    predictor: Predictor
    sample: Values
    importance: tuple[Importance, ...] = ()
    curves: Mapping[str, Sequence[float]] = field(default_factory=dict)
    metric: str | None = None
    best_iteration: int | None = None

    def predict(self, features: Values) -> FloatArray:
        """Predict rows; see `Predictor`."""
        return self.predictor.predict(features)

    def keep(self, store: ArtifactStore) -> dict[str, str]:
        """Keep the model, and check that what is read again predicts the same to the last bit.

        Returns:
            Digests by name, `model` first.

        Raises:
            RuntimeError: What was kept predicts other values than the model.
        """
        artifacts = self.predictor.keep(store)
        kept = self.predictor.load(artifacts, store).predict(self.sample)
        if not np.array_equal(kept, self.predict(self.sample), equal_nan=True):
            name = type(self.predictor).__name__
            raise RuntimeError(f"{name} predicts other values once it is kept and read again")
        return artifacts


def sample_of(prepared: Prepared) -> Values:
    """The rows by which two models are compared: the last ones."""
    return prepared.every.features[-_SAMPLE_ROWS:]
