"""Versions: the first of a new name, and the next of one that is there."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.dialects import check_text
from catalog.naming import attach_tags, check_tags, claim_names, hold_name
from catalog.sources import EDGE, ENTITY, NAME
from catalog.tables.base import now
from domain.errors import ConflictError, NotFoundError
from domain.keys import content_key
from domain.lineage import LineageRelation
from domain.names import EntityKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a version is to say. Equal definitions with equal descriptions are one version.

    Attributes:
        kind: What it is.
        scope: The market of a universe; empty for all others.
        name: Its name.
        definition: Everything that makes it what it is.
        description: For people; None in a revision keeps the one that is there.
        tags: Put on the name when it is new.
    """

    kind: EntityKind
    name: str
    definition: object
    scope: str = ""
    description: str | None = None
    tags: tuple[str, ...] = ()

    def content(self, description: str | None) -> str:
        """The hash that tells one version from another."""
        return content_key(self.kind.value, [self.definition, description])


@dataclass(frozen=True, slots=True)
class Version:
    """The row of an entity, and whether it was written now."""

    id: int
    is_new: bool


async def create_versions(
    session: AsyncSession, kind: EntityKind, drafts: Sequence[Draft], author: str
) -> list[int]:
    """Write the first versions of new names, with their tags; returns their rows in order.

    Raises:
        BadInputError: A name or tag breaks its rule.
        NameTakenError: A name is in use, archived or not.
    """
    tags = {draft.name: check_tags(draft.tags) for draft in drafts}
    names = await claim_names(session, kind, [draft.name for draft in drafts])
    await attach_tags(session, [(names[name], tag) for name in names for tag in tags[name]])
    rows = [_row(draft, names[draft.name], 1, draft.description, author) for draft in drafts]
    written = insert(ENTITY).returning(ENTITY.c.id, sort_by_parameter_order=True)
    return list((await session.execute(written, rows)).scalars())


async def revise(
    session: AsyncSession, draft: Draft, expected_version: int | None, author: str
) -> Version:
    """Write the next version of a name, or find that the latest says the same already.

    Raises:
        NotFoundError: Nothing has the name.
        ConflictError: The latest version is not `expected_version`.
    """
    latest = await _lock_latest(session, draft)
    if latest is None:
        raise NotFoundError(
            f"There is no {draft.kind.noun} named {draft.name!r}; create it first.", "input.name"
        )
    if expected_version is not None and expected_version != latest.latest_version:
        raise ConflictError(
            f"Version {expected_version} of the {draft.kind.noun} {draft.name!r} was expected to "
            f"be the latest, but version {latest.latest_version} is; look at it and send the edit "
            "again.",
            "input.expectedVersion",
        )
    return await _advance(session, draft, latest, author)


async def put_version(session: AsyncSession, draft: Draft, author: str) -> Version:
    """Write the next version of a name, its first if it is new, unless the latest says the same.

    Raises:
        BadInputError: The name breaks the rule.
    """
    await hold_name(session, draft.kind, draft.scope, draft.name)
    latest = await _lock_latest(session, draft)
    assert latest is not None, "the name was made sure of above"
    return await _advance(session, draft, latest, author)


async def add_edges(
    session: AsyncSession, edges: Sequence[tuple[int, LineageRelation, int]]
) -> None:
    """Write edges, given as source, relation and target; an edge given twice is one."""
    rows = [
        {"source_id": source, "relation": relation.value, "target_id": target}
        for source, relation, target in dict.fromkeys(edges)
    ]
    if rows:
        await session.execute(insert(EDGE), rows)


Latest = Row[int, int, int | None, str | None, str | None]
"""Name row, number of the latest version, and that version's row, content and description."""


async def _lock_latest(session: AsyncSession, draft: Draft) -> Latest | None:
    # Held until the end of the transaction: whoever revises the name next sees what is written.
    name = select(NAME.c.id).where(
        NAME.c.kind == draft.kind.value, NAME.c.scope == draft.scope, NAME.c.name == draft.name
    )
    name_id = await session.scalar(name.with_for_update())
    if name_id is None:
        return None
    latest = (ENTITY.c.name_id == NAME.c.id) & (ENTITY.c.version == NAME.c.latest_version)
    rows = await session.execute(
        select(
            NAME.c.id.label("name_id"),
            NAME.c.latest_version,
            ENTITY.c.id,
            ENTITY.c.content,
            ENTITY.c.description,
        )
        .select_from(NAME)
        .outerjoin(ENTITY, latest)
        .where(NAME.c.id == name_id)
    )
    return rows.one()


async def _advance(session: AsyncSession, draft: Draft, latest: Latest, author: str) -> Version:
    description = latest.description if draft.description is None else draft.description
    if latest.id is not None and latest.content == draft.content(description):
        return Version(latest.id, is_new=False)
    number = await _take_next(session, latest.name_id)
    row = _row(draft, latest.name_id, number, description, author)
    written = await session.execute(insert(ENTITY).returning(ENTITY.c.id), row)
    return Version(written.scalar_one(), is_new=True)


async def _take_next(session: AsyncSession, name_id: int) -> int:
    # One more than was ever given: the rows of versions that were dropped stay, for their numbers.
    given = select(func.coalesce(func.max(ENTITY.c.version), 0)).where(ENTITY.c.name_id == name_id)
    raised = (
        update(NAME)
        .where(NAME.c.id == name_id)
        .values(latest_version=given.scalar_subquery() + 1)
        .returning(NAME.c.latest_version)
    )
    number: int = (await session.execute(raised)).scalar_one()
    return number


def _row(
    draft: Draft, name_id: int, version: int, description: str | None, author: str
) -> dict[str, object]:
    return {
        "name_id": name_id,
        "kind": draft.kind.value,
        "version": version,
        "content": draft.content(description),
        "description": None
        if description is None
        else check_text(description, "input.description"),
        "created_at": now(),
        "created_by": author,
    }
