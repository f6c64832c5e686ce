"""Questions about the training of a rolling model: a training for each leg, and all together."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from compute.progress import ProgressReport
from compute.versions import engine
from domain.errors import LegFailedError, QatlasError
from domain.keys import content_key
from domain.names import EntityKind
from domain.period import Period, Segments
from domain.records import ModelRecord, ResultRecord, SnapshotRecord
from domain.runs import RunKind
from domain.work import StitchingWork, TrainedLeg, Work
from resolvers.desk import Desk
from resolvers.legs import legs_of
from resolvers.questions import Ensure, Purpose, Question, bars_of, stored_panel
from resolvers.single_trainings import read_by, single_training, universe_of
from resolvers.studies import period_within

_PHASE = "training legs"


async def rolling_training(
    model: ModelRecord, snapshot: SnapshotRecord, desk: Desk, *, stands: bool = False
) -> Question:
    """All legs of a rolling model, and what they predicted out of sample as one panel.

    A leg is a question of its own under a key of its own, which says nothing of the model: what
    another model has learned from the same days is not learned again, nor are older legs when
    test goes on. The key of the whole is made without theirs, since hashing the bars of each leg
    takes long where there are many.

    Raises:
        BadInputError: The test segment lies outside the snapshot, which may also lack days that
            the first leg needs.
    """
    versions = engine(RunKind.TRAINING, model.spec.kind)
    key = await desk.facts.key(
        ("training", model.id, model.spec.segments, versions),
        snapshot,
        lambda: _key(model, snapshot, desk),
    )

    async def prepare(ensure: Ensure) -> Work:
        legs = await model_legs(model, snapshot, desk)

        async def train(leg: Segments) -> ResultRecord:
            return await ensure(await single_training(_plain(model, leg), snapshot, desk))

        kept = await _trained(legs, train, ensure)
        return StitchingWork(bars_of(snapshot), tuple(map(_trained_leg, legs, kept)))

    return Question(
        key=key,
        kind=RunKind.TRAINING,
        snapshot=snapshot,
        universe=await universe_of(model, desk.lookups),
        engine=versions,
        prepare=prepare,
        purpose=Purpose(model.id, EntityKind.MODEL if stands else None),
    )


async def model_legs(
    model: ModelRecord, snapshot: SnapshotRecord, desk: Desk
) -> tuple[Segments, ...]:
    """The segments of each leg of a model on a snapshot; none of a plain model.

    Raises:
        BadInputError: As `rolling_training`.
    """
    segments, rolling = model.spec.segments, model.spec.rolling
    if rolling is None:
        return ()
    period_within(snapshot, segments.train.start, segments.test.end)
    return legs_of(segments, rolling, await desk.facts.calendar(snapshot))


async def _key(model: ModelRecord, snapshot: SnapshotRecord, desk: Desk) -> str:
    spec = model.spec
    legs = await model_legs(model, snapshot, desk)
    days = Period(legs[0].train.start, legs[-1].test.end)
    meaning = [
        [spec.kind, spec.parameters, spec.seed, spec.label, legs, spec.processors],
        [spec.purge_days],
        await read_by(model, days, snapshot, desk),
    ]
    return content_key("rolling training", meaning)


def _plain(model: ModelRecord, leg: Segments) -> ModelRecord:
    """The model that a leg is by itself."""
    return replace(model, spec=replace(model.spec, segments=leg, rolling=None))


async def _trained(
    legs: Sequence[Segments],
    train: Callable[[Segments], Awaitable[ResultRecord]],
    ensure: Ensure,
) -> list[ResultRecord]:
    """The trainings of all legs, as many at a time as are worth asking for.

    Raises:
        LegFailedError: One failed; no other is begun then.
    """
    turns = asyncio.Semaphore(ensure.at_once)
    total, done = len(legs), 0

    async def in_turn(place: int) -> ResultRecord:
        nonlocal done
        async with turns:
            try:
                kept = await train(legs[place])
            except QatlasError as error:
                raise _failed(place + 1, total, legs[place].test, error) from error
        done += 1
        ensure.report(ProgressReport(_PHASE, done, total))
        return kept

    ensure.report(ProgressReport(_PHASE, done, total))
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(in_turn(place)) for place in range(total)]
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from failed
    return [task.result() for task in tasks]


def _failed(number: int, total: int, test: Period, cause: QatlasError) -> LegFailedError:
    return LegFailedError(
        f"Leg {number} of {total}, which predicts {test.start} to {test.end}, could not be "
        f"trained: {cause.message}",
        cause.code,
        cause.field,
    )


def _trained_leg(leg: Segments, kept: ResultRecord) -> TrainedLeg:
    names = [one["artifact"] for one in kept.document["curves"]]
    return TrainedLeg(
        key=kept.key,
        segments=leg,
        panel=stored_panel(kept),
        document=kept.document,
        curves={name: kept.artifacts[name] for name in names},
        seconds=kept.compute_seconds,
    )
