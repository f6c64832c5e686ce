"""Entities by id and by name, many at once: the statements do not grow with what is asked."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import TypeVar

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.dialects import among, in_code_order
from catalog.shapes import OF_KIND, Shape
from catalog.sources import ENTITY, NAME, TAG
from domain.names import NAME_PATTERN, EntityKind, Reference
from domain.records import AnyEntity, UniverseRecord

T = TypeVar("T")


async def entities_by_ids(session: AsyncSession, ids: Collection[int]) -> dict[int, AnyEntity]:
    """Read versions of any kind; ids that name nothing are left out."""
    found = select(ENTITY.c.id, ENTITY.c.kind).where(among(ENTITY.c.id, ids))
    ids_by_kind: defaultdict[str, list[int]] = defaultdict(list)
    for row in await session.execute(found):
        ids_by_kind[row.kind].append(row.id)
    entities: dict[int, AnyEntity] = {}
    for kind, of_kind in ids_by_kind.items():
        entities |= await entities_of_kind(session, EntityKind(kind), of_kind)
    return entities


async def entities_of_kind(
    session: AsyncSession, kind: EntityKind, ids: Collection[int]
) -> dict[int, AnyEntity]:
    """Read versions of one kind; ids that name nothing of this kind are left out."""
    return await records_by_ids(session, OF_KIND[kind], ids)


async def records_by_ids(
    session: AsyncSession, shape: Shape[T], ids: Collection[int]
) -> dict[int, T]:
    """Read records of one shape, in one statement; ids that name nothing are left out."""
    identified = shape.select().add_columns(shape.identity.label("identified"))
    rows = await session.execute(identified.where(among(shape.identity, ids)))
    return {row.identified: shape.record(row) for row in rows}


async def find_entities(
    session: AsyncSession, kind: EntityKind, references: Iterable[Reference]
) -> dict[Reference, tuple[AnyEntity, ...]]:
    """Find versions by name, in one statement.

    The qualifier of a universe is its market; other kinds have none, and theirs is ignored.

    Returns:
        For each reference all that fits it, by market: nothing, one, or a universe of that name
        in each of several markets. A version left out means the latest.
    """
    asked = list(references)
    by_name = await versions_named(session, kind, asked)
    return {
        reference: tuple(entity for entity in by_name[reference.name] if fits(entity, reference))
        for reference in asked
    }


def fits(entity: AnyEntity, reference: Reference) -> bool:
    """Whether a reference to this kind of entity names this version."""
    if isinstance(entity, UniverseRecord) and reference.qualifier not in (None, entity.market):
        return False
    version = entity.latest_version if reference.version is None else reference.version
    return (entity.name, entity.version) == (reference.name, version)


async def versions_named(
    session: AsyncSession, kind: EntityKind, references: Sequence[Reference]
) -> dict[str, list[AnyEntity]]:
    """Of each name the latest version and those that are asked for, in every market, by market."""
    shape = OF_KIND[kind]
    names = {reference.name for reference in references}
    versions = {reference.version for reference in references if reference.version is not None}
    statement = (
        shape.select()
        .where(NAME.c.kind == kind.value, among(NAME.c.name, filter(NAME_PATTERN.fullmatch, names)))
        .where(or_(ENTITY.c.version == NAME.c.latest_version, among(ENTITY.c.version, versions)))
        .order_by(in_code_order(NAME.c.scope))
    )
    by_name: dict[str, list[AnyEntity]] = {name: [] for name in names}
    for row in await session.execute(statement):
        by_name[row.name].append(shape.record(row))
    return by_name


async def versions_of(
    session: AsyncSession, name_ids: Collection[int]
) -> dict[int, tuple[AnyEntity, ...]]:
    """All versions of names, the newest first."""
    found = select(ENTITY.c.id).where(among(ENTITY.c.name_id, name_ids))
    ids = (await session.scalars(found)).all()
    versions: dict[int, list[AnyEntity]] = {name_id: [] for name_id in name_ids}
    for entity in (await entities_by_ids(session, ids)).values():
        versions[entity.name_id].append(entity)
    return {
        name_id: tuple(sorted(entities, key=lambda entity: -entity.version))
        for name_id, entities in versions.items()
    }


async def tags_of(session: AsyncSession, name_ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    """The tags of names, sorted."""
    found = select(TAG.c.name_id, TAG.c.tag).where(among(TAG.c.name_id, name_ids))
    tags: dict[int, list[str]] = {name_id: [] for name_id in name_ids}
    for row in await session.execute(found):
        tags[row.name_id].append(row.tag)
    return {name_id: tuple(sorted(found)) for name_id, found in tags.items()}
