"""Which kept result stands for an entity at default arguments, over which universe."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from catalog.results import find_results
from catalog.tables import StandingRow
from catalog.upserts import upsert
from domain.records import ResultRecord

STANDING: Table = StandingRow.metadata.tables["standing"]


async def put_standing(
    session: AsyncSession,
    entity_id: int,
    universe_name_id: int,
    result_key: str,
    computed_at: datetime,
) -> None:
    """Let a result stand for an entity, in place of the one that did."""
    figures = {"result_key": result_key, "computed_at": computed_at}
    place = {"entity_id": entity_id, "universe_name_id": universe_name_id}
    insert = upsert(session, STANDING).values(**place, **figures)
    await session.execute(insert.on_conflict_do_update(index_elements=list(place), set_=figures))


async def standing_results(
    session: AsyncSession, entity_ids: Collection[int], universe_name_id: int
) -> dict[int, ResultRecord]:
    """The results that stand for entities over one universe; those that have none are left out."""
    standing = select(col(StandingRow.entity_id), col(StandingRow.result_key)).where(
        col(StandingRow.entity_id).in_(entity_ids),
        col(StandingRow.universe_name_id) == universe_name_id,
    )
    keys = {row.entity_id: row.result_key for row in await session.execute(standing)}
    results = await find_results(session, set(keys.values()))
    return {entity_id: results[key] for entity_id, key in keys.items() if key in results}
