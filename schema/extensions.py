"""What newer data changed of predictions, as clients see it."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import strawberry

from catalog import markets
from resolvers.factors import Extension
from schema.context import Info

if TYPE_CHECKING:
    from schema.instruments import Instrument


@strawberry.type(
    description=(
        "How predictions go on past the test segment, and how far those of the test segment are "
        "on this data from those that were kept. A cell is an instrument on a day."
    )
)
class PredictionExtension:
    """An extension of predictions."""

    market_id: strawberry.Private[int]
    symbol: strawberry.Private[str | None]
    first_new_date: date = strawberry.field(
        description="The first day after the test segment that has rows to predict."
    )
    new_days: int = strawberry.field(
        description="How many such days there are to the snapshot's end, whatever is shown."
    )
    compared_days: int = strawberry.field(
        description="Days of the test segment that both snapshots have."
    )
    compared_cells: int = strawberry.field(description="Predictions that both have.")
    changed_cells: int = strawberry.field(
        description="Those of them that are not equal to the last bit."
    )
    appeared_cells: int = strawberry.field(
        description="Predictions of the test segment that only this data has."
    )
    lost_cells: int = strawberry.field(
        description="Predictions of the test segment that only the training has."
    )
    largest_change: float | None = strawberry.field(
        description=(
            "The largest absolute difference, in units of the label; 0 where nothing changed, null "
            "where there is nothing to compare."
        )
    )
    largest_change_date: date | None = strawberry.field(
        description="The day of the largest change; null where nothing changed."
    )

    warnings: list[str] = strawberry.field(
        description="What to know of the later days, such as factors that have no value there."
    )

    @classmethod
    def of(cls, extension: Extension, market_id: int) -> "PredictionExtension":
        """An extension as clients see it."""
        told = extension.document
        day = told["largest_change_date"]
        return cls(
            market_id=market_id,
            symbol=told["largest_change_instrument"],
            first_new_date=date.fromisoformat(told["first_new_date"]),
            new_days=told["new_days"],
            compared_days=told["compared_days"],
            compared_cells=told["compared_cells"],
            changed_cells=told["changed_cells"],
            appeared_cells=told["appeared_cells"],
            lost_cells=told["lost_cells"],
            largest_change=told["largest_change"],
            largest_change_date=date.fromisoformat(day) if day else None,
            warnings=list(told["warnings"]),
        )

    @strawberry.field(description="Whose largest change it is; null where nothing changed.")
    async def largest_change_instrument(
        self, info: Info
    ) -> Annotated["Instrument", strawberry.lazy("schema.instruments")] | None:
        """The instrument of the largest change."""
        from schema.instruments import Instrument

        if self.symbol is None:
            return None
        found = await info.context.loaders.load(
            markets.instruments_by_symbols, self.symbol, self.market_id
        )
        return Instrument.of(found) if found else None
