"""In which sectors a backtest was invested, as clients see it."""

import strawberry

from compute.analysis import sectors
from domain.ids import result_id
from resolvers.sectors import SectorsHeld
from resolvers.series import Thinning, require_inline, thinned
from schema.enums import Downsampling
from schema.scalars import DateColumn, FloatColumn
from schema.series import Provenance


@strawberry.type(
    description="The weight of a sector over the account with its cash; short sales are negative."
)
class SectorExposure:
    """A sector's weight."""

    sector: str | None = strawberry.field(description="Null for the names that have none.")
    mean_weight: float = strawberry.field(
        description="Mean over all days of the sum of the weights of its names."
    )
    mean_gross_weight: float = strawberry.field(
        description="The same of the weights without their signs."
    )
    last_weight: float = strawberry.field(
        description="The sum of the weights at the close of the last day."
    )

    @classmethod
    def of(cls, found: sectors.SectorExposure) -> "SectorExposure":
        """An exposure as clients see it."""
        return cls(
            sector=found.sector,
            mean_weight=found.mean_weight,
            mean_gross_weight=found.mean_gross_weight,
            last_weight=found.last_weight,
        )


@strawberry.type(description="The weight of one sector, day by day.")
class SectorColumn:
    """A sector's weights."""

    sector: str | None = strawberry.field(description="Null for the names that have none.")
    weights: FloatColumn = strawberry.field(
        description="The sum of the weights of its names at each close; as long as the dates."
    )


@strawberry.type(
    description=(
        "The weights of sectors at the close of each day over the account with its cash; short "
        "sales are negative."
    )
)
class SectorWeights:
    """Sectors' weights by day."""

    id: strawberry.ID = strawberry.field(
        description="Equal for equal content and arguments, for caches; not a node."
    )
    source_count: int = strawberry.field(description="How many days there are.")
    returned_count: int = strawberry.field(description="How many days are shown.")
    method: Downsampling = strawberry.field(description="How they were picked.")
    dates: DateColumn = strawberry.field(description="The days shown.")
    sectors: list[SectorColumn] = strawberry.field(
        description="In the order of `sectorExposure`: the largest first, null last."
    )
    provenance: Provenance = strawberry.field(description="How the backtest came to be.")

    @classmethod
    def of(cls, held: SectorsHeld, thinning: Thinning, limit: int) -> "SectorWeights":
        """The weights of each day as clients see them.

        Raises:
            BadInputError: `maxPoints` is too small.
            TooLargeError: They are more numbers than `limit`.
        """
        found = held.weights
        table = thinned(held.dates, [one or "" for one in found.sectors], found.net, thinning)
        require_inline(len(table.dates), len(found.sectors), limit, "give maxPoints.")
        arguments = (held.sector_of, thinning.max_points, thinning.method.value)
        return cls(
            id=strawberry.ID(result_id(held.answer.key, "sectors", *arguments)),
            source_count=table.source_rows,
            returned_count=len(table.dates),
            method=table.method,
            dates=DateColumn(table.dates),
            sectors=[
                SectorColumn(sector=sector, weights=FloatColumn(table.values[:, place]))
                for place, sector in enumerate(found.sectors)
            ],
            provenance=Provenance.of(held.answer),
        )
