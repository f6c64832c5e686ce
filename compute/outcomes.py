"""Puts together what a worker answers."""

from collections.abc import Mapping
from typing import Any

from domain.artifacts import ArtifactStore
from domain.work import Outcome


def outcome(
    document: Mapping[str, Any], artifacts: Mapping[str, str], store: ArtifactStore
) -> Outcome:
    """An outcome whose bytes are counted; how long it took is for `perform` to say.

    Args:
        document: Plain JSON: None where a figure is undefined, never NaN.
        artifacts: Digests by name. What is kept once under two names is counted once.
        store: Where the artifacts are.
    """
    size = sum(store.size_of(digest) for digest in set(artifacts.values()))
    return Outcome(document=document, artifacts=dict(artifacts), bytes=size, seconds=0.0)


def finite(value: float) -> float | None:
    """A figure as JSON can say it: NaN and infinity are None."""
    number = float(value)
    return number if abs(number) < float("inf") else None
