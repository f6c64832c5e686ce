"""Where the values of a factor come from: a panel, of an expression or imported."""

from collections.abc import Sequence
from dataclasses import dataclass

from compute.versions import engine
from domain.errors import BadInputError
from domain.expression import Expression
from domain.keys import content_key
from domain.period import Period
from domain.records import SnapshotRecord
from domain.runs import RunKind
from domain.specs import FactorSpec
from domain.work import PanelsWork, Work
from resolvers.bars_read import bars_compared, expression_of
from resolvers.desk import Desk
from resolvers.facts import rows_with_lookback
from resolvers.imported_values import imported_key, imported_question
from resolvers.needs import require_fields, require_history, require_room
from resolvers.peers import peer_group, peers
from resolvers.questions import NOBODY, Ensure, Purpose, Question, bars_of
from resolvers.studies import Study


@dataclass(frozen=True, slots=True)
class SignalSource:
    """A signal over a study: the key of its values there, and the question that yields them."""

    key: str
    panel: Question


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
        bars = await bars_compared([expression], study, desk)
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
    require_history(expression_of(spec), snapshot)
    symbols = await desk.facts.symbols(snapshot, desk.lookups)
    canonical = expression_of(spec).canonical
    rows = slice(0, snapshot.trading_days)
    bars = await desk.facts.bars(snapshot, spec.input_fields, symbols, rows)
    versions = engine(RunKind.FACTOR_VALUES)

    async def prepare(_ensure: Ensure) -> Work:
        return PanelsWork(bars_of(snapshot), (canonical,), symbols, engine=versions)

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
    require_history(expression, snapshot)
    rows = slice(0, snapshot.trading_days)
    group = await peer_group([expression], snapshot, universe, rows, desk.facts, desk.lookups)
    assert group is not None
    require_room(expression, snapshot.trading_days, len(group.symbols))
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
