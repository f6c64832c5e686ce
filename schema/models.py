"""Models as clients see them."""

from typing import TYPE_CHECKING, Annotated, Any, cast

import strawberry
from strawberry.scalars import JSON

from catalog import relations
from catalog.paging import PageRequest
from domain.errors import BadInputError
from domain.records import ModelRecord
from domain.specs import Processor
from resolvers.models import evaluate_model, predictions, training
from resolvers.prediction_arguments import PredictionArguments
from resolvers.series import Thinning
from resolvers.standing import DEFAULT_HORIZON_DAYS, DEFAULT_QUANTILES
from schema.arguments import (
    EndArgument,
    ExtendArgument,
    HorizonArgument,
    InstrumentsArgument,
    MaxPointsArgument,
    MethodArgument,
    QuantilesArgument,
    SnapshotArgument,
    StartArgument,
)
from schema.connections import After, Before, Connection, First, Last
from schema.context import Info
from schema.entities import Entity, entity_of, represents, versions_of
from schema.enums import Downsampling, EntityKind, ModelKind, SegmentName
from schema.evaluation import SignalEvaluation
from schema.factor_sets import FactorSet
from schema.factors import Factor
from schema.paging import related
from schema.periods import Rolling, Segments
from schema.series import Series
from schema.standing import SignalHeadline, signal_headline
from schema.trainings import Training
from schema.universes import Universe

if TYPE_CHECKING:
    from schema.backtests import Backtest

SegmentArgument = Annotated[SegmentName, strawberry.argument(description="Over which segment.")]
MAX_FEATURES = 2_000


@strawberry.type(description="How much a model leans on a factor.")
class FeatureImportance:
    """The importance of one factor."""

    factor: Factor = strawberry.field(description="The factor.")
    gain: float | None = strawberry.field(
        description=(
            "Loss that its splits took away; of CATBOOST percent of how far predictions change "
            "with it, of LINEAR its coefficient's absolute value."
        )
    )
    splits: int | None = strawberry.field(
        description="How often it splits; null of kinds that do not tell."
    )


