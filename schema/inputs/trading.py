"""Strategies and rules of trading as clients write them."""

import strawberry
from strawberry import UNSET
from strawberry.scalars import JSON

from domain.definitions import LEFT_OUT, GivenExchange, GivenStrategy
from domain.specs import DealPrice, StrategyKind


@strawberry.input(
    description=(
        "How a signal is turned into holdings. Left out: topk 50, or a fifth of a smaller "
        "universe; nDrop a tenth of topk, at least 1. In an edit, what is left out stays, but for "
        "`kind`, which has to be said again."
    )
)
class StrategyInput:
    """A strategy."""

    kind: StrategyKind = strawberry.field(
        default=StrategyKind.TOPK_DROPOUT, description="Which strategy."
    )
    topk: int | None = strawberry.field(
        default=None,
        description=(
            "Names held, on each side for LONG_SHORT; at most as many as the universe has on a "
            "day of the period, or half of them."
        ),
    )
    n_drop: int | None = strawberry.field(
        default=None, description="Names replaced a day, 1 to topk. Only for TOPK_DROPOUT."
    )
    parameters: JSON | None = strawberry.field(
        default=None,
        description="An object of the further parameters of the kind; defaults if left out.",
    )

    def given(self) -> GivenStrategy:
        """The strategy as it was written."""
        return GivenStrategy(
            kind=self.kind, topk=self.topk, n_drop=self.n_drop, parameters=self.parameters
        )


@strawberry.input(
    description=(
        "The rules of trading; those of the market's region where left out. In an edit, what is "
        "left out stays."
    )
)
class ExchangeRulesInput:
    """The rules of trading."""

    deal_price: DealPrice | None = strawberry.field(
        default=None, description="The price at which orders are filled."
    )
    open_cost: float | None = strawberry.field(
        default=None, description="Cost of buying, as a fraction of the value, 0 to 1."
    )
    close_cost: float | None = strawberry.field(
        default=None, description="Cost of selling, as a fraction of the value, 0 to 1."
    )
    min_cost: float | None = strawberry.field(
        default=None, description="The least that an order costs, in money."
    )
    limit_threshold: float | None = strawberry.field(
        default=UNSET,
        description="The daily change at which trading stops, as a fraction; null is no limit.",
    )
    trade_unit: int | None = strawberry.field(
        default=UNSET, description="Shares that are traded at once; null is any part of one."
    )

    def given(self) -> GivenExchange:
        """The rules as they were written."""
        return GivenExchange(
            deal_price=self.deal_price,
            open_cost=self.open_cost,
            close_cost=self.close_cost,
            min_cost=self.min_cost,
            limit_threshold=LEFT_OUT if self.limit_threshold is UNSET else self.limit_threshold,
            trade_unit=LEFT_OUT if self.trade_unit is UNSET else self.trade_unit,
        )
