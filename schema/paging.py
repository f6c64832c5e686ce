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
    records = await loaders.load(relation.pages, parent_id, page) or _EMPTY
    loaders.know_entities(records.items)

    async def count() -> int:
        return await loaders.load(relation.counts, parent_id) or 0

    return Connection(records=records, convert=convert, count=count)


async def listed(
    pages: Callable[..., Awaitable[Slice[T]]],
    count: Callable[..., Awaitable[int]],
    query: Any,
    *order_and_page: Any,
    info: Info,
    convert: Callable[[T], Any] = entity_of,  # type: ignore[assignment]
) -> Connection[Any]:
    """One page of a list that stands at the root.

    Args:
        pages: A function of `catalog.listing` that reads a page.
        count: The one that counts.
        query: Which entries, for both.
        order_and_page: What `pages` takes besides.
        info: Of the field.
        convert: From a record to what clients see.
    """
    loaders = info.context.loaders
    records = await loaders.read(pages, query, *order_and_page)
    loaders.know_entities(records.items)
    return Connection(records=records, convert=convert, count=lambda: loaders.read(count, query))
