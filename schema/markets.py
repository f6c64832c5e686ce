"""Markets as clients see them."""

from typing import Annotated, cast

import strawberry

from catalog import markets
from domain.ids import NodeId, NodeKind
from domain.records import MarketRecord
from schema.context import Info
from schema.entities import Node, entity_of
from schema.snapshots import Snapshot
from schema.universes import Universe


@strawberry.type(description="A market: its instruments, universes and data.")
class Market(Node):
    """A market."""

    record: strawberry.Private[MarketRecord]
    name: str = strawberry.field(description="Its name, which its snapshots have, too.")
    region: str = strawberry.field(description="The region, such as us or cn.")
    currency: str | None = strawberry.field(description="The currency of prices.")
    benchmark: str | None = strawberry.field(
        description="The symbol that portfolios are compared with."
    )

    @classmethod
    def of(cls, record: MarketRecord) -> "Market":
        """A market as clients see it."""
        return cls(
            record=record,
            name=record.name,
            region=record.region,
            currency=record.currency,
            benchmark=record.benchmark,
        )

    def node_id(self) -> NodeId:
        """Which row of the catalogue this is."""
        return NodeId(NodeKind.MARKET, self.record.id)

    @strawberry.field(description="Its newest data.")
    async def latest_snapshot(self, info: Info) -> Snapshot:
        """The newest snapshot."""
        found = await info.context.loaders.latest_snapshot(self.record.id)
        return cast(Snapshot, entity_of(found))

    @strawberry.field(description="The universe that stands where none is named.")
    async def default_universe(self, info: Info) -> Universe:
        """The default universe."""
        found = await info.context.loaders.market_default_universe(self.record.id)
        return cast(Universe, entity_of(found))

    @strawberry.field(description="Its universes in their latest versions, by name.")
    async def universes(self, info: Info) -> list[Universe]:
        """The universes."""
        found = await info.context.loaders.load(markets.universes_of_markets, self.record.id)
        return [entity_of(universe) for universe in found or ()]

    @strawberry.field(description="The sectors of its instruments, in alphabetical order.")
    async def sectors(self, info: Info) -> list[str]:
        """The sectors."""
        found = await info.context.loaders.load(markets.sectors_of_markets, self.record.id)
        return list(found or ())

    @strawberry.field(description="The fields of its newest bars.")
    async def fields(self, info: Info) -> list[str]:
        """The fields."""
        return list((await info.context.loaders.latest_snapshot(self.record.id)).fields)


MarketArgument = Annotated[
    str | None, strawberry.argument(description="Of which market; any if left out.")
]
