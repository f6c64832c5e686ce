"""What a walk through the lineage finds."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.names import EntityKind
from domain.records import EdgeRecord


class LineageDirection(StrEnum):
    """UPSTREAM is what an entity rests on, DOWNSTREAM what rests on it."""

    UPSTREAM = "UPSTREAM"
    DOWNSTREAM = "DOWNSTREAM"
    BOTH = "BOTH"


@dataclass(frozen=True, slots=True)
class LineageNode:
    """One entity of a walk.

    Attributes:
        entity_id: The version.
        degree: The shortest distance from the entity asked, in steps.
        direction: Where it lies from the entity asked, which itself is BOTH.
        hidden_neighbours: How many of its neighbours, on either side, are not in the walk.
    """

    entity_id: int
    degree: int
    direction: LineageDirection
    hidden_neighbours: int


@dataclass(frozen=True, slots=True)
class LineageWalk:
    """What was found around an entity.

    Attributes:
        nodes: The entity asked, then the others by degree, name and id.
        edges: All edges between these nodes.
        counts_by_kind: How many were found before the limit cut, the entity asked included;
            kinds of which there are none are left out.
        is_partial: Whether the limit cut something.
    """

    nodes: tuple[LineageNode, ...]
    edges: tuple[EdgeRecord, ...]
    counts_by_kind: Mapping[EntityKind, int]
    is_partial: bool
