"""Expressions against the fields and the sectors of a market."""

from domain.errors import NotFoundError
from domain.expression import STANDARD_FIELDS, Expression, ExpressionProblem, check
from domain.period import Period
from domain.records import SnapshotRecord, UniverseRecord
from domain.specs import FactorSpec
from resolvers.desk import Desk
from resolvers.inquiry import Inquiry
from resolvers.needs import has_sectors
from resolvers.studies import resolve_universe


async def read_expression(
    text: str, universe: str | None, inquiry: Inquiry
) -> tuple[Expression | None, tuple[ExpressionProblem, ...]]:
    """Read an expression against the newest fields of a universe's market, and its sectors.

    Where nothing has been imported, Qlib's own fields are the known ones.
    """
    try:
        over = await resolve_universe(universe, None, inquiry.lookups)
    except NotFoundError:
        if universe is not None:
            raise
        return check(text, STANDARD_FIELDS)
    snapshot = await inquiry.lookups.latest_snapshot(over.market_id)
    return await read_over(text, snapshot, over, inquiry.desk)


async def read_over(
    text: str, snapshot: SnapshotRecord, universe: UniverseRecord, desk: Desk
) -> tuple[Expression | None, tuple[ExpressionProblem, ...]]:
    """Read an expression against what is there to compute it from.

    Args:
        text: What was written.
        snapshot: Which has fields or lacks them, and so many days.
        universe: Whose members are compared, and have sectors or lack them.
        desk: What is read with.
    """
    days = snapshot.trading_days
    read, problems = check(text, snapshot.fields, days=days)
    if read is None or not read.is_cross_sectional:
        return read, problems
    whole = Period(snapshot.first_date, snapshot.last_date)
    members = await desk.facts.members(universe.id, whole, desk.lookups)
    grouped = not read.needs_sectors or await has_sectors(universe, desk.facts, desk.lookups)
    return check(text, snapshot.fields, grouped, days, len(members))


def spec_of(expression: Expression) -> FactorSpec:
    """What of an expression a factor keeps."""
    return FactorSpec(
        expression=expression.text,
        canonical=expression.canonical,
        input_fields=tuple(expression.fields),
        lookback_days=expression.lookback_days,
        looks_ahead=expression.looks_ahead,
        is_cross_sectional=expression.is_cross_sectional,
    )
