"""Questions about what trading on a signal would have earned."""

from dataclasses import dataclass

from compute.versions import engine, engines
from domain.errors import BadInputError
from domain.keys import content_key
from domain.names import EntityKind
from domain.period import Period
from domain.records import (
    BacktestRecord,
    FactorRecord,
    ModelRecord,
    SnapshotRecord,
    UniverseRecord,
)
from domain.runs import RunKind
from domain.work import BacktestWork, Work
from resolvers.desk import Desk
from resolvers.facts import Calendar
from resolvers.questions import Ensure, Purpose, Question, bars_of, stored_panel
from resolvers.signals import SignalSource, factor_source
from resolvers.studies import Study, period_within
from resolvers.trainings import model_source

QUOTED_FIELDS = ("close", "volume", "change", "factor")
"""What an exchange reads besides the price that it deals at."""


async def backtest_question(
    backtest: BacktestRecord, snapshot: SnapshotRecord, desk: Desk, *, stands: bool = False
) -> Question:
    """What the backtest traded and earned, day by day.

    Raises:
        BadInputError: The period lies outside the snapshot or ends on its last day, or the
            signal has no day to trade on.
    """
    spec = backtest.spec
    universe = await desk.lookups.entity(spec.universe_id)
    assert isinstance(universe, UniverseRecord)
    key = await desk.facts.key(
        ("backtest", backtest.id, *engines()), snapshot, lambda: _key(backtest, snapshot, desk)
    )

    async def prepare(ensure: Ensure) -> Work:
        plan = await _plan(backtest, snapshot, desk, stands=stands)
        days = plan.study.period
        return BacktestWork(
            bars=bars_of(snapshot),
            signal=stored_panel(await ensure(plan.source.panel)),
            members=await desk.facts.members(universe.id, days, desk.lookups),
            signal_period=days,
            period=spec.period,
            benchmark=spec.benchmark,
            account=spec.account,
            strategy=spec.strategy,
            exchange=spec.exchange,
        )

    return Question(
        key=key,
        kind=RunKind.BACKTEST,
        snapshot=snapshot,
        universe=universe,
        engine=engine(RunKind.BACKTEST),
        prepare=prepare,
        purpose=Purpose(backtest.id, EntityKind.BACKTEST if stands else None, stands),
    )


@dataclass(frozen=True, slots=True)
class _Plan:
    """A backtest on a snapshot: the days whose signal it trades on, and that signal."""

    study: Study
    source: SignalSource
    calendar: Calendar


async def _plan(
    backtest: BacktestRecord, snapshot: SnapshotRecord, desk: Desk, *, stands: bool = False
) -> _Plan:
    spec = backtest.spec
    calendar = await desk.facts.calendar(snapshot)
    require_tradable(spec.period, snapshot, calendar)
    universe = await desk.lookups.entity(spec.universe_id)
    signal = await desk.lookups.entity(spec.signal_id)
    assert isinstance(universe, UniverseRecord)
    assert isinstance(signal, FactorRecord | ModelRecord)
    days = signal_days(signal, spec.period, calendar, in_sample=spec.allow_in_sample)
    study = Study(snapshot, universe, days)
    return _Plan(study, await _source(signal, study, desk, stands=stands), calendar)


async def _key(backtest: BacktestRecord, snapshot: SnapshotRecord, desk: Desk) -> str:
    spec = backtest.spec
    plan = await _plan(backtest, snapshot, desk)
    meaning = [
        [plan.source.key, plan.study.period, spec.period, spec.benchmark, spec.account],
        [spec.strategy, spec.exchange, snapshot.region, engine(RunKind.BACKTEST)],
        await _traded(backtest, plan.study, plan.calendar, desk),
    ]
    return content_key("backtest", meaning)


def signal_days(
    signal: FactorRecord | ModelRecord,
    period: Period,
    calendar: Calendar,
    *,
    in_sample: bool = False,
) -> Period:
    """The days whose signal may be traded on: each is traded on the next trading day.

    A factor has values on the trading day before the period; a model has out of sample only
    those of its test segment, so where both begin together the first trade is on the second day.
    In sample it has those of all three segments, unless it is a rolling one.

    Raises:
        BadInputError: What a model predicts and the period have no day in common.
    """
    first = calendar.rows(period).start
    start = calendar.day(first - 1) if first > 0 else period.start
    wanted = Period(min(start, period.start), period.end)
    if isinstance(signal, FactorRecord):
        return wanted
    segments = signal.spec.segments
    in_sample = in_sample and signal.spec.rolling is None
    test = Period(segments.train.start, segments.test.end) if in_sample else segments.test
    days = wanted.clip(test)
    if days is None or days.start >= period.end:
        within = "its segments" if in_sample else "the test segment"
        raise BadInputError(
            f"The signal {signal.name} predicts {test.start} to {test.end}, and the backtest "
            f"trades {period.start} to {period.end}; choose a period within {within}.",
            "input.period",
        )
    return days


def require_tradable(period: Period, snapshot: SnapshotRecord, calendar: Calendar) -> None:
    """Check that Qlib can trade the period.

    Raises:
        BadInputError: It lies outside the snapshot, ends on the last day, or has under two
            trading days.
    """
    period_within(snapshot, period.start, period.end)
    last = calendar.day(len(calendar.days) - 1)
    if period.end >= last:
        before = calendar.day(len(calendar.days) - 2)
        raise BadInputError(
            f"The period ends on {period.end}, the last day of the snapshot, and an order needs "
            f"a day after it; end on {before} or earlier.",
            "input.period.end",
        )
    rows = calendar.rows(period)
    if rows.stop - rows.start < 2:
        raise BadInputError(
            f"The period {period.start} to {period.end} has fewer than two trading days; widen it.",
            "input.period",
        )


def tradable_days(snapshot: SnapshotRecord, calendar: Calendar) -> Period:
    """All days of a snapshot that a backtest may trade."""
    return Period(snapshot.first_date, calendar.day(len(calendar.days) - 2))


async def _source(
    signal: FactorRecord | ModelRecord, study: Study, desk: Desk, *, stands: bool
) -> SignalSource:
    if isinstance(signal, ModelRecord):
        return await model_source(signal, study.snapshot, desk, stands=stands)
    return await factor_source(signal.spec, study, desk, Purpose(signal.id))


async def _traded(
    backtest: BacktestRecord, study: Study, calendar: Calendar, desk: Desk
) -> list[str]:
    """Hash what is traded on: quotes of members, closes of the benchmark, and the membership."""
    spec = backtest.spec
    rows = calendar.rows(spec.period)
    members = await desk.facts.members(study.universe.id, study.period, desk.lookups)
    fields = sorted({*QUOTED_FIELDS, spec.exchange.deal_price.bar_field})
    quotes = await desk.facts.bars(study.snapshot, fields, tuple(members), rows)
    compared = (spec.benchmark,) if spec.benchmark else ()
    # The first return is made from the close of the day before.
    closes = slice(max(0, rows.start - 1), rows.stop)
    bench = await desk.facts.bars(study.snapshot, ("close",), compared, closes)
    membership = await desk.facts.membership_key(study.universe.id, study.period, desk.lookups)
    return [quotes, bench, membership]
