"""What a query asks of a list, as conditions."""

from sqlalchemy import ColumnElement, func, or_, select

from catalog.dialects import among, check_text, holds
from catalog.sources import (
    BACKTEST,
    ENTITY,
    FACTOR,
    FACTOR_SET_MEMBER,
    INSTRUMENT,
    MODEL,
    NAME,
    RUN,
    SNAPSHOT,
    TAG,
    UNIVERSE,
)
from domain.listing import (
    BacktestQuery,
    EntityQuery,
    FactorQuery,
    InstrumentQuery,
    ModelQuery,
    RunQuery,
    SnapshotQuery,
    UniverseQuery,
)

Conditions = list[ColumnElement[bool]]


def containing(text: str, *columns: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether one of the columns holds `text`, in any case; `%` and `_` mean themselves.

    Raises:
        BadInputError: The text holds a character that no text here can have.
    """
    check_text(text, "search")
    return or_(*(column.icontains(text, autoescape=True) for column in columns))


def of_entities(query: EntityQuery, *also_searched: ColumnElement[str]) -> Conditions:
    """The conditions that hold for every kind of entity."""
    conditions: Conditions = []
    if query.search:
        searched = (NAME.c.name, ENTITY.c.description, *also_searched)
        conditions.append(containing(query.search, *searched))
    if query.tags:
        conditions.append(_tagged(query))
    if query.latest_only:
        conditions.append(ENTITY.c.version == NAME.c.latest_version)
    if not query.include_archived:
        conditions.append(NAME.c.archived_at.is_(None))
    if query.ids is not None:
        conditions.append(among(ENTITY.c.id, query.ids))
    return conditions


def of_factors(query: FactorQuery) -> Conditions:
    """What a query for factors asks."""
    conditions = of_entities(query, FACTOR.c.expression)
    if query.factor_set_id is not None:
        members = select(FACTOR_SET_MEMBER.c.factor_id)
        held = members.where(FACTOR_SET_MEMBER.c.factor_set_id == query.factor_set_id)
        conditions.append(ENTITY.c.id.in_(held))
    if query.origin is not None:
        conditions.append(FACTOR.c.origin == query.origin.value)
    if query.input_field is not None:
        bare = check_text(query.input_field, "inputField").removeprefix("$")
        inputs = FACTOR.c.input_fields
        conditions.append(or_(holds(inputs, bare), holds(inputs, f"${bare}")))
    if query.looks_ahead is not None:
        conditions.append(FACTOR.c.looks_ahead.is_(query.looks_ahead))
    return conditions


def of_models(query: ModelQuery) -> Conditions:
    """What a query for models asks."""
    conditions = of_entities(query)
    if query.kinds is not None:
        conditions.append(MODEL.c.kind.in_([kind.value for kind in query.kinds]))
    if query.factor_id is not None:
        sets = select(FACTOR_SET_MEMBER.c.factor_set_id)
        holding = sets.where(FACTOR_SET_MEMBER.c.factor_id == query.factor_id)
        conditions.append(MODEL.c.factor_set_id.in_(holding))
    if query.factor_set_id is not None:
        conditions.append(MODEL.c.factor_set_id == query.factor_set_id)
    if query.universe_id is not None:
        conditions.append(MODEL.c.universe_id == query.universe_id)
    return conditions


def of_backtests(query: BacktestQuery) -> Conditions:
    """What a query for backtests asks."""
    conditions = of_entities(query)
    if query.signal_id is not None:
        conditions.append(BACKTEST.c.signal_id == query.signal_id)
    if query.universe_id is not None:
        conditions.append(BACKTEST.c.universe_id == query.universe_id)
    return conditions


def of_universes(query: UniverseQuery) -> Conditions:
    """What a query for universes asks."""
    conditions = of_entities(query)
    if query.market_id is not None:
        conditions.append(UNIVERSE.c.market_id == query.market_id)
    return conditions


def of_snapshots(query: SnapshotQuery) -> Conditions:
    """What a query for snapshots asks."""
    conditions = of_entities(query)
    if query.market_id is not None:
        conditions.append(SNAPSHOT.c.market_id == query.market_id)
    return conditions


def of_instruments(query: InstrumentQuery) -> Conditions:
    """What a query for instruments asks."""
    conditions: Conditions = []
    if query.search:
        searched = (INSTRUMENT.c.symbol, INSTRUMENT.c.company_name)
        conditions.append(containing(query.search, *searched))
    if query.market_id is not None:
        conditions.append(INSTRUMENT.c.market_id == query.market_id)
    return conditions


def of_runs(query: RunQuery) -> Conditions:
    """What a query for runs asks."""
    conditions: Conditions = []
    if query.states is not None:
        conditions.append(RUN.c.state.in_([state.value for state in query.states]))
    if query.kinds is not None:
        conditions.append(RUN.c.kind.in_([kind.value for kind in query.kinds]))
    if query.entity_id is not None:
        conditions.append(among(RUN.c.entity_id, [query.entity_id]))
    if query.requested_by is not None:
        conditions.append(RUN.c.requested_by == check_text(query.requested_by, "requestedBy"))
    if query.queued_after is not None:
        conditions.append(RUN.c.queued_at > query.queued_after)
    return conditions


def _tagged(query: EntityQuery) -> ColumnElement[bool]:
    tags = {check_text(tag, "tags") for tag in query.tags}
    found = select(func.count()).where(TAG.c.name_id == NAME.c.id, among(TAG.c.tag, tags))
    return found.correlate(NAME).scalar_subquery() == len(tags)
