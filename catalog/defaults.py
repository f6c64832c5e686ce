"""The default universe: set by the first import, changed only on purpose."""

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.sources import NAME
from catalog.tables import CatalogueSettingRow, metadata
from catalog.upserts import upsert
from domain.errors import NotFoundError
from domain.names import EntityKind

SETTING: Table = metadata.tables[CatalogueSettingRow.__tablename__]
DEFAULT_UNIVERSE = "default_universe"


async def default_universe(session: AsyncSession) -> tuple[str, str] | None:
    """The market and name of the catalogue's default universe; None before the first import."""
    value = await session.scalar(select(SETTING.c.value).where(SETTING.c.name == DEFAULT_UNIVERSE))
    if value is None:
        return None
    market, _, name = value.partition("/")
    return market, name


async def set_default_universe(session: AsyncSession, market: str, name: str) -> None:
    """Choose the universe that questions are about when they name none.

    Raises:
        NotFoundError: The market has no universe of this name.
    """
    known = select(NAME.c.id).where(
        NAME.c.kind == EntityKind.UNIVERSE.value,
        NAME.c.scope == market,
        NAME.c.name == name,
        NAME.c.latest_version > 0,
    )
    if await session.scalar(known) is None:
        raise NotFoundError(
            f"There is no universe {market}/{name}; name one of a market that was imported."
        )
    setting = {"name": DEFAULT_UNIVERSE, "value": f"{market}/{name}"}
    row = upsert(session, SETTING).values(setting)
    await session.execute(
        row.on_conflict_do_update(index_elements=["name"], set_={"value": setting["value"]})
    )


async def suggest_default_universe(session: AsyncSession, market: str, name: str) -> None:
    """Choose the default universe unless one is chosen."""
    setting = {"name": DEFAULT_UNIVERSE, "value": f"{market}/{name}"}
    await session.execute(upsert(session, SETTING).values(setting).on_conflict_do_nothing())
