"""Predictions that go on past the test segment, by a training that is kept."""

from collections.abc import Sequence
from typing import cast

from compute.versions import engine
from domain.downloads import PredictionsDownload
from domain.errors import BadInputError
from domain.expression import parse
from domain.keys import content_key
from domain.period import Period
from domain.records import ModelRecord, ResultRecord, SnapshotRecord, UniverseRecord
from domain.runs import RunKind
from domain.specs import SegmentName
from domain.work import PredictionWork, Work
from resolvers.bars_read import bars_of_factors, expressions_of
from resolvers.desk import Desk
from resolvers.factors import Extension, SeriesAnswer
from resolvers.facts import require_trading_days
from resolvers.inquiry import Inquiry
from resolvers.peers import peers
from resolvers.prediction_arguments import PredictionArguments
from resolvers.questions import Ensure, Purpose, Question, bars_of, stored_panel
from resolvers.series import Thinning, members_table, only, shown_members
from resolvers.studies import Study, period_between, period_within, resolve_snapshot
from resolvers.trainings import training_question

Trained = ResultRecord | Question
"""A training that is kept, or the question that has it computed where none is."""


async def extended_predictions(
    model: ModelRecord,
    arguments: PredictionArguments,
    instruments: Sequence[str] | None,
    thinning: Thinning,
    inquiry: Inquiry,
) -> SeriesAnswer:
    """What a kept model predicts over the test segment and the days after it.

    Raises:
        BadInputError: The segment is another, the model is trained anew as days pass, it was
            trained on newer data only, there is no later day, or a date lies outside.
    """
    _require_extendable(model, arguments)
    lookups = inquiry.lookups
    universe = await newest_universe(model, inquiry.desk)
    data = await resolve_snapshot(arguments.snapshot, universe, lookups)
    later = await later_days(model, data, inquiry.desk)
    period = _period_shown(model, arguments, data)
    members = await inquiry.services.facts.members(universe.id, period, lookups)
    shown = shown_members(members, instruments)
    calendar = await inquiry.services.facts.calendar(data)
    thinning.require_room(require_trading_days(calendar.rows(period), period, "start"))

    async def question(over: SnapshotRecord, days: Period) -> tuple[Question, Trained]:
        trained = await _trained(model, over, arguments.snapshot is None, inquiry)
        return await prediction_question(model, trained, over, days, inquiry.desk), trained

    async def today() -> str:
        newest = await lookups.latest_snapshot(data.market_id)
        return (await question(newest, await later_days(model, newest, inquiry.desk)))[0].key

    asked, trained = await question(data, later)
    answer = await inquiry.answer(asked, today)
    panel, store = stored_panel(answer.result), inquiry.services.store
    table = await members_table(panel, shown, period, thinning, store)
    download = PredictionsDownload(
        answer.result.key, period.start, period.end, only(shown, members)
    )
    extension = Extension(await _data_of(trained, inquiry.desk), answer.result.document)
    return SeriesAnswer(table, answer, data, download, extension)


async def newest_universe(model: ModelRecord, desk: Desk) -> UniverseRecord:
    """Who the members are on later days: the newest version of the model's universe says it.

    On earlier days it says what the model's own version does, unless their members were revised.
    """
    universe = await desk.lookups.entity(model.spec.universe_id)
    assert isinstance(universe, UniverseRecord)
    return cast(UniverseRecord, await desk.lookups.latest_version(universe.name_id))


async def later_days(model: ModelRecord, data: SnapshotRecord, desk: Desk) -> Period:
    """From the first trading day after the test segment to the last of a snapshot.

    Raises:
        BadInputError: There is none, or the test segment lies outside the snapshot.
    """
    test = model.spec.segments.test
    period_within(data, test.start, test.end)
    calendar = await desk.facts.calendar(data)
    rows = slice(calendar.rows(test).stop, data.trading_days)
    if rows.stop <= rows.start:
        raise BadInputError(
            f"{data.reference} has no trading day after {test.end}, where the test segment of "
            f"{model.reference} ends; import newer data, or leave extend out.",
            "extend",
        )
    return Period(calendar.day(rows.start), calendar.day(rows.stop - 1))


