"""Factor sets as clients see them."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from catalog import relations
from catalog.paging import PageRequest
from domain.records import FactorSetRecord
from resolvers.leaderboards import leaderboard
from resolvers.matrices import matrix
from resolvers.standing import DEFAULT_HORIZON_DAYS
from resolvers.studies import StudyArguments
from schema.arguments import (
    EndArgument,
    HorizonArgument,
    SnapshotArgument,
    StartArgument,
    UniverseArgument,
)
from schema.connections import After, Before, Connection, First, Last
from schema.context import Info
from schema.entities import Entity, represents, versions_of
from schema.enums import EntityKind, EvaluationMetric
from schema.factors import Factor
from schema.matrices import FactorMatrix
from schema.paging import related
from schema.rankings import FactorRanking

if TYPE_CHECKING:
    from schema.models import Model


@represents(EntityKind.FACTOR_SET)
@strawberry.type(description="An ordered set of factors, for models to learn from.")
class FactorSet(Entity):
    """A factor set."""

    record: strawberry.Private[FactorSetRecord]

    @strawberry.field(description="All versions of the name, newest first.")
    async def versions(self, info: Info) -> list["FactorSet"]:
        """This name's versions."""
        return await versions_of(self.record, info)

    @strawberry.field(description="Its factors, in their order.")
    async def factors(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Factor]:
        """The factors of the set."""
        page = PageRequest.of(first, after, last, before)
        return await related(relations.FACTORS_OF_FACTOR_SETS, self.record.id, page, info)

    @strawberry.field(description="The models that learn from this version.")
    async def models(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Annotated["Model", strawberry.lazy("schema.models")]]:
        """The models of the set."""
        page = PageRequest.of(first, after, last, before)
        return await related(relations.MODELS_OF_FACTOR_SETS, self.record.id, page, info)

    @strawberry.field(description="The values of all its factors over a universe.")
    async def matrix(
        self,
        info: Info,
        snapshot: SnapshotArgument = None,
        universe: UniverseArgument = None,
        start: StartArgument = None,
        end: EndArgument = None,
    ) -> FactorMatrix | None:
        """The matrix."""
        arguments = StudyArguments(snapshot, universe, start, end)
        return FactorMatrix.of(await matrix(self.record, arguments, info.context.inquiry))

    @strawberry.field(
        description=(
            "Every factor of the set judged at once, the best first; undefined figures come last, "
            "then factors without an evaluation. Quantiles are 5."
        )
    )
    async def leaderboard(
        self,
        info: Info,
        snapshot: SnapshotArgument = None,
        universe: UniverseArgument = None,
        start: StartArgument = None,
        end: EndArgument = None,
        horizon_days: HorizonArgument = DEFAULT_HORIZON_DAYS,
        order_by: Annotated[
            EvaluationMetric, strawberry.argument(description="The figure that ranks.")
        ] = EvaluationMetric.RANK_ICIR,
        first: Annotated[int, strawberry.argument(description="How many, 1 to 500.")] = 20,
    ) -> list[FactorRanking] | None:
        """The factors by how good they are."""
        arguments = StudyArguments(snapshot, universe, start, end)
        found = await leaderboard(
            self.record, arguments, horizon_days, order_by, first, info.context.inquiry
        )
        return [FactorRanking.of(one) for one in found]
