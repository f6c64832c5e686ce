"""What belongs to what: the lists inside entities, for many parents in one statement."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, FromClause, Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from catalog import filters, orders
from catalog.dialects import among
from catalog.ordering import Order
from catalog.paging import PageRequest, Slice, counts_by_parent, pages_by_parent
from catalog.shapes import (
    BACKTESTS,
    FACTOR_SETS,
    FACTORS,
    INSTRUMENTS,
    MODELS,
    UNIVERSES,
    Shape,
)
from catalog.sources import (
    BACKTEST,
    ENTITY,
    FACTOR_SET_MEMBER,
    LISTING,
    MEMBERSHIP,
    MODEL,
    NAME,
    UNIVERSE,
)
from domain.listing import InstrumentQuery
from domain.records import (
    BacktestRecord,
    FactorRecord,
    FactorSetRecord,
    InstrumentRecord,
    ModelRecord,
    UniverseRecord,
)

T = TypeVar("T")
Links = Select[*tuple[Any, ...]]
"""Selects `parent_id` and `child_id`, each pair once, and what the order needs."""


@dataclass(frozen=True, slots=True)
class Relation(Generic[T]):
    """A way from parents to their lists of children.

    Relations hold between versions: a model that learned from version 1 of a set stands in the
    list of version 1, and archived children stand in it too, since they are part of the record.

    Args:
        children: How a child is read.
        links: The pairs of some parents and their children.
        order: How a list is sorted, given the links.
        conditions: What children must fulfil besides.
    """

    children: Shape[T]
    links: Callable[[Collection[int]], Links]
    order: Callable[[FromClause], Order]
    conditions: tuple[ColumnElement[bool], ...] = ()

    async def pages(
        self, session: AsyncSession, parent_ids: Collection[int], page: PageRequest
    ) -> dict[int, Slice[T]]:
        """The same page of each parent's list; empty for a parent without children."""
        links = self._links(parent_ids)
        return await pages_by_parent(
            session,
            self.children,
            self._statement(links),
            links.c.parent_id,
            parent_ids,
            self.order(links),
            page,
        )

    async def counts(self, session: AsyncSession, parent_ids: Collection[int]) -> dict[int, int]:
        """How long each parent's list is."""
        links = self._links(parent_ids)
        statement = self._statement(links)
        return await counts_by_parent(session, statement, links.c.parent_id, parent_ids)

    def _links(self, parent_ids: Collection[int]) -> FromClause:
        return self.links(parent_ids).subquery("link")

    def _statement(self, links: FromClause) -> Select[Any]:
        linked = self.children.joined(links, links.c.child_id == self.children.identity)
        return linked.select().where(*self.conditions)


def members_of_universes(on: date | None = None) -> Relation[InstrumentRecord]:
    """Who belongs to universes, by symbol: on one day, or ever."""
    stays: list[ColumnElement[bool]] = []
    if on is not None:
        stays.append(MEMBERSHIP.c.start <= on)
        stays.append(or_(MEMBERSHIP.c.end.is_(None), MEMBERSHIP.c.end >= on))

    def links(parent_ids: Collection[int]) -> Links:
        pairs = _pairs(MEMBERSHIP.c.universe_id, MEMBERSHIP.c.instrument_id, parent_ids)
        return pairs.where(*stays).distinct()

    return Relation(INSTRUMENTS, links, _always(orders.INSTRUMENTS_BY_SYMBOL))


def instruments_of_snapshots(search: str | None = None) -> Relation[InstrumentRecord]:
    """What snapshots list, by symbol; `search` is a part of symbol or company name."""
    return Relation(
        INSTRUMENTS,
        lambda ids: _pairs(LISTING.c.snapshot_id, LISTING.c.instrument_id, ids),
        _always(orders.INSTRUMENTS_BY_SYMBOL),
        tuple(filters.of_instruments(InstrumentQuery(search=search))),
    )


def _pairs(
    parent: ColumnElement[int], child: ColumnElement[int], parent_ids: Collection[int]
) -> Links:
    pair: list[ColumnElement[int]] = [parent.label("parent_id"), child.label("child_id")]
    return select(*pair).where(among(parent, parent_ids))


def _models_of_factors(factor_ids: Collection[int]) -> Links:
    pairs = _pairs(FACTOR_SET_MEMBER.c.factor_id, MODEL.c.entity_id, factor_ids)
    return pairs.where(MODEL.c.factor_set_id == FACTOR_SET_MEMBER.c.factor_set_id).distinct()


def _factors_of_sets(factor_set_ids: Collection[int]) -> Links:
    member = FACTOR_SET_MEMBER.c
    pairs = _pairs(member.factor_set_id, member.factor_id, factor_set_ids)
    return pairs.add_columns(member.position)


def _always(order: Order) -> Callable[[FromClause], Order]:
    return lambda _links: order


FACTOR_SETS_OF_FACTORS: Relation[FactorSetRecord] = Relation(
    FACTOR_SETS,
    lambda ids: _pairs(
        FACTOR_SET_MEMBER.c.factor_id, FACTOR_SET_MEMBER.c.factor_set_id, ids
    ).distinct(),
    _always(orders.FACTOR_SETS_BY_NAME),
)
"""The sets that hold a factor, by name."""

MODELS_OF_FACTORS: Relation[ModelRecord] = Relation(
    MODELS, _models_of_factors, _always(orders.MODELS_BY_NAME)
)
"""The models whose set holds a factor, by name."""

BACKTESTS_OF_SIGNALS: Relation[BacktestRecord] = Relation(
    BACKTESTS,
    lambda ids: _pairs(BACKTEST.c.signal_id, BACKTEST.c.entity_id, ids),
    _always(orders.BACKTESTS_BY_NAME),
)
"""The backtests that trade on a factor or a model, by name."""

FACTORS_OF_FACTOR_SETS: Relation[FactorRecord] = Relation(
    FACTORS, _factors_of_sets, orders.by_position
)
"""The factors of a set, in its order."""

MODELS_OF_FACTOR_SETS: Relation[ModelRecord] = Relation(
    MODELS,
    lambda ids: _pairs(MODEL.c.factor_set_id, MODEL.c.entity_id, ids),
    _always(orders.MODELS_BY_NAME),
)
"""The models that learned from a set, by name."""

UNIVERSES_OF_MARKETS: Relation[UniverseRecord] = Relation(
    UNIVERSES,
    lambda ids: _pairs(UNIVERSE.c.market_id, UNIVERSE.c.entity_id, ids),
    _always(orders.UNIVERSES_BY_NAME),
    (ENTITY.c.version == NAME.c.latest_version, NAME.c.archived_at.is_(None)),
)
"""The universes of a market in their latest versions, by name; archived ones are left out."""
