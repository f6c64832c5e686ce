"""Imported factors enter the catalogue: all that come together, or none."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.defining import NewFactor, factor_draft, factor_set_draft
from catalog.definitions import write_factor_set, write_factors
from catalog.dialects import among
from catalog.sources import ENTITY, FACTOR, FACTOR_SET_MEMBER, NAME
from catalog.versions import Version, put_version
from domain.errors import NameTakenError
from domain.names import EntityKind
from domain.specs import FactorOrigin


async def put_factors(
    session: AsyncSession, factors: Sequence[NewFactor], *, author: str
) -> list[Version]:
    """Write imported factors under new names, or as the next versions of imported ones.

    Values that are those of the latest version, with the same description, make no version.

    Returns:
        Their versions, in order.

    Raises:
        BadInputError: A name breaks the rule.
        NameTakenError: A factor that is an expression has one of the names, archived or not.
    """
    written: dict[str, Version] = {}
    for new in sorted(factors, key=lambda one: one.name):  # in one order, so that nobody deadlocks
        written[new.name] = await put_version(session, factor_draft(new), author)
    added = [(written[new.name].id, new.spec) for new in factors if written[new.name].is_new]
    if added:
        await write_factors(session, added)
    await _require_imported(session, list(written))
    return [written[new.name] for new in factors]


async def put_factor_set(
    session: AsyncSession,
    name: str,
    factor_ids: Sequence[int],
    *,
    description: str | None,
    author: str,
) -> Version:
    """Write a set of factors under a new name, or as the next version of one that is there.

    Raises:
        BadInputError: The name breaks the rule, or a factor stands twice.
        NameTakenError: The newest set of that name holds factors that are expressions.
    """
    await require_set_of_imported(session, name)
    draft = factor_set_draft(name, factor_ids, description)
    version = await put_version(session, draft, author)
    if version.is_new:
        await write_factor_set(session, version.id, factor_ids)
    return version


async def require_set_of_imported(session: AsyncSession, name: str) -> None:
    """Check that an import may make the next version of a factor set, if there is one.

    Raises:
        NameTakenError: It holds factors that are expressions, which the next version would lose.
    """
    newest = (
        select(ENTITY.c.id)
        .join(NAME, ENTITY.c.name_id == NAME.c.id)
        .where(NAME.c.name == name, NAME.c.kind == EntityKind.FACTOR_SET.value)
        .order_by(ENTITY.c.version.desc())
        .limit(1)
        .scalar_subquery()
    )
    expressions = (
        select(FACTOR_SET_MEMBER.c.factor_set_id, func.count().label("held"))
        .join(FACTOR, FACTOR.c.entity_id == FACTOR_SET_MEMBER.c.factor_id)
        .where(
            FACTOR_SET_MEMBER.c.factor_set_id == newest,
            FACTOR.c.origin != FactorOrigin.IMPORTED.value,
        )
        .group_by(FACTOR_SET_MEMBER.c.factor_set_id)
    )
    if found := (await session.execute(expressions)).one_or_none():
        raise NameTakenError(
            f"The name {name!r} is taken by a factor set that holds expressions ({found.held:,} "
            "of them), and its next version would hold what is imported and nothing else; give "
            "the set another name.",
            found.factor_set_id,
            "set",
        )


async def expressions_named(
    session: AsyncSession, names: Sequence[str] | None = None
) -> dict[str, int]:
    """The names that factors have which are expressions, each with its newest version.

    Args:
        session: Where to look.
        names: Only these; None for all.
    """
    expressions = (
        select(NAME.c.name, ENTITY.c.id)
        .join(ENTITY, ENTITY.c.name_id == NAME.c.id)
        .join(FACTOR, FACTOR.c.entity_id == ENTITY.c.id)
        .where(FACTOR.c.origin != FactorOrigin.IMPORTED.value)
        .order_by(ENTITY.c.version)
    )
    if names is not None:
        expressions = expressions.where(among(NAME.c.name, names))
    return {row.name: row.id for row in await session.execute(expressions)}


async def _require_imported(session: AsyncSession, names: Sequence[str]) -> None:
    # The names are locked by now, so nobody else can give one of them an expression.
    for name, version in (await expressions_named(session, names)).items():
        raise NameTakenError(
            f"The name {name!r} is taken by a factor that is an expression, and an import makes "
            "no version of one; give the imported factor another name.",
            version,
            "name",
        )
