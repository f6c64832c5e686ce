"""Backtests are defined and edited: every default is resolved here. Nothing is traded by it."""

from dataclasses import fields, replace
from functools import partial
from typing import Any, cast

from catalog import defining
from domain.definitions import (
    LEFT_OUT,
    BacktestDefinition,
    BacktestParts,
    BacktestRevision,
    GivenExchange,
    GivenPeriod,
    GivenStrategy,
    stated,
)
from domain.errors import BadInputError, QatlasError
from domain.ids import NodeId, NodeKind
from domain.names import EntityKind
from domain.period import Period
from domain.records import BacktestRecord, FactorRecord, ModelRecord, UniverseRecord
from domain.specs import BacktestSpec, ExchangeSpec, StrategyKind, StrategySpec
from resolvers.backtests import require_tradable, signal_days, tradable_days
from resolvers.defining.editing import Editor, check_revision, revise
from resolvers.defining.faults import Faults
from resolvers.defining.grounds import (
    Ground,
    field_issues,
    find_universe,
    ground_of,
    member_issues,
    period_issues,
)
from resolvers.defining.trading import (
    find_benchmark,
    largest_membership,
    read_account,
    read_exchange,
    read_strategy,
)
from resolvers.desk import Desk
from resolvers.lookups import Lookups

_PERIOD = "input.period"
SignalRecord = FactorRecord | ModelRecord


async def create_backtest(definition: BacktestDefinition, editor: Editor) -> BacktestRecord:
    """Write a new backtest.

    Raises:
        InvalidInputError: Things are wrong with the input; it tells all of them.
        NameTakenError: Only the name is, since a backtest has it.
        NotFoundError: Only a reference is, since it points at nothing.
    """
    faults = Faults()
    await editor.check_new(EntityKind.BACKTEST, definition, faults)
    spec = faults.settle(await _spec(definition.parts, editor.desk, faults))
    write = partial(
        defining.create_backtest,
        name=definition.name,
        spec=spec,
        description=definition.description,
        tags=definition.tags,
        author=editor.author,
    )
    return await editor.write(BacktestRecord, write)


async def update_backtest(revision: BacktestRevision, editor: Editor) -> BacktestRecord:
    """Write a backtest's next version; the one that is there if nothing changes.

    All of the next version is checked, against today's data, and not only what is edited.

    Raises:
        InvalidInputError: Things are wrong with it; it tells all of them.
        NotFoundError: No backtest has the name, or only a reference is wrong.
        ConflictError: The latest version is not the one that was expected.
    """

    async def rewrite(latest: BacktestRecord) -> BacktestRecord:
        faults = Faults()
        check_revision(revision, faults)
        parts = await _edited(revision, latest, editor.lookups)
        spec = faults.settle(await _spec(parts, editor.desk, faults))
        write = partial(
            defining.update_backtest,
            name=latest.name,
            spec=spec,
            description=revision.description,
            expected_version=latest.version,
            author=editor.author,
        )
        return await editor.write(BacktestRecord, write)

    return await revise(EntityKind.BACKTEST, revision, editor, rewrite)


async def _edited(
    revision: BacktestRevision, latest: BacktestRecord, lookups: Lookups
) -> BacktestParts:
    """The latest version with the edit in it.

    The benchmark, the limit and the unit are the market's: they stay only on the same market.
    """
    spec = latest.spec
    signal = NodeKind((await lookups.entity(spec.signal_id)).kind.value)
    pinned = BacktestParts(
        signal=str(NodeId(signal, spec.signal_id)),
        universe=str(NodeId(NodeKind.UNIVERSE, spec.universe_id)),
        period=GivenPeriod(spec.period.start, spec.period.end),
        strategy=GivenStrategy(**_values(spec.strategy)),
        exchange=GivenExchange(**_values(spec.exchange)),
        benchmark=spec.benchmark,
        account=spec.account,
        allow_in_sample=spec.allow_in_sample,
    )
    if await _is_elsewhere(revision.edit.universe, spec, lookups):
        rules = replace(pinned.exchange, limit_threshold=LEFT_OUT, trade_unit=LEFT_OUT)
        pinned = replace(pinned, exchange=rules, benchmark=LEFT_OUT)
    pinned = _as_another_kind(pinned, revision.edit.strategy)
    edits = stated(revision.edit)
    edits["strategy"] = replace(pinned.strategy, **stated(revision.edit.strategy))
    edits["exchange"] = replace(pinned.exchange, **stated(revision.edit.exchange))
    return replace(pinned, **edits)


def _as_another_kind(pinned: BacktestParts, edit: GivenStrategy) -> BacktestParts:
    """Without what another kind of strategy, or another topk of it, would have otherwise."""
    strategy, kind = pinned.strategy, edit.kind or pinned.strategy.kind
    if kind is not StrategyKind.TOPK_DROPOUT:
        strategy = replace(strategy, n_drop=None)  # it is always topk
    if kind is not strategy.kind and kind is not StrategyKind.TOPK_DROPOUT:
        strategy = replace(strategy, parameters=None)
        pinned = replace(pinned, exchange=replace(pinned.exchange, trade_unit=LEFT_OUT))
    return replace(pinned, strategy=strategy)


async def _is_elsewhere(universe: str | None, spec: BacktestSpec, lookups: Lookups) -> bool:
    """Whether an edit goes to another market, which has rules and a benchmark of its own."""
    if universe is None:
        return False
    try:
        there = await find_universe(universe, lookups)
    except QatlasError:
        return False  # it is found at fault with all that is
    here = cast(UniverseRecord, await lookups.entity(spec.universe_id))
    return there.market_id != here.market_id


