"""Names who trains which kind of model, and by which libraries, without importing any of them."""

from collections.abc import Mapping
from types import MappingProxyType

from domain.specs import ModelKind

MODULES: Mapping[ModelKind, str] = MappingProxyType(
    {ModelKind.LIGHTGBM: "compute.zoo.lightgbm_model"}
)
"""Each has `fit` and `load`."""

LIBRARIES: Mapping[ModelKind, Mapping[str, str]] = MappingProxyType(
    {ModelKind.LIGHTGBM: MappingProxyType({"lightgbm": "lightgbm"})}
)
"""Distributions by the names that people know them by."""

CONTINUED = (ModelKind.LIGHTGBM,)
"""The kinds that go on from a model that is kept."""
