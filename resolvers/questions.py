"""A question has a key; what is under the key is its answer."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from compute.progress import ProgressReport
from domain.names import EntityKind
from domain.records import ResultRecord, SnapshotRecord, UniverseRecord
from domain.runs import RunKind
from domain.work import Bars, Spans, StoredPanel, Work

__all__ = ["Ensure", "Question", "Spans", "bars_of", "stored_panel"]


class Ensure(Protocol):
    """Gives the answer to another question, computing it first where need be."""

    @property
    def at_once(self) -> int:
        """How many questions are worth asking at the same time."""

    def report(self, report: ProgressReport) -> None:
        """Tell how far it is with what is asked of others."""

    async def __call__(self, question: "Question") -> ResultRecord:
        """The kept answer."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """Whom an answer is for.

    Attributes:
        entity_id: The entity; None for an expression that nobody saved.
        stands_for: The kind of that entity, if the arguments but the universe are the default
            ones, so that the answer stands for it.
        is_headline: Whether the universe, too, is the one that the entity is listed with.
    """

    entity_id: int | None = None
    stands_for: EntityKind | None = None
    is_headline: bool = False


NOBODY = Purpose()


@dataclass(frozen=True, slots=True)
class Question:
    """What can be computed. Questions with one key have one answer.

    Attributes:
        key: A hash of what the answer means.
        kind: What sort of answer it is.
        snapshot: The data it is computed from.
        universe: Whose members it is about; None where it is about all that is listed.
        engine: The versions it is computed by, which the key holds too.
        prepare: Gathers what a worker needs, the answers to other questions included.
        purpose: Whom it is computed for.
        parts: Questions that the same computation may answer on the way, by their keys.
    """

    key: str
    kind: RunKind
    snapshot: SnapshotRecord
    universe: UniverseRecord | None
    engine: str
    prepare: Callable[[Ensure], Awaitable[Work]]
    purpose: Purpose = NOBODY
    parts: Mapping[str, "Question"] = field(default_factory=dict)


def bars_of(snapshot: SnapshotRecord) -> Bars:
    """Where a worker finds the bars of a snapshot."""
    return Bars(snapshot.directory, snapshot.region, snapshot.stamp)


def stored_panel(result: ResultRecord) -> StoredPanel:
    """The panel that a result keeps: a factor's values or a model's predictions."""
    artifacts = result.artifacts
    return StoredPanel(artifacts["values"], artifacts["dates"], artifacts["symbols"])
