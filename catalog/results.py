"""The index of kept results, and the figures that lists show."""

from collections.abc import Iterable
from dataclasses import asdict, fields
from datetime import timedelta

from sqlalchemy import ColumnElement, Table, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.dialects import among
from catalog.sources import HEADLINE
from catalog.tables import ResultRow, metadata
from catalog.tables.base import now
from catalog.upserts import upsert
from domain.records import HeadlineRecord, ResultRecord
from domain.results import NewResult
from domain.runs import RunKind

RESULT: Table = metadata.tables[ResultRow.__tablename__]
_RECORD = [RESULT.c[field.name] for field in fields(ResultRecord)]
_TOUCH_EVERY = timedelta(minutes=1)


async def find_results(session: AsyncSession, keys: Iterable[str]) -> dict[str, ResultRecord]:
    """The kept results of these keys; keys without one are left out."""
    rows = await session.execute(select(*_RECORD).where(among(RESULT.c.key, keys)))
    return {row.key: ResultRecord(**row._mapping) for row in rows}


async def results_of_entities(
    session: AsyncSession, entity_ids: Iterable[int], kind: RunKind
) -> dict[int, tuple[ResultRecord, ...]]:
    """The kept results of a kind that were first computed for these entities.

    Those on the newest data come first, and of one snapshot the last that was computed; entities
    without any are left out.
    """
    found: dict[int, list[ResultRecord]] = {}
    rows = await session.execute(
        select(*_RECORD)
        .where(among(RESULT.c.entity_id, entity_ids), RESULT.c.kind == kind.value)
        .order_by(RESULT.c.snapshot_id.desc(), RESULT.c.computed_at.desc(), RESULT.c.key)
    )
    for row in rows:
        found.setdefault(row.entity_id, []).append(ResultRecord(**row._mapping))
    return {entity_id: tuple(results) for entity_id, results in found.items()}


async def keep_result(session: AsyncSession, new: NewResult) -> ResultRecord:
    """Keep a result and return what is kept: the first of two under one key."""
    moment = now()
    row = {
        **{field.name: getattr(new, field.name) for field in fields(new)},
        "kind": new.kind.value,
        "document": dict(new.document),
        "artifacts": dict(new.artifacts),
        "computed_at": moment,
        "last_used_at": moment,
    }
    await session.execute(upsert(session, RESULT).values(row).on_conflict_do_nothing())
    return (await find_results(session, [new.key]))[new.key]


async def idle_results(session: AsyncSession, keys: Iterable[str]) -> tuple[str, ...]:
    """Those of these keys whose use is to be marked, since it last was over a minute ago."""
    idle = select(RESULT.c.key).where(among(RESULT.c.key, keys), _is_idle())
    return tuple(await session.scalars(idle.order_by(RESULT.c.key)))


async def touch(session: AsyncSession, keys: Iterable[str]) -> None:
    """Mark results as used now; those marked within the last minute stay as they are."""
    used = update(RESULT).where(among(RESULT.c.key, keys), _is_idle())
    await session.execute(used.values(last_used_at=now()))


async def bytes_kept(session: AsyncSession) -> int:
    """Size of all artifacts of all results; what several results share counts for each."""
    return int(await session.scalar(select(func.coalesce(func.sum(RESULT.c.bytes), 0))) or 0)


async def drop_result(session: AsyncSession, key: str) -> None:
    """Forget a result, as when its files are gone; its headline stays until the next."""
    await session.execute(delete(RESULT).where(RESULT.c.key == key))


async def headlines(session: AsyncSession, entity_ids: Iterable[int]) -> dict[int, HeadlineRecord]:
    """The newest figures of these entities; entities without any are left out."""
    rows = await session.execute(select(HEADLINE).where(among(HEADLINE.c.entity_id, entity_ids)))
    return {row.entity_id: HeadlineRecord(**row._mapping) for row in rows}


async def put_headline(session: AsyncSession, headline: HeadlineRecord) -> None:
    """Show these figures of an entity, unless those of newer data of their universe are shown."""
    row = asdict(headline)
    put = upsert(session, HEADLINE).values(row)
    shown = put.on_conflict_do_update(
        index_elements=["entity_id"],
        set_={name: value for name, value in row.items() if name != "entity_id"},
        where=or_(
            HEADLINE.c.universe_id != put.excluded.universe_id,
            HEADLINE.c.snapshot_id <= put.excluded.snapshot_id,
        ),
    )
    await session.execute(shown)


def _is_idle() -> ColumnElement[bool]:
    return RESULT.c.last_used_at < now() - _TOUCH_EVERY
