"""The orders in which lists come. The name of an order is part of its cursors."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause

from catalog.dialects import in_code_order
from catalog.ordering import Order, SortKey
from catalog.sources import ENTITY, HEADLINE, INSTRUMENT, NAME, RUN
from domain.listing import AnyOrder, OrderDirection

_ENTITY_ID = SortKey(ENTITY.c.id)
_BY_NAME = (SortKey(in_code_order(NAME.c.name)), _ENTITY_ID)

FACTORS_BY_NAME = Order("factors by name", _BY_NAME)
FACTOR_SETS_BY_NAME = Order("factor sets by name", _BY_NAME)
MODELS_BY_NAME = Order("models by name", _BY_NAME)
BACKTESTS_BY_NAME = Order("backtests by name", _BY_NAME)
UNIVERSES_BY_NAME = Order("universes by name", _BY_NAME)
SNAPSHOTS_NEWEST_FIRST = Order(
    "snapshots by market, the newest first",
    (SortKey(in_code_order(NAME.c.name)), SortKey(ENTITY.c.id, descending=True)),
)
RUNS_NEWEST_FIRST = Order(
    "runs, the newest first",
    (SortKey(RUN.c.queued_at, descending=True), SortKey(RUN.c.id, descending=True)),
)
INSTRUMENTS_BY_SYMBOL = Order(
    "instruments by symbol", (SortKey(in_code_order(INSTRUMENT.c.symbol)), SortKey(INSTRUMENT.c.id))
)


def by_position(links: FromClause) -> Order:
    """Factors in the order of their set."""
    return Order("factors by position", (SortKey(links.c.position),))


def ordered(noun: str, order: AnyOrder | None, by_name: Order) -> Order:
    """Entities as a client wants them sorted; by name if it does not say."""
    down = order is not None and order.direction is OrderDirection.DESC
    if order is None or (order.field.value == "NAME" and not down):
        return by_name
    name = f"{noun} by {order.field} {order.direction}".lower()
    column, nullable = _column(order.field.value)
    return Order(name, (SortKey(column, down, nullable), _ENTITY_ID))


def is_by_headline(order: AnyOrder | None) -> bool:
    """Whether an order needs the headline beside the entity."""
    return order is not None and order.field.value not in ("NAME", "CREATED_AT")


def _column(field: str) -> tuple[ColumnElement[Any], bool]:
    if field == "NAME":
        return in_code_order(NAME.c.name), False
    if field == "CREATED_AT":
        return ENTITY.c.created_at, False
    return HEADLINE.c[field.lower()], True
