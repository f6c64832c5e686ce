"""What researchers define is written here, as the first or next version of a name."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from catalog.definitions import write_backtest, write_factor_set, write_factors, write_model
from catalog.versions import Draft, create_versions, revise
from domain.errors import BadInputError
from domain.names import EntityKind
from domain.specs import BacktestSpec, FactorSpec, ModelSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFactor:
    """A factor that is to be created under a new name."""

    name: str
    spec: FactorSpec
    description: str | None = None
    tags: tuple[str, ...] = ()


async def create_factors(
    session: AsyncSession, factors: Sequence[NewFactor], *, author: str
) -> list[int]:
    """Write many new factors at once, all or none, and return their rows in order.

    Raises:
        BadInputError: A name or tag breaks its rule, or a name stands twice.
        NameTakenError: A factor has one of the names, archived or not.
    """
    if not factors:
        return []
    drafts = [factor_draft(new) for new in factors]
    ids = await create_versions(session, EntityKind.FACTOR, drafts, author)
    await write_factors(session, zip(ids, (new.spec for new in factors), strict=True))
    return ids


async def create_factor(
    session: AsyncSession,
    name: str,
    spec: FactorSpec,
    *,
    description: str | None = None,
    tags: Iterable[str] = (),
    author: str,
) -> int:
    """Write a new factor and return the row of its first version.

    Raises:
        BadInputError: The name or a tag breaks its rule.
        NameTakenError: A factor has the name, archived or not.
    """
    new = NewFactor(name=name, spec=spec, description=description, tags=tuple(tags))
    return (await create_factors(session, [new], author=author))[0]


async def create_factor_set(
    session: AsyncSession,
    name: str,
    factor_ids: Sequence[int],
    *,
    description: str | None = None,
    tags: Iterable[str] = (),
    author: str,
) -> int:
    """Write a new set of factors, in this order, and return the row of its first version.

    Raises:
        BadInputError: The name or a tag breaks its rule, or a factor stands twice.
        NameTakenError: A factor set has the name, archived or not.
    """
    draft = factor_set_draft(name, factor_ids, description, tuple(tags))
    return await _create(session, draft, author, partial(write_factor_set, factor_ids=factor_ids))


async def create_model(
    session: AsyncSession,
    name: str,
    spec: ModelSpec,
    *,
    description: str | None = None,
    tags: Iterable[str] = (),
    author: str,
) -> int:
    """Write a new model and return the row of its first version.

    Raises:
        BadInputError: The name or a tag breaks its rule.
        NameTakenError: A model has the name, archived or not.
    """
    draft = _model(name, spec, description, tuple(tags))
    return await _create(session, draft, author, partial(write_model, spec=spec))


async def create_backtest(
    session: AsyncSession,
    name: str,
    spec: BacktestSpec,
    *,
    description: str | None = None,
    tags: Iterable[str] = (),
    author: str,
) -> int:
    """Write a new backtest and return the row of its first version.

    Raises:
        BadInputError: The name or a tag breaks its rule.
        NameTakenError: A backtest has the name, archived or not.
    """
    draft = _draft(EntityKind.BACKTEST, name, spec, description, tuple(tags))
    return await _create(session, draft, author, partial(write_backtest, spec=spec))


async def update_factor(
    session: AsyncSession,
    name: str,
    *,
    spec: FactorSpec,
    description: str | None = None,
    expected_version: int | None = None,
    author: str,
) -> int:
    """Write a factor's next version, unless the latest has this definition and description.

    Args:
        session: Where to write.
        name: The factor's name.
        spec: All of its definition; equal if its canonical expression is.
        description: None keeps the latest version's.
        expected_version: The version that the edit was made from, if that matters.
        author: Who edits.

    Returns:
        The row of the version written or found.

    Raises:
        NotFoundError: No factor has the name.
        ConflictError: `expected_version` is not the latest.
    """
    draft = factor_draft(NewFactor(name=name, spec=spec, description=description))
    write = partial(_write_factor, spec=spec)
    return await _update(session, draft, expected_version, author, write)


async def update_factor_set(
    session: AsyncSession,
    name: str,
    *,
    factor_ids: Sequence[int],
    description: str | None = None,
    expected_version: int | None = None,
    author: str,
) -> int:
    """Write a factor set's next version; in all else as `update_factor`.

    Raises:
        BadInputError: A factor stands twice.
    """
    draft = factor_set_draft(name, factor_ids, description)
    write = partial(write_factor_set, factor_ids=factor_ids)
    return await _update(session, draft, expected_version, author, write)


async def update_model(
    session: AsyncSession,
    name: str,
    *,
    spec: ModelSpec,
    description: str | None = None,
    expected_version: int | None = None,
    author: str,
) -> int:
    """Write a model's next version; in all else as `update_factor`."""
    draft = _model(name, spec, description)
    write = partial(write_model, spec=spec)
    return await _update(session, draft, expected_version, author, write)


