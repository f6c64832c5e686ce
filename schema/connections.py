"""Pages of things, after the Relay specification, with `nodes` and a count on demand."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Generic, TypeVar

import strawberry

from catalog.paging import PageRequest, Slice

Node = TypeVar("Node")

First = Annotated[
    int | None, strawberry.argument(description="How many, from the front; 50 if left out.")
]
After = Annotated[str | None, strawberry.argument(description="Those behind this cursor.")]
Last = Annotated[int | None, strawberry.argument(description="How many, from the back.")]
Before = Annotated[str | None, strawberry.argument(description="Those in front of this cursor.")]


@strawberry.type(description="Where a page stands in the whole.")
class PageInfo:
    """Relay's page information."""

    has_next_page: bool = strawberry.field(description="Whether more follow.")
    has_previous_page: bool = strawberry.field(description="Whether more precede.")
    start_cursor: str | None = strawberry.field(description="The first row's cursor.")
    end_cursor: str | None = strawberry.field(description="The last row's cursor.")


@strawberry.type(description="One row of a page.")
class Edge(Generic[Node]):
    """A node and where it stands."""

    node: Node = strawberry.field(description="The thing itself.")
    cursor: str = strawberry.field(description="Points at this row, for `after` and `before`.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[Node]):
    """A slice of records, turned into nodes when asked for."""

    records: strawberry.Private[Slice[Any]]
    convert: strawberry.Private[Callable[[Any], Any]]
    count: strawberry.Private[Callable[[], Awaitable[int]]]

    @strawberry.field(description="The things themselves.")
    def nodes(self) -> list[Node]:
        """The rows without their cursors."""
        return [self.convert(record) for record in self.records.items]

    @strawberry.field(description="The things with their cursors.")
    def edges(self) -> list[Edge[Node]]:
        """The rows with their cursors."""
        rows = zip(self.records.items, self.records.cursors, strict=True)
        return [Edge(node=self.convert(record), cursor=cursor) for record, cursor in rows]

    @strawberry.field(description="Where this page stands.")
    def page_info(self) -> PageInfo:
        """What lies before and behind."""
        cursors = self.records.cursors
        return PageInfo(
            has_next_page=self.records.has_next_page,
            has_previous_page=self.records.has_previous_page,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        )

    @strawberry.field(description="How many there are in all; counted only when selected.")
    async def total_count(self) -> int:
        """The length of the whole list."""
        return await self.count()


__all__ = ["After", "Before", "Connection", "Edge", "First", "Last", "PageInfo", "PageRequest"]
