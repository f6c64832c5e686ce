"""Trains and reads models of any kind. Only the libraries of the kind that is asked for load."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, Protocol, cast

from compute.preparing.prepared import Prepared
from compute.progress import Report
from compute.zoo.modules import CONTINUED, MODULES, why_unavailable
from compute.zoo.trained import Predictor, Trained
from domain.artifacts import ArtifactStore
from domain.errors import KindUnavailableError
from domain.specs import ModelKind

Kept = Mapping[str, str]
"""Digests by name, as `Trained.keep` returns them."""


class _Module(Protocol):
    """What the module of a kind has."""

    def fit(
        self,
        prepared: Prepared,
        names: Sequence[str],
        parameters: Mapping[str, Any],
        seed: int,
        report: Report,
        **continued: Predictor,
    ) -> Trained: ...

    def load(self, artifacts: Kept, store: ArtifactStore) -> Predictor: ...


def fit(
    kind: ModelKind,
    prepared: Prepared,
    names: Sequence[str],
    parameters: Mapping[str, Any],
    seed: int,
    report: Report,
    *,
    base: Kept | None = None,
    store: ArtifactStore,
) -> Trained:
    """Train on the train segment, as far as the kind has rounds until the valid segment says stop.

    Args:
        kind: Of the model.
        prepared: With rows to learn from, which `compute.training_checks` has looked at.
        names: Those of the features, in the order of their columns.
        parameters: Checked and complete.
        seed: All chance is drawn from it: equal seeds give equal models, bit for bit.
        report: Told how far it is.
        base: A kept model of this kind that is continued by the rounds of `parameters`.
        store: Where `base` is.

    Raises:
        BadInputError: There is nothing that this kind could learn.
        ArtifactMissingError: `base` is not kept any more.
        ArtifactDamagedError: It is not what was kept.
        KindUnavailableError: The kind's library is missing.
        ValueError: The kind does not go on from a model.
    """
    if base is not None and kind not in CONTINUED:
        raise ValueError(f"{kind} does not go on from a model")
    continued = {} if base is None else {"base": load(kind, base, store)}
    return import_kind(kind).fit(prepared, names, parameters, seed, report, **continued)


def load(kind: ModelKind, artifacts: Kept, store: ArtifactStore) -> Predictor:
    """Read a model that is kept.

    Raises:
        ArtifactMissingError: It is not kept any more.
        ArtifactDamagedError: It is not what was kept.
    """
    return import_kind(kind).load(artifacts, store)


def import_kind(kind: ModelKind) -> _Module:
    """Import what trains and reads a kind, with its libraries, which takes up to some seconds.

    Raises:
        KindUnavailableError: Its library is missing.
    """
    if reason := why_unavailable(kind):
        raise KindUnavailableError(reason, "input.kind")
    return cast(_Module, import_module(MODULES[kind]))
