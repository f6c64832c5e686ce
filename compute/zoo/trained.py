"""What a model of any kind can do once it is trained."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from compute.preparing.table import Values
from domain.arrays import FloatArray
from domain.artifacts import ArtifactStore


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


class Predictor(Protocol):
    """Tells scores of rows."""

    def predict(self, features: Values) -> FloatArray:
        """Predict rows.

        Args:
            features: float32, shape (rows, features), prepared as the rows that were learned.

        Returns:
            float64, shape (rows,); NaN where the kind can say nothing of a row.
        """


class Trained(Predictor, Protocol):
    """A model and how it came about."""

    @property
    def best_iteration(self) -> int | None:
        """The round with the valid segment's best metric, from 1; None without rounds."""

    @property
    def metric(self) -> str | None:
        """What the curves measure."""

    @property
    def curves(self) -> Mapping[str, Sequence[float]]:
        """The metric after each round, by segment (`train`, `valid`); empty without rounds."""

    @property
    def importance(self) -> tuple[Importance, ...]:
        """All factors, the largest gain first; empty where the kind tells none."""

    def keep(self, store: ArtifactStore) -> dict[str, str]:
        """Keep the model in its kind's own form.

        Returns:
            Digests by name, `model` first.

        Raises:
            RuntimeError: What was kept predicts other values than the model.
        """