def _values(spec: StrategySpec | ExchangeSpec) -> dict[str, Any]:
    return {field.name: getattr(spec, field.name) for field in fields(spec)}


async def _spec(parts: BacktestParts, desk: Desk, faults: Faults) -> BacktestSpec | None:
    signal = await _signal(parts, desk.lookups, faults)
    ground = await _ground(parts, signal, desk, faults)
    period = await _period(parts, signal, ground, desk, faults)
    size = None
    if ground and period:
        members = await desk.facts.members(ground.universe.id, period, desk.lookups)
        size = largest_membership(members) or None
    name = ground.universe.name if ground else ""
    strategy = read_strategy(parts.strategy, size, name, faults)
    exchange = read_exchange(parts.exchange, parts.strategy.kind, ground, faults)
    account = read_account(parts.account, faults)
    benchmark = None
    if ground is not None:
        benchmark = await faults.look_up(find_benchmark(parts.benchmark, ground, desk))
    if not (signal and ground and period and strategy and exchange):
        return None
    return BacktestSpec(
        signal_id=signal.id,
        universe_id=ground.universe.id,
        period=period,
        benchmark=benchmark,
        account=account,
        strategy=strategy,
        exchange=exchange,
        allow_in_sample=parts.allow_in_sample,
    )


async def _signal(parts: BacktestParts, lookups: Lookups, faults: Faults) -> SignalRecord | None:
    found = await faults.look_up(lookups.resolve("signal", parts.signal, "input.signal"))
    if isinstance(found, FactorRecord) and found.spec.looks_ahead:
        faults.add(
            f"The factor {found.name}:{found.version} looks ahead: it reads days after its own, "
            "so the backtest would trade on the future; choose another signal.",
            "input.signal",
        )
    return cast(SignalRecord | None, found)


async def _ground(
    parts: BacktestParts, signal: SignalRecord | None, desk: Desk, faults: Faults
) -> Ground | None:
    if signal is None and parts.universe is None:
        return None  # the signal would have decided
    universe = await faults.look_up(_universe(parts.universe, signal, desk.lookups))
    if universe is None:
        return None
    ground = await ground_of(universe, desk)
    if isinstance(signal, FactorRecord):
        faults.extend(field_issues([signal], "input.signal", ground))
    elif signal is not None:
        await _check_market(signal, universe, desk.lookups, faults)
    return ground


async def _universe(
    text: str | None, signal: SignalRecord | None, lookups: Lookups
) -> UniverseRecord:
    if text is None and isinstance(signal, ModelRecord):
        return cast(UniverseRecord, await lookups.entity(signal.spec.universe_id))
    return await find_universe(text, lookups)


async def _check_market(
    model: ModelRecord, universe: UniverseRecord, lookups: Lookups, faults: Faults
) -> None:
    own = cast(UniverseRecord, await lookups.entity(model.spec.universe_id))
    if own.market_id != universe.market_id:
        faults.add(
            f"The model {model.name} predicts the market {own.market}, and the universe "
            f"{universe.name} is of {universe.market}; choose a universe of {own.market}.",
            "input.universe",
        )


async def _period(
    parts: BacktestParts,
    signal: SignalRecord | None,
    ground: Ground | None,
    desk: Desk,
    faults: Faults,
) -> Period | None:
    given = parts.period
    if ground is None:
        return None
    if given is None:
        period = faults.attempt(_default_period, signal, ground)
    elif faults.extend(period_issues(given, "period", _PERIOD, ground)):
        period = Period(given.start, given.end)
    else:
        return None
    if period is not None:  # whatever else is wrong with it, holdings can be judged by it
        faults.attempt(require_tradable, period, ground.snapshot, ground.calendar)
        faults.attempt(_require_unseen, period, signal, ground, parts.allow_in_sample)
        faults.extend(await member_issues(period, "period", _PERIOD, ground, desk))
    return period


def _default_period(signal: SignalRecord | None, ground: Ground) -> Period:
    """All days that can be traded, and for a model only those that it did not learn from."""
    days = tradable_days(ground.snapshot, ground.calendar)
    if not isinstance(signal, ModelRecord):
        return days
    test = signal.spec.segments.test
    clipped = test.clip(days)
    if clipped is None:
        raise BadInputError(
            f"The test segment of {signal.name}, {test.start} to {test.end}, has no day that can "
            f"be traded: the data of {ground.market} can be from {days.start} to {days.end}.",
            _PERIOD,
        )
    return clipped


def _require_unseen(
    period: Period, signal: SignalRecord | None, ground: Ground, allow_in_sample: bool
) -> None:
    """Check that a model predicts the period and, unless that is allowed, did not learn from it.

    Raises:
        BadInputError: The period lies outside what the model predicts, or begins before its test
            segment; or a rolling model, which predicts nothing else, is to be traded in sample.
    """
    if not isinstance(signal, ModelRecord):
        return
    if allow_in_sample and signal.spec.rolling is not None:
        raise BadInputError(
            f"{signal.name} is trained in legs, and what is kept of them are predictions out of "
            "sample; leave allowInSample out.",
            "input.allowInSample",
        )
    signal_days(signal, period, ground.calendar, in_sample=allow_in_sample)
    test = signal.spec.segments.test
    seen = ", or set allowInSample" if signal.spec.rolling is None else ""
    if period.start < test.start and not allow_in_sample:
        raise BadInputError(
            f"The period begins on {period.start}, before the test segment of {signal.name}, "
            f"{test.start} to {test.end}: it would trade on days that the model learned from; "
            f"begin on {test.start} or later{seen}.",
            f"{_PERIOD}.start",
        )
