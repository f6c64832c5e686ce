"""Backtests side by side, as clients see them."""

from typing import cast

import strawberry

from compute.outcomes import finite
from domain.ids import result_id
from resolvers.comparison import Compared
from resolvers.series import Thinning, require_inline, thinned
from schema.backtests import Backtest
from schema.entities import entity_of
from schema.scalars import DateColumn, FloatColumn
from schema.series import SeriesColumn


@strawberry.type(description="Several backtests on the days that all of them traded.")
class BacktestComparison:
    """A comparison."""

    id: strawberry.ID = strawberry.field(
        description="Equal for equal content and arguments, for caches; not a node."
    )
    backtests: list[Backtest] = strawberry.field(description="In the order asked.")
    dates: DateColumn = strawberry.field(description="The shared days shown.")
    cumulative_returns: list[SeriesColumn] = strawberry.field(
        description=(
            "Running sums of the returns after cost, from the first shared day; one for each "
            "backtest, in their order and by their names, with versions where names are equal."
        )
    )
    correlation: list[list[float | None]] = strawberry.field(
        description=(
            "Pearson's correlation of the daily returns after cost over all shared days, by the "
            "order of `backtests`; null where either side is constant."
        )
    )

    @classmethod
    def of(cls, compared: Compared, thinning: Thinning, limit: int) -> "BacktestComparison":
        """A comparison as clients see it.

        Raises:
            BadInputError: `maxPoints` is too small.
            TooLargeError: It has more numbers than `limit`.
        """
        found, names = compared.comparison, compared.names
        table = thinned(found.dates, names, found.cumulative, thinning)
        advice = "compare fewer backtests, or give maxPoints."
        require_inline(len(table.dates), len(names), limit, advice)
        keys = [answer.key for answer in compared.answers]
        ids = [backtest.id for backtest in compared.backtests]
        arguments = (*keys[1:], ids, thinning.max_points, thinning.method.value)
        return cls(
            id=strawberry.ID(result_id(keys[0], "comparison", *arguments)),
            backtests=[cast(Backtest, entity_of(one)) for one in compared.backtests],
            dates=DateColumn(table.dates),
            cumulative_returns=[
                SeriesColumn(market_id=None, name=name, values=FloatColumn(table.values[:, place]))
                for place, name in enumerate(names)
            ],
            correlation=[[finite(one) for one in row] for row in found.correlation],
        )
