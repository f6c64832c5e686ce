"""What a computation leaves to be kept."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.runs import RunKind
from domain.specs import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class NewResult:
    """A result under the key of what it means.

    Attributes:
        key: Hash of everything that the result means.
        kind: What computed it.
        entity_id: The entity it was first computed for; None for an unsaved expression.
        snapshot_id: Whose bars it read.
        universe_id: Whose members it is about, if any.
        run_id: The run that computed it.
        engine: The versions that computed it.
        document: Plain JSON without NaN.
        artifacts: Digests of arrays and texts by name.
        bytes: Size of the artifacts.
        compute_seconds: How long it took.
    """

    key: str
    kind: RunKind
    entity_id: int | None = None
    snapshot_id: int
    universe_id: int | None = None
    run_id: int | None = None
    engine: str
    document: JsonObject
    artifacts: Mapping[str, str]
    bytes: int
    compute_seconds: float
