"""Pages of lists: after a cursor rather than after a count, so they hold while lists grow."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Row, Select, func
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.ordering import Order
from catalog.shapes import Shape
from domain.errors import BadInputError

DEFAULT_SIZE = 50
MAX_SIZE = 500

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which part of a list: the first entries after a cursor, or the last before one.

    Exactly one of `first` and `last` is set; `of` makes one from what a client gave.
    """

    first: int | None = DEFAULT_SIZE
    after: str | None = None
    last: int | None = None
    before: str | None = None

    @classmethod
    def of(
        cls,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> "PageRequest":
        """Check what a client gave and fill in what it left out.

        With neither `first` nor `last` it is 50: the last 50 where only `before` is given, since
        those lie next to the cursor, else the first 50. A size of 0 asks for no entries, only
        whether there are any.

        Raises:
            BadInputError: Both `first` and `last`, or a size outside 0 to 500.
        """
        if first is not None and last is not None:
            raise BadInputError("first and last were both given; give one of them.", "last")
        if first is None and last is None:
            only_before = before is not None and after is None
            first, last = (None, DEFAULT_SIZE) if only_before else (DEFAULT_SIZE, None)
        request = cls(first, after, last, before)
        if not 0 <= request.size <= MAX_SIZE:
            side = "last" if request.backward else "first"
            raise BadInputError(
                f"{side} is {request.size}; a page has at least 0 and at most {MAX_SIZE} entries.",
                side,
            )
        return request

    @property
    def backward(self) -> bool:
        """Whether the walk goes from the end."""
        return self.last is not None

    @property
    def size(self) -> int:
        """How many entries at most."""
        size = self.last if self.last is not None else self.first
        return DEFAULT_SIZE if size is None else size

    def bounds(self, order: Order) -> list[ColumnElement[bool]]:
        """The conditions that the cursors set.

        Raises:
            BadInputError: A cursor is broken or was made by another order.
        """
        bounds = []
        if self.after is not None:
            bounds.append(order.beyond(self.after, "after"))
        if self.before is not None:
            bounds.append(order.beyond(self.before, "before", backward=True))
        return bounds


@dataclass(frozen=True)
class Slice(Generic[T]):
    """A part of a list, in the list's order, with a cursor for each entry.

    Walking forwards, `has_previous_page` says that a cursor was given to begin after; walking
    backwards, `has_next_page` that one was given to end before. The other one is looked up.
    """

    items: tuple[T, ...]
    cursors: tuple[str, ...]
    has_next_page: bool
    has_previous_page: bool


async def page_of(
    session: AsyncSession,
    statement: Select[Any],
    record: Callable[[Row[Any]], T],
    order: Order,
    page: PageRequest,
) -> Slice[T]:
    """One page of what `statement` selects, in one statement."""
    statement = (
        statement.add_columns(*order.columns())
        .where(*page.bounds(order))
        .order_by(*order.clauses(page.backward))
        .limit(page.size + 1)
    )
    rows = (await session.execute(statement)).all()
    return _sliced(rows, record, order, page)


async def pages_by_parent(
    session: AsyncSession,
    shape: Shape[T],
    linked: Select[Any],
    parent: ColumnElement[int],
    parent_ids: Collection[int],
    order: Order,
    page: PageRequest,
) -> dict[int, Slice[T]]:
    """The same page of many lists, one per parent, in one statement however many there are.

    Args:
        shape: How an entry is read.
        linked: Selects the entries of these parents' lists.
        parent: The column of `linked` that says whose list an entry is in.
        parent_ids: Whose lists; each has a slice in the answer, empty where nothing was found.
    """
    # Ranked by keys alone and read whole afterwards, since most of a long list is not shown.
    place = func.row_number().over(partition_by=parent, order_by=order.clauses(page.backward))
    keys = (parent.label("parent_id"), *order.columns())
    ranked = (
        linked.with_only_columns(
            shape.identity.label("child_id"),
            *keys,
            place.label("place"),
            maintain_column_froms=True,
        )
        .where(*page.bounds(order))
        .subquery("ranked")
    )
    shown = shape.joined(ranked, ranked.c.child_id == shape.identity).select()
    shown = shown.add_columns(*(ranked.c[key.name] for key in keys))
    shown = shown.where(ranked.c.place <= page.size + 1).order_by(ranked.c.place)
    lists: dict[int, list[Row[Any]]] = {parent_id: [] for parent_id in parent_ids}
    for row in await session.execute(shown):
        lists[row.parent_id].append(row)
    return {key: _sliced(entries, shape.record, order, page) for key, entries in lists.items()}


async def count_of(session: AsyncSession, statement: Select[Any]) -> int:
    """How many rows `statement` selects."""
    counted = statement.with_only_columns(func.count(), maintain_column_froms=True)
    return (await session.execute(counted)).scalar_one()


async def counts_by_parent(
    session: AsyncSession,
    statement: Select[Any],
    parent: ColumnElement[int],
    parent_ids: Collection[int],
) -> dict[int, int]:
    """How many rows `statement` selects for each parent, in one statement; 0 where none."""
    counted = statement.with_only_columns(
        parent.label("parent_id"), func.count().label("entries"), maintain_column_froms=True
    ).group_by(parent)
    found = {row.parent_id: row.entries for row in await session.execute(counted)}
    return {parent_id: found.get(parent_id, 0) for parent_id in parent_ids}


def _sliced(
    rows: Sequence[Row[Any]], record: Callable[[Row[Any]], T], order: Order, page: PageRequest
) -> Slice[T]:
    more = len(rows) > page.size
    shown = list(rows[: page.size])
    if page.backward:
        shown.reverse()
    return Slice(
        items=tuple(record(row) for row in shown),
        cursors=tuple(order.cursor(row) for row in shown),
        has_next_page=page.before is not None if page.backward else more,
        has_previous_page=more if page.backward else page.after is not None,
    )
