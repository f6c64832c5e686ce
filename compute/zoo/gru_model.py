"""GRU networks as Qlib trains them."""

from collections.abc import Mapping, Sequence
from typing import Any

from compute.preparing.prepared import Prepared
from compute.progress import Report
from compute.zoo.qlib_models import NoRecorder, qlib_model
from compute.zoo.recurrent import (
    RecurrentPredictor,
    TrainedRecurrent,
    fit_recurrent,
    load_recurrent,
)
from domain.artifacts import ArtifactStore

_qlibs = qlib_model("pytorch_gru")
_qlibs.R = NoRecorder()
_qlibs.get_or_create_path = lambda path: path  # a buffer, where Qlib would make a file


def fit(
    prepared: Prepared,
    names: Sequence[str],
    parameters: Mapping[str, Any],
    seed: int,
    report: Report,
) -> TrainedRecurrent:
    """Train a GRU network; see `compute.zoo.recurrent`."""
    return fit_recurrent(
        "GRU",
        _qlibs.GRU,
        "gru_model",
        _qlibs.GRUModel,
        prepared,
        names,
        parameters,
        seed,
        report,
    )


def load(artifacts: Mapping[str, str], store: ArtifactStore) -> RecurrentPredictor:
    """Read a network that is kept."""
    return load_recurrent(_qlibs.GRUModel, artifacts, store)
