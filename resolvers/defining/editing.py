"""Who defines, with what, and how a definition is written: whole or not at all."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from catalog.database import Database
from catalog.dialects import check_text
from catalog.naming import check_tags
from catalog.reading import entities_by_ids, find_entities
from catalog.references import resolve
from domain.definitions import Definition, Revision
from domain.errors import ConflictError, NameTakenError
from domain.names import EntityKind, Reference, check_name
from domain.records import AnyEntity, EntityRecord
from resolvers.defining.faults import Faults
from resolvers.desk import Desk
from resolvers.lookups import Lookups

Record = TypeVar("Record", bound=EntityRecord)
Write = Callable[..., Awaitable[int]]
"""Takes a session and returns the row that it wrote or found."""

_TRIES = 10


@dataclass(frozen=True, slots=True)
class Editor:
    """Who writes, and what it takes."""

    database: Database
    desk: Desk
    author: str

    @property
    def lookups(self) -> Lookups:
        """The catalogue as it is."""
        return self.desk.lookups

    async def write(self, record: type[Record], write: Write) -> Record:
        """Write in one transaction, and return the version that is there after it."""
        async with self.database.begin() as session:
            row = await write(session)
            written = (await entities_by_ids(session, [row]))[row]
        assert isinstance(written, record)
        return written

    async def check_new(self, kind: EntityKind, definition: Definition, faults: Faults) -> None:
        """Gather what is wrong with what a definition says of itself."""
        if faults.attempt(check_name, definition.name) is not None:
            await self._check_free(kind, definition.name, faults)
        _check_description(definition.description, faults)
        faults.attempt(check_tags, definition.tags)

    async def _check_free(self, kind: EntityKind, name: str, faults: Faults) -> None:
        reference = Reference(name)
        async with self.database.read() as session:
            found = (await find_entities(session, kind, [reference]))[reference]
        for taken in found:
            state = "archived" if taken.archived_at else "in use"
            message = (
                f"The name {name!r} is taken by a {kind.noun} that is {state}; choose another, "
                "or update that one to make its next version."
            )
            faults.append(NameTakenError(message, taken.id, "input.name"))


async def revise(
    kind: EntityKind,
    revision: Revision,
    editor: Editor,
    rewrite: Callable[[Record], Awaitable[Record]],
) -> Record:
    """Have the next version made from the latest, anew if another edit comes in between.

    Args:
        kind: What is edited.
        revision: The edit.
        editor: Who edits.
        rewrite: Writes the edit over the version it is given, which must still be the latest.

    Raises:
        NotFoundError: Nothing has the name.
        ConflictError: The latest version is not the one that the edit was made from.
    """
    check_name(revision.name)
    for tries_left in reversed(range(_TRIES)):
        latest = await _latest(kind, revision.name, editor.database)
        _require_expected(revision, latest)
        try:
            return await rewrite(latest)  # type: ignore[arg-type]
        except ConflictError:
            if not tries_left:
                raise
    raise AssertionError("the last try returns or raises")


def check_revision(revision: Revision, faults: Faults) -> None:
    """Gather what is wrong with what an edit says of itself."""
    _check_description(revision.description, faults)


def _check_description(description: str | None, faults: Faults) -> None:
    if description is not None:
        faults.attempt(check_text, description, "input.description")


async def _latest(kind: EntityKind, name: str, database: Database) -> AnyEntity:
    # Not through the lookups, which may remember what was the latest before.
    async with database.read() as session:
        return await resolve(session, kind, name, "input.name")


def _require_expected(revision: Revision, latest: EntityRecord) -> None:
    expected = revision.expected_version
    if expected is not None and expected != latest.version:
        raise ConflictError(
            f"The edit was made from version {expected} of {latest.name}, and version "
            f"{latest.version} is the latest; look at that one and edit it.",
            "input.expectedVersion",
        )
