"""Roots of the data: markets, snapshots, universes, instruments."""

from typing import Annotated, cast

import strawberry

from catalog import listing, markets
from catalog.paging import PageRequest
from domain.errors import NotFoundError
from domain.listing import InstrumentQuery, SnapshotQuery, UniverseQuery
from schema.connections import After, Before, Connection, First, Last
from schema.context import Info
from schema.entities import entity_of
from schema.enums import EntityKind
from schema.instruments import Instrument
from schema.markets import Market, MarketArgument
from schema.paging import listed
from schema.snapshots import Snapshot
from schema.universes import Universe

Version = Annotated[int | None, strawberry.argument(description="The latest if left out.")]
Search = Annotated[
    str | None, strawberry.argument(description="A part of the symbol or the company's name.")
]


def versioned(name: str, version: int | None) -> str:
    """A reference to a name, or to one of its versions."""
    return name if version is None else f"{name}:{version}"


@strawberry.type
class DataRoots:
    """Roots of the data."""

    @strawberry.field(description="A market's data, the newest unless a version is given.")
    async def snapshot(
        self,
        info: Info,
        market: Annotated[str, strawberry.argument(description="Of which market.")],
        version: Version = None,
    ) -> Snapshot | None:
        """One snapshot."""
        reference = versioned(market, version)
        found = await info.context.loaders.resolve(EntityKind.SNAPSHOT, reference, "market")
        return cast(Snapshot, entity_of(found))

    @strawberry.field(description="All data, by market, the newest first.")
    async def snapshots(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Snapshot]:
        """All snapshots."""
        page, query = PageRequest.of(first, after, last, before), SnapshotQuery(latest_only=False)
        return await listed(listing.list_snapshots, listing.count_snapshots, query, page, info=info)

    @strawberry.field(description="A universe by name.")
    async def universe(
        self,
        info: Info,
        name: Annotated[str, strawberry.argument(description="Its name.")],
        market: MarketArgument = None,
        version: Version = None,
    ) -> Universe | None:
        """One universe."""
        reference = versioned(f"{market}/{name}" if market else name, version)
        found = await info.context.loaders.resolve(EntityKind.UNIVERSE, reference, "name")
        return cast(Universe, entity_of(found))

    @strawberry.field(description="The universes in their latest versions, by name.")
    async def universes(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Universe]:
        """All universes."""
        page, query = PageRequest.of(first, after, last, before), UniverseQuery()
        return await listed(listing.list_universes, listing.count_universes, query, page, info=info)

    @strawberry.field(description="An instrument by symbol.")
    async def instrument(
        self,
        info: Info,
        symbol: Annotated[str, strawberry.argument(description="Its symbol.")],
        market: MarketArgument = None,
    ) -> Instrument | None:
        """One instrument."""
        found = await info.context.loaders.read(markets.find_instrument, symbol, market)
        if found is None:
            where = f"the market {market!r}" if market else "any market"
            raise NotFoundError(
                f"No instrument {symbol!r} in {where}; `instruments(search:)` finds what there is.",
                "symbol",
            )
        return Instrument.of(found)

    @strawberry.field(description="Instruments by symbol.")
    async def instruments(
        self,
        info: Info,
        market: MarketArgument = None,
        search: Search = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Instrument]:
        """All instruments."""
        page = PageRequest.of(first, after, last, before)
        row = (await _market(market, info)).record.id if market else None
        query = InstrumentQuery(search=search, market_id=row)
        pages, count = listing.list_instruments, listing.count_instruments
        return await listed(pages, count, query, page, info=info, convert=Instrument.of)

    @strawberry.field(description="All markets, by name.")
    async def markets(self, info: Info) -> list[Market]:
        """All markets."""
        found = await info.context.loaders.read(markets.all_markets)
        return [Market.of(record) for record in found]

    @strawberry.field(description="A market by name.")
    async def market(
        self, info: Info, name: Annotated[str, strawberry.argument(description="Its name.")]
    ) -> Market | None:
        """One market."""
        return await _market(name, info)


async def _market(name: str, info: Info) -> Market:
    found = await info.context.loaders.load(markets.markets_by_names, name)
    if found is None:
        known = [record.name for record in await info.context.loaders.read(markets.all_markets)]
        raise NotFoundError(
            f"There is no market {name!r}; there are {', '.join(known) or 'none'}.", "market"
        )
    return Market.of(found)
