"""What is asked of a model: its training, its predictions, and how good they are."""

from collections.abc import Sequence
from typing import cast

from domain.downloads import PredictionsDownload
from domain.errors import BadInputError
from domain.names import EntityKind
from domain.period import Period
from domain.records import ModelRecord, SnapshotRecord, UniverseRecord
from domain.specs import SegmentName
from resolvers.evaluations import evaluation_question
from resolvers.extensions import extended_predictions
from resolvers.factors import EvaluationAnswer, SeriesAnswer
from resolvers.facts import require_trading_days
from resolvers.inquiry import Answer, Inquiry
from resolvers.prediction_arguments import PredictionArguments
from resolvers.questions import Purpose, Question, stored_panel
from resolvers.rolling_trainings import model_legs
from resolvers.series import Thinning, members_table, only, shown_members
from resolvers.signals import SignalSource
from resolvers.standing import DEFAULT_HORIZON_DAYS, DEFAULT_QUANTILES
from resolvers.studies import Study, period_between, resolve_snapshot
from resolvers.trainings import model_source, training_question


async def model_universe(model: ModelRecord, inquiry: Inquiry) -> UniverseRecord:
    """The universe a model is trained over."""
    return cast(UniverseRecord, await inquiry.lookups.entity(model.spec.universe_id))


async def model_snapshot(
    model: ModelRecord, snapshot: str | None, inquiry: Inquiry
) -> SnapshotRecord:
    """The snapshot named, else the newest of the model's market."""
    return await resolve_snapshot(snapshot, await model_universe(model, inquiry), inquiry.lookups)


async def training(model: ModelRecord, snapshot: str | None, inquiry: Inquiry) -> Answer:
    """A model, trained."""
    data = await model_snapshot(model, snapshot, inquiry)

    async def today() -> str:
        newest = await model_snapshot(model, None, inquiry)
        return (await training_question(model, newest, inquiry.desk)).key

    stands = snapshot is None
    question = await training_question(model, data, inquiry.desk, stands=stands)
    return await inquiry.answer(question, today)


async def predictions(
    model: ModelRecord,
    arguments: PredictionArguments,
    instruments: Sequence[str] | None,
    thinning: Thinning,
    inquiry: Inquiry,
) -> SeriesAnswer:
    """What a model predicted over a segment, or predicts on later days without being retrained.

    Raises:
        BadInputError: The dates leave the segment, a rolling model has no such segment, or what
            was asked cannot be extended.
    """
    if arguments.extend:
        return await extended_predictions(model, arguments, instruments, thinning, inquiry)
    period = _within_segment(model, arguments)
    universe = await model_universe(model, inquiry)
    members = await inquiry.services.facts.members(universe.id, period, inquiry.lookups)
    shown = shown_members(members, instruments)
    data = await model_snapshot(model, arguments.snapshot, inquiry)
    calendar = await inquiry.services.facts.calendar(data)
    thinning.require_room(require_trading_days(calendar.rows(period), period, "start"))
    answer = await training(model, arguments.snapshot, inquiry)
    panel, store = stored_panel(answer.result), inquiry.services.store
    table = await members_table(panel, shown, period, thinning, store)
    download = PredictionsDownload(
        answer.result.key,
        period.start,
        period.end,
        only(shown, members),
    )
    return SeriesAnswer(table, answer, data, download)


async def evaluate_model(
    model: ModelRecord,
    snapshot: str | None,
    segment: SegmentName,
    horizon_days: int,
    quantiles: int,
    inquiry: Inquiry,
) -> EvaluationAnswer:
    """How a model's predictions over a segment ranked later returns.

    Raises:
        BadInputError: A rolling model has no such segment.
    """
    is_default = (snapshot, segment, horizon_days, quantiles) == (
        None,
        SegmentName.TEST,
        DEFAULT_HORIZON_DAYS,
        DEFAULT_QUANTILES,
    )
    purpose = Purpose(model.id, EntityKind.MODEL if is_default else None, is_default)
    universe = await model_universe(model, inquiry)
    period = segment_period(model, segment)

    async def put(over: str | None) -> tuple[SignalSource, Study, Question]:
        data = await model_snapshot(model, over, inquiry)
        source = await model_source(model, data, inquiry.desk, stands=over is None)
        study = Study(data, universe, period)
        question = await evaluation_question(
            source, study, horizon_days, quantiles, inquiry.desk, purpose
        )
        return source, study, question

    async def today() -> str:
        return (await put(None))[2].key

    source, study, question = await put(snapshot)
    answer = await inquiry.answer(question, today)
    legs = await model_legs(model, study.snapshot, inquiry.desk)
    return EvaluationAnswer(answer, source, study, purpose, tuple(leg.test for leg in legs))


def segment_period(model: ModelRecord, segment: SegmentName) -> Period:
    """The days of a segment.

    Raises:
        BadInputError: The legs of a rolling model have different ones.
    """
    if model.spec.rolling is not None and segment is not SegmentName.TEST:
        raise BadInputError(
            f"{model.name} is trained in legs, and the {segment.value} segment of each is another, "
            "so there is no one answer for it; ask for TEST, or a model without rolling.",
            "segment",
        )
    segments = model.spec.segments
    return {
        SegmentName.TRAIN: segments.train,
        SegmentName.VALID: segments.valid,
        SegmentName.TEST: segments.test,
    }[segment]


def _within_segment(model: ModelRecord, arguments: PredictionArguments) -> Period:
    period = segment_period(model, arguments.segment)
    for name, day in (("start", arguments.start), ("end", arguments.end)):
        if day is not None and day not in period:
            raise BadInputError(
                f"The {name} {day} lies outside the {arguments.segment.value} segment of "
                f"{model.name}, which is {period.start} to {period.end}.",
                name,
            )
    return period_between(arguments.start or period.start, arguments.end or period.end)