async def prediction_question(
    model: ModelRecord, trained: Trained, data: SnapshotRecord, later: Period, desk: Desk
) -> Question:
    """What a trained model predicts on a snapshot, from its test segment to the last day.

    Raises:
        BadInputError: The snapshot or the universe lacks what the factors read.
    """
    spec = model.spec
    universe = await newest_universe(model, desk)
    whole = Period(spec.segments.test.start, later.end)
    versions = engine(RunKind.PREDICTION, spec.kind)
    factors = await desk.facts.factors(spec.factor_set_id, desk.lookups)
    label = parse(spec.label)
    bars = await bars_of_factors(factors, Study(data, universe, whole), desk, label)
    membership = await desk.facts.membership_key(universe.id, whole, desk.lookups)
    trained_on = await _data_of(trained, desk)

    async def prepare(ensure: Ensure) -> Work:
        kept = trained if isinstance(trained, ResultRecord) else await ensure(trained)
        compared = [*expressions_of(factors), label]
        return PredictionWork(
            bars=bars_of(data),
            kind=spec.kind,
            trained=kept.artifacts,
            trained_on=trained_on.reference,
            features=tuple((factor.name, factor.spec.feature) for factor in factors),
            label=spec.label,
            members=await desk.facts.members(universe.id, whole, desk.lookups),
            infer=spec.processors.infer,
            test=spec.segments.test,
            later=later,
            peers=await peers(compared, universe, desk.facts, desk.lookups),
        )

    return Question(
        key=content_key("prediction", [trained.key, membership, bars, whole, versions]),
        kind=RunKind.PREDICTION,
        snapshot=data,
        universe=universe,
        engine=versions,
        prepare=prepare,
        purpose=Purpose(model.id),
    )


async def _trained(
    model: ModelRecord, data: SnapshotRecord, is_newest: bool, inquiry: Inquiry
) -> Trained:
    """The kept training on the newest data up to a snapshot; where none is kept, that on it.

    Raises:
        BadInputError: All that are kept are of newer data.
    """
    kept = [one for one in await _trainings(model, inquiry) if _is_whole(one, inquiry)]
    for one in kept:
        if one.snapshot_id <= data.id:  # snapshots of one market have ascending rows
            inquiry.services.runner.mark_used(one.key)
            return one
    if kept:
        newer = await _data_of(kept[-1], inquiry.desk)
        raise BadInputError(
            f"{model.reference} was trained on {newer.reference}, and {data.reference} is older; "
            f"name {newer.reference} or newer data, or leave extend out.",
            "snapshot",
        )
    question = await training_question(model, data, inquiry.desk, stands=is_newest)
    same = await inquiry.lookups.result(question.key)  # of another model of equal content
    return same if same is not None and _is_whole(same, inquiry) else question


async def _trainings(model: ModelRecord, inquiry: Inquiry) -> list[ResultRecord]:
    """All kept trainings of a model, those on the newest data first."""
    lookups = inquiry.lookups
    universe = cast(UniverseRecord, await lookups.entity(model.spec.universe_id))
    # What stands may have been computed for another model of equal content.
    standing = await lookups.standing(model.id, universe.name_id)
    found = [*([standing] if standing else []), *await lookups.trainings(model.id)]
    return sorted(found, key=lambda one: one.snapshot_id, reverse=True)


def _is_whole(kept: ResultRecord, inquiry: Inquiry) -> bool:
    return inquiry.services.runner.is_whole(kept)


async def _data_of(trained: Trained, desk: Desk) -> SnapshotRecord:
    """The data that a training was made of."""
    if isinstance(trained, Question):
        return trained.snapshot
    return cast(SnapshotRecord, await desk.lookups.entity(trained.snapshot_id))


def _require_extendable(model: ModelRecord, arguments: PredictionArguments) -> None:
    if arguments.segment is not SegmentName.TEST:
        raise BadInputError(
            f"extend goes on from the TEST segment, and {arguments.segment.value} is asked for; "
            "leave segment out, or extend.",
            "segment",
        )
    if model.spec.rolling is not None:
        raise BadInputError(
            f"{model.reference} is trained anew as days pass, so extend is not for it; to have "
            "newer days predicted, end its test segment later with updateModel.",
            "extend",
        )


def _period_shown(
    model: ModelRecord, arguments: PredictionArguments, data: SnapshotRecord
) -> Period:
    """The days asked for, between the test segment's first and the snapshot's last."""
    first, last = model.spec.segments.test.start, data.last_date
    for name, day in (("start", arguments.start), ("end", arguments.end)):
        if day is not None and not first <= day <= last:
            raise BadInputError(
                f"The {name} {day} lies outside what {model.name} can predict on "
                f"{data.reference}, which is {first} to {last}.",
                name,
            )
    return period_between(arguments.start or first, arguments.end or last)
