"""How a field becomes a connection, batched over all parents that ask for the same page."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from catalog.paging import PageRequest, Slice
from catalog.relations import Relation
from schema.connections import Connection
from schema.context import Info
from schema.entities import entity_of

T = TypeVar("T")
_EMPTY: Slice[Any] = Slice((), (), has_next_page=False, has_previous_page=False)


async def related(
    relation: Relation[T],
    parent_id: int,
    page: PageRequest,
    info: Info,
    convert: Callable[[T], Any] = entity_of,  # type: ignore[assignment]
) -> Connection[Any]:
    """One page of what a parent has."""
    loaders = info.context.loaders
    records = await loaders.load(relation.pages, parent_id, page)

    async def count() -> int:
        return await loaders.load(relation.counts, parent_id) or 0

    return Connection(records=records or _EMPTY, convert=convert, count=count)


def listed(
    records: Slice[Any],
    count: Callable[[], Awaitable[int]],
    convert: Callable[[Any], Any] = entity_of,
) -> Connection[Any]:
    """One page of a list that stands at the root."""
    return Connection(records=records, convert=convert, count=count)
