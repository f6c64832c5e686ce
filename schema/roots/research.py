"""Roots of research: factors, factor sets, models, backtests."""

from typing import Annotated, cast

import strawberry

from catalog import listing
from catalog.paging import PageRequest
from domain import listing as orders
from domain.listing import FactorSetQuery
from resolvers.comparison import compare_backtests
from resolvers.series import Thinning
from schema.arguments import MaxPointsArgument, MethodArgument
from schema.backtests import Backtest
from schema.comparison import BacktestComparison
from schema.connections import After, Before, Connection, First, Last
from schema.context import Info
from schema.entities import entity_of
from schema.enums import Downsampling, EntityKind
from schema.factor_sets import FactorSet
from schema.factors import Factor
from schema.filters import (
    BacktestFilter,
    BacktestOrder,
    FactorFilter,
    FactorOrder,
    ModelFilter,
    ModelOrder,
)
from schema.listing import backtest_query, factor_query, model_query
from schema.models import Model
from schema.paging import listed
from schema.roots.data import Version, versioned
from schema.scalars import EntityRef

Name = Annotated[str, strawberry.argument(description="Its name.")]
_ORDER = strawberry.argument(description="How they are sorted; by name if left out.")
_FILTER = strawberry.argument(name="filter", description="Which of them.")


@strawberry.type
class ResearchRoots:
    """Roots of research."""

    @strawberry.field(description="A factor by name.")
    async def factor(self, info: Info, name: Name, version: Version = None) -> Factor | None:
        """One factor."""
        reference = versioned(name, version)
        found = await info.context.loaders.resolve(EntityKind.FACTOR, reference, "name")
        return cast(Factor, entity_of(found))

    @strawberry.field(description="Factors.")
    async def factors(
        self,
        info: Info,
        where: Annotated[FactorFilter | None, _FILTER] = None,
        order_by: Annotated[FactorOrder | None, _ORDER] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Factor]:
        """All factors."""
        page = PageRequest.of(first, after, last, before)
        query = await factor_query(where or FactorFilter(), info)
        order = orders.FactorOrder(order_by.field, order_by.direction) if order_by else None
        return await listed(
            listing.list_factors, listing.count_factors, query, order, page, info=info
        )

    @strawberry.field(description="A factor set by name.")
    async def factor_set(self, info: Info, name: Name, version: Version = None) -> FactorSet | None:
        """One factor set."""
        reference = versioned(name, version)
        found = await info.context.loaders.resolve(EntityKind.FACTOR_SET, reference, "name")
        return cast(FactorSet, entity_of(found))

    @strawberry.field(description="The factor sets in their latest versions, by name.")
    async def factor_sets(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[FactorSet]:
        """All factor sets."""
        page = PageRequest.of(first, after, last, before)
        query = FactorSetQuery()
        return await listed(
            listing.list_factor_sets, listing.count_factor_sets, query, page, info=info
        )

    @strawberry.field(description="A model by name.")
    async def model(self, info: Info, name: Name, version: Version = None) -> Model | None:
        """One model."""
        reference = versioned(name, version)
        found = await info.context.loaders.resolve(EntityKind.MODEL, reference, "name")
        return cast(Model, entity_of(found))

    @strawberry.field(description="Models.")
    async def models(
        self,
        info: Info,
        where: Annotated[ModelFilter | None, _FILTER] = None,
        order_by: Annotated[ModelOrder | None, _ORDER] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Model]:
        """All models."""
        page = PageRequest.of(first, after, last, before)
        query = await model_query(where or ModelFilter(), info)
        order = orders.ModelOrder(order_by.field, order_by.direction) if order_by else None
        return await listed(
            listing.list_models, listing.count_models, query, order, page, info=info
        )

    @strawberry.field(description="A backtest by name.")
    async def backtest(self, info: Info, name: Name, version: Version = None) -> Backtest | None:
        """One backtest."""
        reference = versioned(name, version)
        found = await info.context.loaders.resolve(EntityKind.BACKTEST, reference, "name")
        return cast(Backtest, entity_of(found))

    @strawberry.field(description="Backtests.")
    async def backtests(
        self,
        info: Info,
        where: Annotated[BacktestFilter | None, _FILTER] = None,
        order_by: Annotated[BacktestOrder | None, _ORDER] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Backtest]:
        """All backtests."""
        page = PageRequest.of(first, after, last, before)
        query = await backtest_query(where or BacktestFilter(), info)
        order = orders.BacktestOrder(order_by.field, order_by.direction) if order_by else None
        return await listed(
            listing.list_backtests, listing.count_backtests, query, order, page, info=info
        )

    @strawberry.field(
        description=(
            "Backtests side by side on the days that all of them traded, each on its newest data."
        )
    )
    async def compare_backtests(
        self,
        info: Info,
        backtests: Annotated[
            list[EntityRef], strawberry.argument(description="2 to 20 backtests.")
        ],
        max_points: MaxPointsArgument = None,
        method: MethodArgument = Downsampling.MINMAXLTTB,
    ) -> BacktestComparison | None:
        """Several backtests.

        Raises:
            BadInputError: There are too few or too many, one is named twice, or no day is shared.
        """
        compared = await compare_backtests(backtests, info.context.inquiry)
        limit = info.context.services.limits.max_inline_numbers
        return BacktestComparison.of(compared, Thinning(max_points, method), limit)
