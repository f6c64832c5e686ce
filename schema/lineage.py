"""The lineage of an entity, as nodes and edges."""

import strawberry

from catalog import lineage
from domain.errors import BadInputError
from domain.ids import NodeId, NodeKind
from domain.records import AnyEntity
from domain.walks import LineageWalk
from schema.context import Info
from schema.entities import Entity, entity_of
from schema.enums import EntityKind, LineageDirection, LineageRelation

MAX_DEPTH = 100
MAX_NODES = 5_000


@strawberry.type(description="One entity of a lineage.")
class LineageNode:
    """A node of the walk."""

    entity: Entity = strawberry.field(description="The entity.")
    degree: int = strawberry.field(description="Shortest distance from the entity asked about.")
    direction: LineageDirection = strawberry.field(
        description="Where it lies from the entity asked about, which itself is BOTH."
    )
    hidden_neighbours: int = strawberry.field(
        description="How many of its neighbours are not shown, for whatever reason."
    )


@strawberry.type(description="One step along which data or a definition flows.")
class LineageEdge:
    """An edge of the walk."""

    from_: strawberry.ID = strawberry.field(name="from", description="Where it flows from.")
    to: strawberry.ID = strawberry.field(description="Where it flows to.")
    relation: LineageRelation = strawberry.field(description="What the one is to the other.")


@strawberry.type(description="How many entities of a kind.")
class KindCount:
    """A count by kind."""

    kind: EntityKind = strawberry.field(description="The kind.")
    count: int = strawberry.field(description="How many, before the limit cut.")


@strawberry.type(description="What lies around an entity, walked breadth first.")
class Lineage:
    """A walk through the lineage."""

    nodes: list[LineageNode] = strawberry.field(
        description="The entity asked about, then the others by distance and name."
    )
    edges: list[LineageEdge] = strawberry.field(description="All steps between these nodes.")
    counts_by_kind: list[KindCount] = strawberry.field(
        description="How many of each kind were found, before the limit cut."
    )
    is_partial: bool = strawberry.field(description="Whether the limit cut something.")


async def lineage_of(
    record: AnyEntity,
    direction: LineageDirection,
    max_depth: int,
    kinds: list[EntityKind] | None,
    limit: int,
    info: Info,
) -> Lineage:
    """The neighbourhood of an entity.

    Raises:
        BadInputError: The depth or the limit is out of range.
    """
    _require_between("maxDepth", max_depth, MAX_DEPTH)
    _require_between("limit", limit, MAX_NODES)
    loaders = info.context.loaders
    walk = await loaders.read(lineage.walk, record.id, direction, max_depth, kinds, limit)
    return _lineage(walk, await loaders.entities([node.entity_id for node in walk.nodes]))


def _lineage(walk: LineageWalk, records: list[AnyEntity]) -> Lineage:
    ids = {record.id: _id(record) for record in records}
    return Lineage(
        nodes=[
            LineageNode(
                entity=entity_of(record),
                degree=node.degree,
                direction=node.direction,
                hidden_neighbours=node.hidden_neighbours,
            )
            for node, record in zip(walk.nodes, records, strict=True)
        ],
        edges=[
            LineageEdge(
                from_=ids[edge.source_id],
                to=ids[edge.target_id],
                relation=LineageRelation(edge.relation),
            )
            for edge in walk.edges
        ],
        counts_by_kind=[KindCount(kind=k, count=n) for k, n in walk.counts_by_kind.items()],
        is_partial=walk.is_partial,
    )


def _id(record: AnyEntity) -> strawberry.ID:
    return strawberry.ID(str(NodeId(NodeKind(record.kind.value), record.id)))


def _require_between(name: str, value: int, high: int) -> None:
    if not 0 <= value <= high:
        raise BadInputError(f"{name} is {value}; give 0 to {high}.", name)
