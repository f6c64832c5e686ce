"""The lineage: what an entity rests on and what rests on it, as nodes and edges."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import orjson
from sqlalchemy import ColumnElement, select, union
from sqlalchemy import func as sql
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.dialects import among, gathered, in_code_order, within
from catalog.sources import EDGE, ENTITY, NAME
from domain.errors import BadInputError, NotFoundError
from domain.names import EntityKind
from domain.records import EdgeRecord
from domain.walks import LineageDirection, LineageNode, LineageWalk

_Degrees = dict[int, int]

_STEPS = {
    LineageDirection.UPSTREAM: (EDGE.c.target_id, EDGE.c.source_id),
    LineageDirection.DOWNSTREAM: (EDGE.c.source_id, EDGE.c.target_id),
}


@dataclass(frozen=True, slots=True)
class _Place:
    degree: int
    direction: LineageDirection


async def walk(
    session: AsyncSession,
    root_id: int,
    direction: LineageDirection = LineageDirection.BOTH,
    max_depth: int = 3,
    kinds: Collection[EntityKind] | None = None,
    limit: int = 500,
) -> LineageWalk:
    """Walk from an entity along the edges, level by level.

    BOTH is one walk upstream and one downstream, never a turn between them: all that two models
    share is a market, and a walk that turned there would call the whole catalogue related. An
    entity found by both walks, which takes a cycle, has direction BOTH and the smaller degree.

    Args:
        root_id: The version where the walk begins.
        direction: Which way to go.
        max_depth: How many steps at most.
        kinds: What is shown besides the root; everything is walked through. None shows all.
        limit: How many nodes besides the root are shown, by degree, then name, then id.

    Raises:
        BadInputError: A negative depth or limit.
        NotFoundError: There is no such version.
    """
    _check("maxDepth", max_depth)
    _check("limit", limit)
    places = await _places(session, root_id, direction, max_depth)
    ids_by_kind = await _by_kind(session, places)
    if not any(root_id in ids for ids in ids_by_kind.values()):
        raise NotFoundError(f"There is no entity with the row {root_id}.")
    found = {
        kind: [row for row in ids if row == root_id or kinds is None or kind in kinds]
        for kind, ids in ids_by_kind.items()
    }
    others = {row: places[row].degree for ids in found.values() for row in ids if row != root_id}
    shown = [root_id, *await _first(session, others, limit)]
    hidden = await _hidden_neighbours(session, shown)
    return LineageWalk(
        nodes=tuple(
            LineageNode(row, places[row].degree, places[row].direction, hidden.get(row, 0))
            for row in shown
        ),
        edges=await _edges(session, shown),
        counts_by_kind={kind: len(ids) for kind, ids in sorted(found.items()) if ids},
        is_partial=len(others) > limit,
    )


def _check(field: str, value: int) -> None:
    if value < 0:
        raise BadInputError(f"{field} is {value}; give 0 or more.", field)


async def _places(
    session: AsyncSession, root_id: int, direction: LineageDirection, max_depth: int
) -> dict[int, _Place]:
    places: dict[int, _Place] = {}
    for way in _STEPS if direction is LineageDirection.BOTH else (direction,):
        for row, degree in (await _degrees(session, root_id, way, max_depth)).items():
            if row in places:
                degree, way_there = min(degree, places[row].degree), LineageDirection.BOTH
            else:
                way_there = way
            places[row] = _Place(degree, way_there)
    return {**places, root_id: _Place(0, LineageDirection.BOTH)}


async def _degrees(
    session: AsyncSession, root_id: int, way: LineageDirection, max_depth: int
) -> _Degrees:
    """The distance of everything that lies this way, one statement a level."""
    here, there = _STEPS[way]
    degrees = {root_id: 0}
    frontier = [root_id]
    for degree in range(1, max_depth + 1):
        neighbours = select(gathered(there)).where(among(here, frontier))
        reached = set(_numbers(await session.scalar(neighbours))).difference(degrees)
        if not reached:
            break
        degrees.update(dict.fromkeys(reached, degree))
        frontier = sorted(reached)
    return degrees


async def _by_kind(session: AsyncSession, ids: Collection[int]) -> dict[EntityKind, list[int]]:
    statement = (
        select(ENTITY.c.kind, gathered(ENTITY.c.id))
        .where(among(ENTITY.c.id, ids))
        .group_by(ENTITY.c.kind)
    )
    rows = await session.execute(statement)
    return {EntityKind(kind): _numbers(gathered_ids) for kind, gathered_ids in rows}


async def _first(session: AsyncSession, degrees: Mapping[int, int], limit: int) -> list[int]:
    """The rows that the limit leaves, by degree, then name, then id.

    Only whole levels up to the limit are sorted, since what lies further is cut anyway.
    """
    levels: defaultdict[int, list[int]] = defaultdict(list)
    for row, degree in degrees.items():
        levels[degree].append(row)
    wanted: list[int] = []
    for _, level in sorted(levels.items()):
        if len(wanted) >= limit:
            break
        wanted += level
    statement = (
        select(ENTITY.c.id)
        .join(NAME, NAME.c.id == ENTITY.c.name_id)
        .where(among(ENTITY.c.id, wanted))
        .order_by(in_code_order(NAME.c.name), ENTITY.c.id)
    )
    by_name = await session.scalars(statement)
    return sorted(by_name, key=degrees.__getitem__)[:limit]


async def _edges(session: AsyncSession, ids: Collection[int]) -> tuple[EdgeRecord, ...]:
    statement = (
        select(EDGE.c.source_id, EDGE.c.target_id, EDGE.c.relation)
        .where(among(EDGE.c.source_id, ids), within(EDGE.c.target_id, ids))
        .order_by(EDGE.c.source_id, EDGE.c.target_id, EDGE.c.relation)
    )
    rows = await session.execute(statement)
    return tuple(
        EdgeRecord(source_id=source, target_id=target, relation=relation)
        for source, target, relation in rows
    )


async def _hidden_neighbours(session: AsyncSession, shown: Collection[int]) -> dict[int, int]:
    ways: list[tuple[ColumnElement[int], ColumnElement[int]]] = list(_STEPS.values())
    neighbours = union(
        *(
            select(here.label("row"), there.label("neighbour")).where(
                among(here, shown), ~within(there, shown)
            )
            for here, there in ways
        )
    ).subquery()
    statement = select(neighbours.c.row, sql.count()).group_by(neighbours.c.row)
    return dict((await session.execute(statement)).all())


def _numbers(text: str | None) -> list[int]:
    numbers: list[int] = orjson.loads(text or "[]")
    return numbers
