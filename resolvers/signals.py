"""Where the values of a signal come from: a factor's panel, or a model's predictions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from compute.versions import engine
from domain.errors import BadInputError
from domain.expression import Expression, parse
from domain.keys import content_key
from domain.names import EntityKind
from domain.period import Period
from domain.records import FactorRecord, ModelRecord, SnapshotRecord, UniverseRecord
from domain.runs import RunKind
from domain.specs import FactorSpec
from domain.work import ROWS_OF_IMPORTED, PanelsWork, TrainingWork, Work
from resolvers.bases import bases_of
from resolvers.facts import Facts, require_trading_days, rows_with_lookback
from resolvers.imported_values import imported_key, imported_question, require_market
from resolvers.lookups import Lookups
from resolvers.needs import require_fields, require_for_factors
from resolvers.peers import peer_group, peers
from resolvers.questions import NOBODY, Ensure, Purpose, Question, bars_of
from resolvers.studies import Study, period_within


@dataclass(frozen=True, slots=True)
class SignalSource:
    """A signal over a study: the key of its values there, and the question that yields them."""

    key: str
    panel: Question


@dataclass(frozen=True, slots=True)
class Desk:
    """What questions are worked out with."""

    facts: Facts
    lookups: Lookups


async def factor_source(
    spec: FactorSpec, study: Study, desk: Desk, purpose: Purpose = NOBODY
) -> SignalSource:
    """The values of a factor over a universe.

    Imported values are what they are. The panel of an expression covers all that is listed over
    the whole history and is shared by every universe and period, unless the expression compares
    instruments: then it is the universe's own. The key says what of it the study sees, so that a
    day more of data leaves the values of the past as current as they were.

    Raises:
        BadInputError: The snapshot lacks a field or is of another market, or the universe lacks
            sectors.
    """
    membership = await desk.facts.membership_key(study.universe.id, study.period, desk.lookups)
    if spec.imported is not None:
        panel = imported_question(spec.imported, study.snapshot, purpose)
        return SignalSource(imported_key(spec.imported, membership, study.period), panel)
    expression = expression_of(spec)
    members = await desk.facts.members(study.universe.id, study.period, desk.lookups)
    if expression.is_cross_sectional:
        panel = await _compared_question(expression, study, desk, purpose)
        bars = await _bars_compared([expression], study, desk)
    else:
        panel = await panel_question(spec, study.snapshot, desk, purpose)
        bars = await _bars_of_values(spec, study.snapshot, tuple(members), study.period, desk)
    key = content_key("values", [spec.canonical, membership, bars, study.period, panel.engine])
    return SignalSource(key, panel)


async def instrument_source(
    spec: FactorSpec,
    symbol: str,
    snapshot: SnapshotRecord,
    period: Period,
    desk: Desk,
    purpose: Purpose = NOBODY,
) -> SignalSource:
    """The values of a factor for one instrument, whatever universes it belongs to.

    Raises:
        BadInputError: The snapshot lacks a field or is of another market, or the expression
            compares instruments.
    """
    if spec.imported is not None:
        panel = imported_question(spec.imported, snapshot, purpose)
        return SignalSource(imported_key(spec.imported, symbol, period), panel)
    if spec.is_cross_sectional:
        raise BadInputError(
            f"{spec.canonical} compares the members of a universe, so {symbol} alone has no value; "
            "ask the factor for its values over one, with instruments: [symbol]."
        )
    panel = await panel_question(spec, snapshot, desk, purpose)
    bars = await _bars_of_values(spec, snapshot, (symbol,), period, desk)
    meaning = [spec.canonical, symbol, bars, period, panel.engine]
    return SignalSource(content_key("instrument values", meaning), panel)


async def _bars_of_values(
    spec: FactorSpec, snapshot: SnapshotRecord, symbols: Sequence[str], period: Period, desk: Desk
) -> str:
    """Hash what the values of an expression over a period are made of."""
    rows = (await desk.facts.calendar(snapshot)).rows(period)
    ahead = expression_of(spec).lookahead_days if spec.looks_ahead else 0
    stop = min(snapshot.trading_days, rows.stop + ahead)
    read = rows_with_lookback(slice(rows.start, stop), spec.lookback_days)
    return await desk.facts.bars(snapshot, spec.input_fields, symbols, read)


async def panel_question(
    spec: FactorSpec, snapshot: SnapshotRecord, desk: Desk, purpose: Purpose
) -> Question:
    """The values of an expression for all that is listed, over the whole history."""
    require_fields(spec.input_fields, snapshot)
    symbols = await desk.facts.symbols(snapshot, desk.lookups)
    canonical = expression_of(spec).canonical
    rows = slice(0, snapshot.trading_days)
    bars = await desk.facts.bars(snapshot, spec.input_fields, symbols, rows)
    versions = engine(RunKind.FACTOR_VALUES)

    async def prepare(_ensure: Ensure) -> Work:
        return PanelsWork(bars_of(snapshot), (canonical,), symbols)

    return Question(
        key=content_key("panel", [canonical, bars, versions]),
        kind=RunKind.FACTOR_VALUES,
        snapshot=snapshot,
        universe=None,
        engine=versions,
        prepare=prepare,
        purpose=Purpose(purpose.entity_id),
    )


async def _compared_question(
    expression: Expression, study: Study, desk: Desk, purpose: Purpose
) -> Question:
    """The values of an expression for all that ever were members, over the whole history."""
    snapshot, universe = study.snapshot, study.universe
    require_fields(expression.fields, snapshot)
    rows = slice(0, snapshot.trading_days)
    group = await peer_group([expression], snapshot, universe, rows, desk.facts, desk.lookups)
    assert group is not None
    bars = await desk.facts.bars(snapshot, expression.fields, group.symbols, rows)
    versions = engine(RunKind.FACTOR_VALUES)

    async def prepare(_ensure: Ensure) -> Work:
        compared = await peers([expression], universe, desk.facts, desk.lookups)
        return PanelsWork(bars_of(snapshot), (expression.canonical,), group.symbols, compared)

    return Question(
        key=content_key("compared panel", [expression.canonical, bars, group.key, versions]),
        kind=RunKind.FACTOR_VALUES,
        snapshot=snapshot,
        universe=universe,
        engine=versions,
        prepare=prepare,
        purpose=Purpose(purpose.entity_id),
    )


async def _bars_compared(
    expressions: Sequence[Expression], study: Study, desk: Desk, ahead: int = 0
) -> str:
    """Hash what expressions are made of that compare instruments: bars, and who is compared.

    Args:
        expressions: At least one of them compares.
        study: Over which days and members.
        desk: What is read with.
        ahead: How many days after the study's last the expressions read.
    """
    rows = (await desk.facts.calendar(study.snapshot)).rows(study.period)
    rows = slice(rows.start, min(study.snapshot.trading_days, rows.stop + ahead))
    reaching = rows_with_lookback(rows, _longest([one.lookback_days for one in expressions]))
    group = await peer_group(
        expressions, study.snapshot, study.universe, reaching, desk.facts, desk.lookups
    )
    assert group is not None
    fields = sorted({field for one in expressions for field in one.fields})
    bars = await desk.facts.bars(study.snapshot, fields, group.symbols, reaching)
    return content_key("compared", [bars, group.key])


async def model_source(
    model: ModelRecord, snapshot: SnapshotRecord, desk: Desk, *, stands: bool = False
) -> SignalSource:
    """The predictions of a model.

    Raises:
        BadInputError: A segment lies outside the snapshot.
    """
    training = await training_question(model, snapshot, desk, stands=stands)
    return SignalSource(training.key, training)


async def training_question(
    model: ModelRecord, snapshot: SnapshotRecord, desk: Desk, *, stands: bool = False
) -> Question:
    """The training of a model, which predicts all three of its segments too.

    Raises:
        BadInputError: A segment lies outside the snapshot.
    """
    spec = model.spec
    universe = await _universe(spec.universe_id, desk.lookups)
    whole = Period(spec.segments.train.start, spec.segments.test.end)
    versions = engine(RunKind.TRAINING, spec.kind)
    key = await desk.facts.key(
        ("training", model.id, versions), snapshot, lambda: _training_key(model, snapshot, desk)
    )

    async def prepare(ensure: Ensure) -> Work:
        factors = await desk.facts.factors(spec.factor_set_id, desk.lookups)
        expressions = [*expressions_of(factors), _read(spec.label)]
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
    return (await ensure(await training_question(base, snapshot, desk))).artifacts


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
    study = Study(snapshot, await _universe(spec.universe_id, desk.lookups), whole)
    factors = await desk.facts.factors(spec.factor_set_id, desk.lookups)
    bars = await bars_of_factors(factors, study, desk, _read(spec.label))
    membership = await desk.facts.membership_key(spec.universe_id, whole, desk.lookups)
    features = await desk.facts.features_key(spec.factor_set_id, desk.lookups)
    meaning = [
        [spec.kind, spec.parameters, spec.seed, spec.label, spec.segments, spec.processors],
        [spec.purge_days],
        [features, membership, bars, engine(RunKind.TRAINING, spec.kind)],
    ]
    return content_key("training", meaning)


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


async def bars_of_factors(
    factors: Sequence[FactorRecord],
    study: Study,
    desk: Desk,
    label: Expression | None = None,
) -> str:
    """Hash the bars that factors, and perhaps a label, are made of over a study.

    Where nothing is made of bars, since all factors were imported, these are the closes: an
    instrument has rows on the days on which it has any bar.

    Raises:
        BadInputError: The snapshot lacks a field or is not of the market that a factor was
            imported for, or the universe lacks sectors; it names the factors that need them.
    """
    for factor in factors:
        if factor.spec.imported is not None:
            require_market(factor.spec.imported, study.snapshot)
    named = {one.name: expression_of(one.spec) for one in factors if one.spec.imported is None}
    await require_for_factors(named, study.snapshot, study.universe, desk.facts, desk.lookups)
    expressions = [*named.values(), *([label] if label else [])]
    expressions = expressions or [_read(ROWS_OF_IMPORTED)]
    fields = sorted({field for one in expressions for field in one.fields})
    require_fields(fields, study.snapshot)
    ahead = label.lookahead_days if label else 0
    if any(one.is_cross_sectional for one in expressions):
        return await _bars_compared(expressions, study, desk, ahead)
    rows = (await desk.facts.calendar(study.snapshot)).rows(study.period)
    rows = slice(rows.start, min(study.snapshot.trading_days, rows.stop + ahead))
    members = await desk.facts.members(study.universe.id, study.period, desk.lookups)
    reaching = rows_with_lookback(rows, _longest([one.lookback_days for one in expressions]))
    return await desk.facts.bars(study.snapshot, fields, tuple(members), reaching)


def expression_of(spec: FactorSpec) -> Expression:
    """The expression that a factor is; it must not be an imported one."""
    assert spec.canonical is not None
    return _read(spec.canonical)


def expressions_of(factors: Iterable[FactorRecord]) -> list[Expression]:
    """The expressions among factors, in order."""
    return [expression_of(factor.spec) for factor in factors if factor.spec.imported is None]


@lru_cache(maxsize=1024)
def _read(canonical: str) -> Expression:
    # Lists ask for the same few labels again and again.
    return parse(canonical)


def _longest(lookbacks: Sequence[int | None]) -> int | None:
    known = [days for days in lookbacks if days is not None]
    return max(known) if len(known) == len(lookbacks) else None


async def _universe(universe_id: int, lookups: Lookups) -> UniverseRecord:
    universe = await lookups.entity(universe_id)
    assert isinstance(universe, UniverseRecord)
    return universe
