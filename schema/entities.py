"""What all catalogued things have in common, and how records become types."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import strawberry

from catalog import reading
from domain.ids import NodeId, NodeKind
from domain.records import AnyEntity
from schema.context import Info
from schema.enums import EntityKind, EntityStatus, LineageDirection
from schema.scalars import EntityRef

if TYPE_CHECKING:
    from schema.lineage import Lineage
    from schema.standing import Staleness

_TYPES: dict[EntityKind, type["Entity"]] = {}
Kind = TypeVar("Kind", bound=type["Entity"])


def represents(kind: EntityKind) -> Callable[[Kind], Kind]:
    """Register the type that clients see for a kind of entity."""

    def register(type_: Kind) -> Kind:
        _TYPES[kind] = type_
        return type_

    return register


def entity_of(record: AnyEntity) -> Any:
    """The type that clients see for a record."""
    return _TYPES[record.kind](record=record)


@strawberry.interface(description="Anything with an id that `node` can find again.")
class Node:
    """Relay's node."""

    @strawberry.field(description="Opaque; names one version.")
    def id(self) -> strawberry.ID:
        """The id of this row."""
        return strawberry.ID(str(self.node_id()))

    def node_id(self) -> NodeId:
        """Which row of the catalogue this is."""
        raise NotImplementedError


@strawberry.interface(
    description=(
        "Anything catalogued, versioned and placed in the lineage. A version never changes; "
        "an edit makes the next one."
    )
)
class Entity(Node):
    """The fields that every kind of entity has."""

    record: strawberry.Private[Any]

    def node_id(self) -> NodeId:
        """Which row of the catalogue this is."""
        return NodeId(NodeKind(self.record.kind.value), self.record.id)

    @strawberry.field(description="Unique in its kind (universes: in their market).")
    def name(self) -> str:
        """The name."""
        return str(self.record.name)

    @strawberry.field(description="Counts from 1.")
    def version(self) -> int:
        """The version."""
        return int(self.record.version)

    @strawberry.field(description="Whether no newer version exists.")
    def is_latest(self) -> bool:
        """Whether this is the newest version."""
        return bool(self.record.is_latest)

    @strawberry.field(description="All versions of the name, newest first.")
    async def versions(self, info: Info) -> list["Entity"]:
        """This name's versions."""
        return await versions_of(self.record, info)

    @strawberry.field(description="What its author wrote about it.")
    def description(self) -> str | None:
        """The description."""
        return self.record.description  # type: ignore[no-any-return]

    @strawberry.field(description="Labels of the name, in alphabetical order.")
    async def tags(self, info: Info) -> list[str]:
        """The tags of the name."""
        found = await info.context.loaders.load(reading.tags_of, self.record.name_id)
        return list(found or ())

    @strawberry.field(description="When this version was made.")
    def created_at(self) -> datetime:
        """When this version was made."""
        return self.record.created_at  # type: ignore[no-any-return]

    @strawberry.field(description="Who made this version.")
    def created_by(self) -> str:
        """Who made this version."""
        return str(self.record.created_by)

    @strawberry.field(description="When the name was archived; null while it is in use.")
    def archived_at(self) -> datetime | None:
        """When the name was archived."""
        return self.record.archived_at  # type: ignore[no-any-return]

    @strawberry.field(description="What lies upstream, downstream or both, as nodes and edges.")
    async def lineage(
        self,
        info: Info,
        direction: Annotated[
            LineageDirection, strawberry.argument(description="Which way to walk.")
        ] = LineageDirection.BOTH,
        max_depth: Annotated[
            int, strawberry.argument(description="How many steps to walk, 1 to 100.")
        ] = 3,
        kinds: Annotated[
            list[EntityKind] | None,
            strawberry.argument(description="The kinds to show; all are walked."),
        ] = None,
        limit: Annotated[
            int, strawberry.argument(description="How many to show besides this one, to 5,000.")
        ] = 500,
    ) -> Annotated["Lineage", strawberry.lazy("schema.lineage")]:
        """The neighbourhood of this entity."""
        from schema.lineage import lineage_of

        return await lineage_of(self.record, direction, max_depth, kinds, limit, info)

    @strawberry.field(
        description=(
            "Whether the stored results still match today's inputs, and if not, why. "
            "Never starts a computation."
        )
    )
    async def staleness(
        self,
        info: Info,
        universe: Annotated[
            EntityRef | None,
            strawberry.argument(description="Over which universe; the default one if left out."),
        ] = None,
    ) -> Annotated["Staleness", strawberry.lazy("schema.standing")]:
        """How the kept results stand."""
        from schema.standing import staleness_of

        return await staleness_of(self.record, universe, info)

    @strawberry.field(description="The same in one word, for lists. Never starts a computation.")
    async def status(self, info: Info) -> EntityStatus:
        """How the kept results stand, in one word."""
        from schema.standing import status_of

        return await status_of(self.record, info)


async def versions_of(record: AnyEntity, info: Info) -> list[Any]:
    """All versions of a record's name, newest first, as clients see them."""
    versions = await info.context.loaders.load(reading.versions_of, record.name_id)
    return [entity_of(version) for version in versions or ()]
