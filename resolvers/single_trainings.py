"""Questions about one training: that of a plain model, or of a leg of a rolling one."""

from collections.abc import Mapping

from compute.versions import engine
from domain.expression import parse
from domain.keys import content_key
from domain.names import EntityKind
from domain.period import Period
from domain.records import ModelRecord, SnapshotRecord, UniverseRecord
from domain.runs import RunKind
from domain.work import TrainingWork, Work
from resolvers.bars_read import bars_of_factors, expressions_of
from resolvers.bases import bases_of
from resolvers.desk import Desk
from resolvers.facts import require_trading_days
from resolvers.lookups import Lookups
from resolvers.peers import peers
from resolvers.questions import Ensure, Purpose, Question, bars_of
from resolvers.studies import Study, period_within


async def single_training(
    model: ModelRecord, snapshot: SnapshotRecord, desk: Desk, *, stands: bool = False
) -> Question:
    """The training of a model, which predicts all three of its segments too.

    A leg is given as a model of its segments.

    Raises:
        BadInputError: A segment lies outside the snapshot.
    """
    spec = model.spec
    universe = await universe_of(model, desk.lookups)
    whole = Period(spec.segments.train.start, spec.segments.test.end)
    versions = engine(RunKind.TRAINING, spec.kind)
    key = await desk.facts.key(
        ("training", model.id, spec.segments, versions),
        snapshot,
        lambda: _training_key(model, snapshot, desk),
    )

    async def prepare(ensure: Ensure) -> Work:
        factors = await desk.facts.factors(spec.factor_set_id, desk.lookups)
        expressions = [*expressions_of(factors), parse(spec.label)]
        return TrainingWork(
            bars=bars_of(snapshot),
            kind=spec.kind,
            parameters=dict(spec.parameters),
            seed=spec.seed,
            features=tuple((factor.name, factor.spec.feature) for factor in factors),
            label=spec.label,
            members=await desk.facts.members(universe.id, whole, desk.lookups),
            segments=spec.segments,
            processors=spec.processors,
            purge_days=spec.purge_days,
            peers=await peers(expressions, universe, desk.facts, desk.lookups),
            base=await _kept_base(model, snapshot, desk, ensure),
            rounds=spec.rounds,
        )

    return Question(
        key=key,
        kind=RunKind.TRAINING,
        snapshot=snapshot,
        universe=universe,
        engine=versions,
        prepare=prepare,
        purpose=Purpose(model.id, EntityKind.MODEL if stands else None),
    )


async def _kept_base(
    model: ModelRecord, snapshot: SnapshotRecord, desk: Desk, ensure: Ensure
) -> Mapping[str, str] | None:
    """The training that a model continues, on the same data."""
    if model.spec.derived_from_id is None:
        return None
    base = await desk.lookups.entity(model.spec.derived_from_id)
    assert isinstance(base, ModelRecord)
    return (await ensure(await single_training(base, snapshot, desk))).artifacts


async def _training_key(model: ModelRecord, snapshot: SnapshotRecord, desk: Desk) -> str:
    key = None
    for one in reversed([model, *await bases_of(model, desk.lookups)]):
        own = await _own_training_key(one, snapshot, desk)
        key = content_key("continued", [key, own, one.spec.rounds]) if key else own
    assert key is not None
    return key


async def _own_training_key(model: ModelRecord, snapshot: SnapshotRecord, desk: Desk) -> str:
    """The key without what the model goes on from."""
    spec = model.spec
    await require_segments(model, snapshot, desk)
    whole = Period(spec.segments.train.start, spec.segments.test.end)
    meaning = [
        [spec.kind, spec.parameters, spec.seed, spec.label, spec.segments, spec.processors],
        [spec.purge_days],
        await read_by(model, whole, snapshot, desk),
    ]
    return content_key("training", meaning)


async def read_by(
    model: ModelRecord, days: Period, snapshot: SnapshotRecord, desk: Desk
) -> list[str]:
    """Hash what a model reads over some days: factors, members and bars; and name its engine."""
    spec = model.spec
    study = Study(snapshot, await universe_of(model, desk.lookups), days)
    factors = await desk.facts.factors(spec.factor_set_id, desk.lookups)
    bars = await bars_of_factors(factors, study, desk, parse(spec.label))
    membership = await desk.facts.membership_key(spec.universe_id, days, desk.lookups)
    features = await desk.facts.features_key(spec.factor_set_id, desk.lookups)
    return [features, membership, bars, engine(RunKind.TRAINING, spec.kind)]


async def require_segments(model: ModelRecord, snapshot: SnapshotRecord, desk: Desk) -> None:
    """Check that each segment has trading days within the snapshot.

    Raises:
        BadInputError: One lies outside, or holds no trading day.
    """
    calendar = await desk.facts.calendar(snapshot)
    segments = model.spec.segments
    for period in (segments.train, segments.valid, segments.test):
        period_within(snapshot, period.start, period.end)
        require_trading_days(calendar.rows(period), period)


async def universe_of(model: ModelRecord, lookups: Lookups) -> UniverseRecord:
    """The universe that a model is trained over."""
    universe = await lookups.entity(model.spec.universe_id)
    assert isinstance(universe, UniverseRecord)
    return universe
