"""Instruments as clients see them."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import strawberry

from catalog import markets
from domain.ids import NodeId, NodeKind
from domain.records import InstrumentRecord, MembershipRecord
from resolvers.bars import instrument_bars, instrument_factor_values
from resolvers.series import Thinning
from schema.context import Info
from schema.entities import Node, entity_of
from schema.enums import Downsampling
from schema.scalars import EntityRef
from schema.series import Series

if TYPE_CHECKING:
    from schema.markets import Market
    from schema.universes import Universe


@strawberry.type(description="A stay in a universe, both ends included.")
class Membership:
    """A stay in a universe."""

    record: strawberry.Private[MembershipRecord]
    start: date = strawberry.field(description="The first day.")
    end: date | None = strawberry.field(description="The last day; null while it still stays.")

    @strawberry.field(description="The universe.")
    async def universe(
        self, info: Info
    ) -> Annotated["Universe", strawberry.lazy("schema.universes")]:
        """The universe."""
        found = await info.context.loaders.entity(self.record.universe_id)
        return entity_of(found)  # type: ignore[no-any-return]


@strawberry.type(description="A share, fund or index of a market.")
class Instrument(Node):
    """An instrument."""

    record: strawberry.Private[InstrumentRecord]
    symbol: str = strawberry.field(description="Its symbol, unique in its market.")
    company_name: str | None = strawberry.field(description="The name of the company or index.")
    sector: str | None = strawberry.field(description="Its sector.")
    first_date: date = strawberry.field(description="The first day with data.")
    last_date: date = strawberry.field(description="The last day with data.")

    @classmethod
    def of(cls, record: InstrumentRecord) -> "Instrument":
        """An instrument as clients see it."""
        return cls(
            record=record,
            symbol=record.symbol,
            company_name=record.company_name,
            sector=record.sector,
            first_date=record.first_date,
            last_date=record.last_date,
        )

    def node_id(self) -> NodeId:
        """Which row of the catalogue this is."""
        return NodeId(NodeKind.INSTRUMENT, self.record.id)

    @strawberry.field(description="The market it is listed on.")
    async def market(self, info: Info) -> Annotated["Market", strawberry.lazy("schema.markets")]:
        """The market."""
        from schema.markets import Market

        return Market.of(await info.context.loaders.market(self.record.market_id))

    @strawberry.field(description="Its stays in the latest versions of universes.")
    async def memberships(self, info: Info) -> list[Membership]:
        """The stays in universes."""
        stays = await info.context.loaders.load(markets.memberships_of_instruments, self.record.id)
        return [Membership(record=stay, start=stay.start, end=stay.end) for stay in stays or ()]

    @strawberry.field(description="Its bars, a column for each field.")
    async def bars(
        self,
        info: Info,
        snapshot: Annotated[
            EntityRef | None, strawberry.argument(description="The newest if left out.")
        ] = None,
        start: Annotated[date | None, strawberry.argument(description="The first day.")] = None,
        end: Annotated[date | None, strawberry.argument(description="The last day.")] = None,
        fields: Annotated[
            list[str] | None,
            strawberry.argument(description="Which fields, such as close; all if left out."),
        ] = None,
        max_points: Annotated[
            int | None, strawberry.argument(description="The most rows, at least 4.")
        ] = None,
        method: Annotated[
            Downsampling, strawberry.argument(description="How rows are picked.")
        ] = Downsampling.MINMAXLTTB,
    ) -> Series | None:
        """The bars of this instrument."""
        thinning = Thinning(max_points, method)
        answer = await instrument_bars(
            self.record, snapshot, (start, end), fields, thinning, info.context.inquiry
        )
        return Series.of(answer, self.record.market_id, thinning, columns_are_fields=True)

    @strawberry.field(description="This instrument's values of one factor.")
    async def factor_values(
        self,
        info: Info,
        factor: Annotated[EntityRef, strawberry.argument(description="The factor.")],
        snapshot: Annotated[
            EntityRef | None, strawberry.argument(description="The newest if left out.")
        ] = None,
        start: Annotated[date | None, strawberry.argument(description="The first day.")] = None,
        end: Annotated[date | None, strawberry.argument(description="The last day.")] = None,
        max_points: Annotated[
            int | None, strawberry.argument(description="The most rows, at least 4.")
        ] = None,
        method: Annotated[
            Downsampling, strawberry.argument(description="How rows are picked.")
        ] = Downsampling.MINMAXLTTB,
    ) -> Series | None:
        """The values of a factor for this instrument."""
        thinning = Thinning(max_points, method)
        answer = await instrument_factor_values(
            self.record, factor, snapshot, (start, end), thinning, info.context.inquiry
        )
        return Series.of(answer, self.record.market_id, thinning)
