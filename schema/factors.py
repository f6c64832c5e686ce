"""Factors as clients see them."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import strawberry

from catalog import relations
from catalog.paging import PageRequest
from domain.records import FactorRecord
from resolvers.factors import evaluate_factor, factor_values
from resolvers.series import Thinning
from resolvers.standing import DEFAULT_HORIZON_DAYS, DEFAULT_QUANTILES
from resolvers.studies import StudyArguments
from schema.arguments import (
    EndArgument,
    HorizonArgument,
    InstrumentsArgument,
    MaxPointsArgument,
    MethodArgument,
    QuantilesArgument,
    SnapshotArgument,
    StartArgument,
    UniverseArgument,
)
from schema.connections import After, Before, Connection, First, Last
from schema.context import Info
from schema.entities import Entity, represents, versions_of
from schema.enums import Downsampling, EntityKind, FactorOrigin
from schema.evaluation import SignalEvaluation
from schema.paging import related
from schema.rankings import (
    DuplicatesArgument,
    FactorCorrelation,
    WithArgument,
    WithSetArgument,
    correlated,
)
from schema.series import Series
from schema.standing import SignalHeadline, signal_headline

if TYPE_CHECKING:
    from schema.backtests import Backtest
    from schema.factor_sets import FactorSet
    from schema.models import Model


@strawberry.type(description="What was imported for a factor, and nobody here can compute.")
class ImportedValues:
    """What imported values cover."""

    market: str = strawberry.field(description="Whose instruments and days they are of.")
    start: date = strawberry.field(description="The first day with a value.")
    end: date = strawberry.field(description="The last day with a value.")
    instruments: int = strawberry.field(description="How many instruments have a value.")


@represents(EntityKind.FACTOR)
@strawberry.type(description="A signal defined by an expression, or by values from a file.")
class Factor(Entity):
    """A factor."""

    record: strawberry.Private[FactorRecord]

    @strawberry.field(description="All versions of the name, newest first.")
    async def versions(self, info: Info) -> list["Factor"]:
        """This name's versions."""
        return await versions_of(self.record, info)

    @strawberry.field(description="The newest kept figures at default arguments.")
    async def headline(self, info: Info) -> SignalHeadline | None:
        """Figures for lists."""
        return await signal_headline(self.record, info)

    @strawberry.field(description="Where its values come from.")
    def origin(self) -> FactorOrigin:
        """The origin."""
        return self.record.origin

    @strawberry.field(description="What was imported; null for an expression.")
    def imported_values(self) -> ImportedValues | None:
        """What was imported."""
        found = self.record.spec.imported
        if found is None:
            return None
        return ImportedValues(
            market=found.market, start=found.start, end=found.end, instruments=found.instruments
        )

    @strawberry.field(description="The expression as written; null where values were imported.")
    def expression(self) -> str | None:
        """As written."""
        return self.record.spec.expression

    @strawberry.field(
        description="The expression as the engine reads it; null where values were imported."
    )
    def canonical_expression(self) -> str | None:
        """As the engine reads it."""
        return self.record.spec.canonical

    @strawberry.field(description="The fields of the bars that it reads.")
    def input_fields(self) -> list[str]:
        """The fields read."""
        return list(self.record.spec.input_fields)

    @strawberry.field(
        description="Trading days before its own that a value reads; null where there is no bound, "
        "or values were imported and nobody knows."
    )
    def lookback_days(self) -> int | None:
        """The look-back."""
        return self.record.spec.lookback_days

    @strawberry.field(
        description="Whether it reads the future; no model or backtest may use it. Of imported "
        "values nobody can tell, and it is false."
    )
    def looks_ahead(self) -> bool:
        """Whether it reads the future."""
        return self.record.spec.looks_ahead

    @strawberry.field(description="Whether a value depends on other instruments of its day.")
    def is_cross_sectional(self) -> bool:
        """Whether it ranks across the section."""
        return self.record.spec.is_cross_sectional

    @strawberry.field(description="The factor sets that hold this version.")
    async def factor_sets(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Annotated["FactorSet", strawberry.lazy("schema.factor_sets")]]:
        """The sets with this factor."""
        page = PageRequest.of(first, after, last, before)
        return await related(relations.FACTOR_SETS_OF_FACTORS, self.record.id, page, info)

    @strawberry.field(description="The models that learned from this version, through a set.")
    async def models(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Annotated["Model", strawberry.lazy("schema.models")]]:
        """The models with this factor."""
        page = PageRequest.of(first, after, last, before)
        return await related(relations.MODELS_OF_FACTORS, self.record.id, page, info)

    @strawberry.field(description="The backtests that trade on this version itself.")
    async def backtests(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Annotated["Backtest", strawberry.lazy("schema.backtests")]]:
        """The backtests of this factor."""
        page = PageRequest.of(first, after, last, before)
        return await related(relations.BACKTESTS_OF_SIGNALS, self.record.id, page, info)

    @strawberry.field(description="Its values, a column for each member of the universe.")
    async def values(
        self,
        info: Info,
        snapshot: SnapshotArgument = None,
        universe: UniverseArgument = None,
        start: StartArgument = None,
        end: EndArgument = None,
        instruments: InstrumentsArgument = None,
        max_points: MaxPointsArgument = None,
        method: MethodArgument = Downsampling.MINMAXLTTB,
    ) -> Series | None:
        """The values of the factor."""
        thinning = Thinning(max_points, method)
        answer = await factor_values(
            self.record.spec,
            StudyArguments(snapshot, universe, start, end),
            instruments,
            thinning,
            info.context.inquiry,
            self.record,
        )
        return Series.of(answer, answer.snapshot.market_id, thinning)

    @strawberry.field(description="How well it ranked later returns.")
    async def evaluation(
        self,
        info: Info,
        snapshot: SnapshotArgument = None,
        universe: UniverseArgument = None,
        start: StartArgument = None,
        end: EndArgument = None,
        horizon_days: HorizonArgument = DEFAULT_HORIZON_DAYS,
        quantiles: QuantilesArgument = DEFAULT_QUANTILES,
    ) -> SignalEvaluation | None:
        """The evaluation of the factor."""
        arguments = StudyArguments(snapshot, universe, start, end)
        return SignalEvaluation.of(
            await evaluate_factor(
                self.record.spec,
                arguments,
                horizon_days,
                quantiles,
                info.context.inquiry,
                self.record,
            )
        )

    @strawberry.field(
        description="How alike other factors are to it, day by day, in the order they are named."
    )
    async def correlations(
        self,
        info: Info,
        others: WithArgument,
        with_set: WithSetArgument = None,
        duplicates_only: DuplicatesArgument = False,
        snapshot: SnapshotArgument = None,
        universe: UniverseArgument = None,
        start: StartArgument = None,
        end: EndArgument = None,
    ) -> list[FactorCorrelation] | None:
        """How alike others are."""
        arguments = StudyArguments(snapshot, universe, start, end)
        return await correlated(
            self.record.spec, others, with_set, duplicates_only, arguments, info, self.record
        )
