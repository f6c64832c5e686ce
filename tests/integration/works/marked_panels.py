"""Panels computed as ever, with a file for each time that a worker was sent some."""

import os
from collections.abc import Sequence
from pathlib import Path
from shutil import rmtree
from uuid import uuid4

from compute.panels import compute_panels, compute_together
from compute.progress import Report
from domain.artifacts import ArtifactStore
from domain.work import Outcome, PanelsTogether, PanelsWork

DEADLY = "Abs($volume)"
"""What no worker survives."""


def alone(work: PanelsWork, store: ArtifactStore, report: Report) -> Outcome:
    _mark([work], store)
    return compute_panels(work, store, report)


def together(work: PanelsTogether, store: ArtifactStore, report: Report) -> Outcome:
    _mark(work.works, store)
    return compute_together(work, store, report)


def marks(store: ArtifactStore) -> list[set[str]]:
    """The expressions that each worker was sent each time, in order."""
    files = sorted(_folder(store).glob("*"), key=lambda file: file.stat().st_mtime_ns)
    return [set(file.read_text().splitlines()) for file in files]


def forget_marks(store: ArtifactStore) -> None:
    """Begin anew."""
    rmtree(_folder(store), ignore_errors=True)


def _mark(works: Sequence[PanelsWork], store: ArtifactStore) -> None:
    sent = [one for work in works for one in work.expressions]
    _folder(store).mkdir(parents=True, exist_ok=True)
    (_folder(store) / uuid4().hex).write_text("\n".join(sent))
    if DEADLY in sent:
        os._exit(1)


def _folder(store: ArtifactStore) -> Path:
    return store.scratch("marks")
