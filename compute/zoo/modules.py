"""Names who trains which kind of model, and by which libraries, without importing any of them."""

from collections.abc import Mapping
from importlib.util import find_spec
from types import MappingProxyType

from domain.specs import ModelKind

MODULES: Mapping[ModelKind, str] = MappingProxyType(
    {kind: f"compute.zoo.{kind.lower()}_model" for kind in ModelKind}
)
"""Each has `fit` and `load`."""

_LIGHTGBM = MappingProxyType({"lightgbm": "lightgbm"})
_TORCH = MappingProxyType({"torch": "torch"})
LIBRARIES: Mapping[ModelKind, Mapping[str, str]] = MappingProxyType(
    {
        ModelKind.LIGHTGBM: _LIGHTGBM,
        ModelKind.XGBOOST: MappingProxyType({"xgboost": "xgboost-cpu"}),
        ModelKind.CATBOOST: MappingProxyType({"catboost": "catboost"}),
        ModelKind.LINEAR: MappingProxyType({"scikit-learn": "scikit-learn", "scipy": "scipy"}),
        ModelKind.DOUBLE_ENSEMBLE: _LIGHTGBM,
        ModelKind.LSTM: _TORCH,
        ModelKind.GRU: _TORCH,
    }
)
"""Distributions by the names that people know them by."""

CONTINUED = (ModelKind.LIGHTGBM, ModelKind.XGBOOST)
"""The kinds that go on from a model that is kept."""

TORCH = "torch==2.13.0"
"""What the project's extra `torch` asks for."""


def why_unavailable(kind: ModelKind) -> str | None:
    """Why a kind cannot be trained here, and what to do; None if it can. Imports nothing."""
    if LIBRARIES[kind] is not _TORCH or find_spec("torch") is not None:
        return None
    return (
        f"{kind} is trained by torch, which is not installed here; install the project's extra "
        f"torch (pip install {TORCH}) on the server and on its workers, and start them again."
    )
