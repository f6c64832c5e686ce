"""Trainings of models of any kind, and where they are kept."""

from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from catalog.artifacts import LocalArtifacts
    from compute.preparing.prepared import Prepared
    from compute.zoo.trained import Trained
    from domain.specs import ModelKind


@pytest.fixture
def one_torch_thread() -> Iterator[None]:
    """Networks this small take longer with several, above all beside others."""
    if find_spec("torch") is None:
        yield
        return
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def model_store(tmp_path: Path) -> "LocalArtifacts":
    """Where models are kept."""
    from catalog.artifacts import LocalArtifacts

    return LocalArtifacts(tmp_path / "artifacts")


@pytest.fixture
def train(model_store: "LocalArtifacts") -> "Callable[..., Trained]":
    """Trains a model of a kind for a few rounds."""
    from zoo_ground import NAMES, QUICK, SEED, prepared

    from compute.progress import unheard
    from compute.zoo.kinds import fit
    from domain.model_parameters import check_model_parameters

    def train(
        kind: "ModelKind",
        given: "Prepared | None" = None,
        seed: int = SEED,
        base: Mapping[str, str] | None = None,
        **parameters: Any,
    ) -> "Trained":
        checked = check_model_parameters(kind, QUICK[kind] | parameters)
        rows = given or prepared()
        return fit(kind, rows, NAMES, checked, seed, unheard, base=base, store=model_store)

    return train
