"""Universes as clients see them."""

from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated

import strawberry

from catalog.paging import PageRequest
from catalog.relations import Relation, members_of_universes
from domain.records import InstrumentRecord, UniverseRecord
from schema.connections import After, Before, Connection, First, Last
from schema.context import Info
from schema.entities import Entity, represents, versions_of
from schema.enums import EntityKind
from schema.instruments import Instrument
from schema.paging import related

if TYPE_CHECKING:
    from schema.markets import Market


@represents(EntityKind.UNIVERSE)
@strawberry.type(description="A set of instruments whose membership changes over time.")
class Universe(Entity):
    """A universe."""

    record: strawberry.Private[UniverseRecord]

    @strawberry.field(description="All versions of the name, newest first.")
    async def versions(self, info: Info) -> list["Universe"]:
        """This name's versions."""
        return await versions_of(self.record, info)

    @strawberry.field(description="The market it is of.")
    async def market(self, info: Info) -> Annotated["Market", strawberry.lazy("schema.markets")]:
        """The market."""
        from schema.markets import Market

        return Market.of(await info.context.loaders.market(self.record.market_id))

    @strawberry.field(
        description=(
            "Members on one date, or ever; membership is point in time, so nothing leaks from "
            "the future."
        )
    )
    async def members(
        self,
        info: Info,
        on: Annotated[
            date | None, strawberry.argument(description="On which day; ever if left out.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Instrument]:
        """The members of the universe."""
        page = PageRequest.of(first, after, last, before)
        return await related(_members(on), self.record.id, page, info, Instrument.of)


@lru_cache(maxsize=256)
def _members(on: date | None) -> Relation[InstrumentRecord]:
    # One relation for all that ask for a day, so that their reads go together.
    return members_of_universes(on)