@represents(EntityKind.MODEL)
@strawberry.type(description="What learns from a factor set.")
class Model(Entity):
    """A model."""

    record: strawberry.Private[ModelRecord]

    @strawberry.field(description="All versions of the name, newest first.")
    async def versions(self, info: Info) -> list["Model"]:
        """This name's versions."""
        return await versions_of(self.record, info)

    @strawberry.field(description="The newest kept figures at default arguments.")
    async def headline(self, info: Info) -> SignalHeadline | None:
        """Figures for lists."""
        return await signal_headline(self.record, info)

    @strawberry.field(description="What is trained.")
    def kind(self) -> ModelKind:
        """The kind of model."""
        return self.record.spec.kind

    @strawberry.field(description="Its parameters, every default filled in.")
    def parameters(self) -> JSON:
        """The parameters."""
        return cast(JSON, dict(self.record.spec.parameters))

    @strawberry.field(description="Trainings with one seed are equal, bit for bit.")
    def seed(self) -> int:
        """The seed."""
        return self.record.spec.seed

    @strawberry.field(description="What it learns from.")
    async def factor_set(self, info: Info) -> FactorSet:
        """The factor set."""
        found = await info.context.loaders.entity(self.record.spec.factor_set_id)
        return cast(FactorSet, entity_of(found))

    @strawberry.field(description="Over whose members it learns.")
    async def universe(self, info: Info) -> Universe:
        """The universe."""
        found = await info.context.loaders.entity(self.record.spec.universe_id)
        return cast(Universe, entity_of(found))

    @strawberry.field(description="The expression that it learns to predict.")
    def label(self) -> str:
        """The label."""
        return self.record.spec.label

    @strawberry.field(
        description=(
            "The days it learns from, is stopped by and is judged on. Of a rolling model, train "
            "begins where the earliest leg may, train ends and valid lies where the first leg has "
            "them, and test is what all legs predict."
        )
    )
    def segments(self) -> Segments:
        """The segments."""
        return Segments.of(self.record.spec.segments)

    @strawberry.field(description="How often it is trained anew; null if it is trained once.")
    def rolling(self) -> Rolling | None:
        """The schedule of its legs."""
        return Rolling.of(self.record.spec.rolling) if self.record.spec.rolling else None

    @strawberry.field(description="The steps that prepare features and label.")
    def processors(self) -> JSON:
        """The processors."""
        processors = self.record.spec.processors
        return cast(JSON, {"infer": _steps(processors.infer), "learn": _steps(processors.learn)})

    @strawberry.field(
        description="How many trading days at the end of train and valid are not learned from."
    )
    def purge_days(self) -> int:
        """The days that are dropped."""
        return self.record.spec.purge_days

    @strawberry.field(description="What it goes on from; null if it begins anew.")
    async def derived_from(self, info: Info) -> "Model | None":
        """The model that it continues."""
        if self.record.spec.derived_from_id is None:
            return None
        found = await info.context.loaders.entity(self.record.spec.derived_from_id)
        return cast(Model, entity_of(found))

    @strawberry.field(description="How many rounds more it learns at most; null if it begins anew.")
    def rounds(self) -> int | None:
        """The rounds that it goes on."""
        return self.record.spec.rounds

    @strawberry.field(description="The trained model.")
    async def training(self, info: Info, snapshot: SnapshotArgument = None) -> Training | None:
        """The training."""
        return Training.of(await training(self.record, snapshot, info.context.inquiry))

    @strawberry.field(description="Largest gain first, each tied to its factor.")
    async def feature_importance(
        self,
        info: Info,
        snapshot: SnapshotArgument = None,
        first: Annotated[int, strawberry.argument(description="How many, to 2,000.")] = 20,
    ) -> list[FeatureImportance] | None:
        """The importance of its factors.

        Raises:
            BadInputError: `first` is out of range.
        """
        if not 0 <= first <= MAX_FEATURES:
            raise BadInputError(f"first is {first}; give 0 to {MAX_FEATURES}.", "first")
        context = info.context
        answer = await training(self.record, snapshot, context.inquiry)
        factors = await context.services.facts.factors(
            self.record.spec.factor_set_id, context.loaders
        )
        by_name: dict[str, Any] = {factor.name: factor for factor in factors}
        return [
            FeatureImportance(
                factor=Factor(record=by_name[one["name"]]), gain=one["gain"], splits=one["splits"]
            )
            for one in answer.result.document["importance"][:first]
        ]

    @strawberry.field(description="What it predicted, a column for each member.")
    async def predictions(
        self,
        info: Info,
        snapshot: SnapshotArgument = None,
        segment: SegmentArgument = SegmentName.TEST,
        start: StartArgument = None,
        end: EndArgument = None,
        instruments: InstrumentsArgument = None,
        max_points: MaxPointsArgument = None,
        method: MethodArgument = Downsampling.MINMAXLTTB,
        extend: ExtendArgument = False,
    ) -> Series | None:
        """The predictions."""
        thinning = Thinning(max_points, method)
        answer = await predictions(
            self.record,
            PredictionArguments(snapshot, segment, start, end, extend),
            instruments,
            thinning,
            info.context.inquiry,
        )
        return Series.of(answer, answer.snapshot.market_id, thinning)

    @strawberry.field(description="How well its predictions ranked later returns.")
    async def evaluation(
        self,
        info: Info,
        snapshot: SnapshotArgument = None,
        segment: SegmentArgument = SegmentName.TEST,
        horizon_days: HorizonArgument = DEFAULT_HORIZON_DAYS,
        quantiles: QuantilesArgument = DEFAULT_QUANTILES,
    ) -> SignalEvaluation | None:
        """The evaluation of its predictions."""
        inquiry = info.context.inquiry
        return SignalEvaluation.of(
            await evaluate_model(self.record, snapshot, segment, horizon_days, quantiles, inquiry)
        )

    @strawberry.field(description="The backtests that trade on this version.")
    async def backtests(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Annotated["Backtest", strawberry.lazy("schema.backtests")]]:
        """The backtests of this model."""
        page = PageRequest.of(first, after, last, before)
        return await related(relations.BACKTESTS_OF_SIGNALS, self.record.id, page, info)


def _steps(processors: tuple[Processor, ...]) -> list[dict[str, Any]]:
    return [{"kind": one.kind, "parameters": dict(one.parameters)} for one in processors]
