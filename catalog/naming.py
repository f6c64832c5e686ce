"""Names of entities: taking them, tagging them, archiving them."""

from collections import Counter
from collections.abc import Iterable, Sequence

from sqlalchemy import and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.dialects import among, check_text
from catalog.sources import ENTITY, NAME, TAG
from catalog.tables.base import now
from catalog.upserts import upsert
from domain.errors import BadInputError, NameTakenError
from domain.names import EntityKind, check_name

MAX_TAG_LENGTH = 100


async def claim_names(
    session: AsyncSession, kind: EntityKind, names: Sequence[str]
) -> dict[str, int]:
    """Take new names and return the row of each; their first versions are the caller's to write.

    Raises:
        BadInputError: A name breaks the rule, or stands twice.
        NameTakenError: A name is in use, archived or not.
    """
    if twice := [name for name, times in Counter(names).items() if times > 1]:
        raise BadInputError(
            f"The name {twice[0]!r} stands twice; give every new {kind.noun} its own.", "input.name"
        )
    # In one order, so that two who take the same names wait for each other and never in a circle.
    rows = [_row(kind, "", check_name(name), version=1) for name in sorted(names)]
    claim = upsert(session, NAME).on_conflict_do_nothing().returning(NAME.c.name, NAME.c.id)
    async with session.begin_nested():  # all of them or none, whatever the caller does next
        claimed = {row.name: row.id for row in await session.execute(claim, rows)}
        for name in names:
            if name not in claimed:
                raise await _taken(session, kind, name)
    return claimed


async def hold_name(session: AsyncSession, kind: EntityKind, scope: str, name: str) -> None:
    """Make sure that a name exists, without a version if it is new."""
    row = _row(kind, scope, check_name(name), version=0)
    await session.execute(upsert(session, NAME).on_conflict_do_nothing(), row)


def check_tags(tags: Iterable[str], field: str = "input.tags") -> tuple[str, ...]:
    """Return each tag once, in order, if all may be tags.

    Raises:
        BadInputError: A tag is blank, longer than 100 characters, or holds a zero character.
    """
    unique = tuple(dict.fromkeys(tags))
    for tag in unique:
        if not tag.strip() or len(tag) > MAX_TAG_LENGTH:
            raise BadInputError(
                f"{tag!r} cannot be a tag: write 1 to {MAX_TAG_LENGTH} characters that are not "
                "all blank.",
                field,
            )
        check_text(tag, field)
    return unique


async def set_tags(
    session: AsyncSession, name_id: int, add: Iterable[str] = (), remove: Iterable[str] = ()
) -> None:
    """Take tags off a name and put others on; a tag in both is on.

    Raises:
        BadInputError: A tag to add is not one.
    """
    added, removed = check_tags(add, "input.add"), list(remove)
    if removed:
        await session.execute(
            delete(TAG).where(TAG.c.name_id == name_id, among(TAG.c.tag, removed))
        )
    await attach_tags(session, [(name_id, tag) for tag in added])


async def attach_tags(session: AsyncSession, tags: Sequence[tuple[int, str]]) -> None:
    """Put tags on names, given as rows of names and checked tags."""
    if tags:
        rows = [{"name_id": name_id, "tag": tag} for name_id, tag in tags]
        await session.execute(upsert(session, TAG).on_conflict_do_nothing(), rows)


async def set_archived(session: AsyncSession, name_id: int, archived: bool) -> None:
    """Archive a name, keeping the moment of the first time, or take it back."""
    change = update(NAME).where(NAME.c.id == name_id)
    if archived:
        await session.execute(change.where(NAME.c.archived_at.is_(None)).values(archived_at=now()))
    else:
        await session.execute(change.values(archived_at=None))


def _row(kind: EntityKind, scope: str, name: str, version: int) -> dict[str, object]:
    return {"kind": kind.value, "scope": scope, "name": name, "latest_version": version}


async def _taken(session: AsyncSession, kind: EntityKind, name: str) -> NameTakenError:
    latest = and_(ENTITY.c.name_id == NAME.c.id, ENTITY.c.version == NAME.c.latest_version)
    found = select(ENTITY.c.id).join(NAME, latest)
    rows = await session.execute(found.where(NAME.c.kind == kind.value, NAME.c.name == name))
    return NameTakenError(
        f"There is a {kind.noun} named {name!r} already; choose another name, or make its next "
        "version by updating it.",
        rows.scalar_one(),
        "input.name",
    )
