"""Recurrent networks as Qlib trains them: on the processor, in memory, and the same each time."""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Self

import numpy as np
import torch

from compute.preparing.prepared import Prepared
from compute.preparing.table import Values
from compute.progress import ProgressReport, Report
from compute.zoo.feature_checks import complete_rows, require_no_infinity, require_some_values
from compute.zoo.qlib_models import NoRecorder, qlib_model
from compute.zoo.qlib_rows import LearntRows, Rows
from compute.zoo.trained import Trained, sample_of
from domain.arrays import FloatArray
from domain.artifacts import ArtifactStore
from domain.errors import BadInputError
from domain.recurrent_parameters import shape_fault

Network = Callable[..., torch.nn.Module]
"""Makes a network of `d_feat`, `hidden_size`, `num_layers` and `dropout`."""

_SHAPE = ("d_feat", "hidden_size", "num_layers", "batch_size")
_FIELD = "input.parameters"


@dataclass(frozen=True, slots=True, eq=False)
class RecurrentKind:
    """A kind of networks, and what Qlib has of it.

    Args:
        name: The kind's, and that of Qlib's class.
        qlibs: The class, which trains.
        make: Makes a network.
    """

    name: str
    qlibs: type[Any]
    make: Network

    @classmethod
    def of(cls, name: str) -> Self:
        """The kind of a name."""
        module = qlib_model(f"pytorch_{name.lower()}")
        module.R = NoRecorder()
        module.get_or_create_path = lambda path: path  # a buffer, where Qlib would make a file
        return cls(name, getattr(module, name), getattr(module, f"{name}Model"))

    def fit(
        self,
        prepared: Prepared,
        names: Sequence[str],
        parameters: Mapping[str, Any],
        seed: int,
        report: Report,
    ) -> Trained:
        """Train until the valid segment's loss falls no more; see `compute.zoo.kinds`.

        Rows that lack a feature are left out. NumPy's, Python's and torch's own chance are seeded
        anew. Every epoch is told.

        Raises:
            BadInputError: Features are not of this shape, infinite or missing, a segment has
                fewer rows than a batch, or the loss is no number.
        """
        train, valid = self._rows(prepared, names, parameters, report)
        _seed(seed)
        model = _watched(self.qlibs, report)(**parameters, seed=seed, GPU=-1)
        scores: dict[str, list[float]] = {}
        model.fit(LearntRows(train, valid), evals_result=scores, save_path=BytesIO())
        network = getattr(model, f"{self.name.lower()}_model")
        return Trained(
            predictor=RecurrentPredictor(self, network, {one: parameters[one] for one in _SHAPE}),
            best_iteration=int(np.argmax(scores["valid"])) + 1,
            metric="mse",
            curves={segment: [-float(one) for one in values] for segment, values in scores.items()},
            sample=sample_of(prepared),
        )

    def load(self, artifacts: Mapping[str, str], store: ArtifactStore) -> "RecurrentPredictor":
        """Read a network that is kept."""
        told = json.loads(store.open_text(artifacts["model"], verified=True))
        shape = told["shape"]
        network = self.make(**{name: shape[name] for name in _SHAPE[:3]})
        state = {
            name: torch.from_numpy(
                np.array(store.open_array(artifacts[f"model:{name}"], verified=True))
            )
            for name in told["weights"]
        }
        network.load_state_dict(state)
        return RecurrentPredictor(self, network, shape)

    def _rows(
        self,
        prepared: Prepared,
        names: Sequence[str],
        parameters: Mapping[str, Any],
        report: Report,
    ) -> tuple[Rows, Rows]:
        """Rows to learn from and to be stopped by, which lack nothing."""
        if fault := shape_fault(len(names), parameters["d_feat"]):
            raise BadInputError(fault, f"{_FIELD}.d_feat")
        require_no_infinity(prepared, names, self.name)
        require_some_values(prepared, names, self.name)
        train = complete_rows(prepared.train, "train", self.name, report)
        valid = complete_rows(prepared.valid, "valid", self.name, report)
        for rows, segment in ((train, "train"), (valid, "valid")):
            _require_batch(rows, segment, parameters["batch_size"])
        return train, valid


@dataclass(frozen=True, slots=True, eq=False)
class RecurrentPredictor:
    """A network and what it is made of; `shape` has `batch_size` as well."""

    kind: RecurrentKind
    network: torch.nn.Module
    shape: Mapping[str, int]

    def predict(self, features: Values) -> FloatArray:
        """Predict rows, as many at a time as it learned from; NaN where a feature is missing."""
        self.network.eval()
        size = self.shape["batch_size"]
        found = [np.zeros(0, np.float32)]
        with torch.no_grad():
            for at in range(0, len(features), size):
                rows = torch.from_numpy(np.array(features[at : at + size]))
                found.append(self.network(rows).numpy().reshape(-1))
        return np.concatenate(found).astype(np.float64)

    def keep(self, store: ArtifactStore) -> dict[str, str]:
        """Keep the network's shape, as JSON, and each of its weights as an array."""
        weights = {name: value.numpy() for name, value in self.network.state_dict().items()}
        told = {"shape": dict(self.shape), "weights": list(weights)}
        artifacts = {"model": store.put_text(json.dumps(told))}
        return artifacts | {
            f"model:{name}": store.put_array(value) for name, value in weights.items()
        }

    def load(self, artifacts: Mapping[str, str], store: ArtifactStore) -> "RecurrentPredictor":
        """Read a network of the same kind that is kept."""
        return self.kind.load(artifacts, store)


def _watched(qlibs: type[Any], report: Report) -> type[Any]:
    """Qlib's class, which tells its epochs and does not go on with a loss that is no number."""

    class Watched(qlibs):  # type: ignore[misc]
        epochs = 0

        def train_epoch(self, *rows: object) -> None:
            super().train_epoch(*rows)
            self.epochs += 1
            report(ProgressReport("training", self.epochs, self.n_epochs))

        def test_epoch(self, *rows: object) -> tuple[float, float]:
            loss, score = super().test_epoch(*rows)
            if not np.isfinite(loss):
                raise BadInputError(
                    f"The loss is no number after epoch {self.epochs}; lower lr, or name "
                    "RobustZScoreNorm under input.processors.infer.",
                    f"{_FIELD}.lr",
                )
            return loss, score

    return Watched


def _seed(seed: int) -> None:
    torch.use_deterministic_algorithms(True)
    random.seed(seed)
    np.random.seed(seed)  # Qlib shuffles rows by it
    torch.manual_seed(seed)


def _require_batch(rows: Rows, segment: str, size: int) -> None:
    if (count := len(rows.label)) < size:
        raise BadInputError(
            f"batch_size is {size:,}, and the {segment} segment has only {count:,} rows that lack "
            f"nothing, which fill no batch; give at most {count:,}, or widen the segment.",
            f"{_FIELD}.batch_size",
        )