async def update_backtest(
    session: AsyncSession,
    name: str,
    *,
    spec: BacktestSpec,
    description: str | None = None,
    expected_version: int | None = None,
    author: str,
) -> int:
    """Write a backtest's next version; in all else as `update_factor`."""
    draft = _draft(EntityKind.BACKTEST, name, spec, description)
    write = partial(write_backtest, spec=spec)
    return await _update(session, draft, expected_version, author, write)


Write = Callable[[AsyncSession, int], Awaitable[None]]
"""Writes the definition of the version that has a row."""


async def _create(session: AsyncSession, draft: Draft, author: str, write: Write) -> int:
    [row] = await create_versions(session, draft.kind, [draft], author)
    await write(session, row)
    return row


async def _update(
    session: AsyncSession, draft: Draft, expected_version: int | None, author: str, write: Write
) -> int:
    version = await revise(session, draft, expected_version, author)
    if version.is_new:
        await write(session, version.id)
    return version.id


async def _write_factor(session: AsyncSession, entity_id: int, spec: FactorSpec) -> None:
    await write_factors(session, [(entity_id, spec)])


def _draft(
    kind: EntityKind,
    name: str,
    definition: object,
    description: str | None,
    tags: tuple[str, ...] = (),
) -> Draft:
    return Draft(kind=kind, name=name, definition=definition, description=description, tags=tags)


def factor_draft(new: NewFactor) -> Draft:
    """What makes one version of a factor another than the next: its expression, or its values."""
    imported = new.spec.imported
    definition: dict[str, object] = {"origin": new.spec.origin}
    if imported is None:
        definition["canonical"] = new.spec.canonical
    else:
        definition |= {"market": imported.market, "panel": imported.panel}
    return _draft(EntityKind.FACTOR, new.name, definition, new.description, new.tags)


def _model(
    name: str, spec: ModelSpec, description: str | None, tags: tuple[str, ...] = ()
) -> Draft:
    # What models could not say when older ones were hashed counts only where it is said.
    later = {"purge_days": 0, "rolling": None, "derived_from_id": None, "rounds": None}
    said = {field.name: getattr(spec, field.name) for field in fields(spec)}
    definition = {
        name: value for name, value in said.items() if name not in later or value != later[name]
    }
    return _draft(EntityKind.MODEL, name, definition, description, tags)


def factor_set_draft(
    name: str, factor_ids: Sequence[int], description: str | None, tags: tuple[str, ...] = ()
) -> Draft:
    """What makes one version of a factor set another than the next: its factors, in order.

    Raises:
        BadInputError: A factor stands twice.
    """
    if len(set(factor_ids)) < len(factor_ids):
        raise BadInputError(
            f"A factor stands twice in the factor set {name!r}; name each factor once.",
            "input.factors",
        )
    return _draft(EntityKind.FACTOR_SET, name, tuple(factor_ids), description, tags)
