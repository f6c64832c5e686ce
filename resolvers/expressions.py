"""Expressions against the fields and the sectors of a market."""

from domain.errors import NotFoundError
from domain.expression import Expression, ExpressionProblem, check
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
        return check(text, None)
    snapshot = await inquiry.lookups.latest_snapshot(over.market_id)
    return await read_over(text, snapshot, over, inquiry.desk)


async def read_over(
    text: str, snapshot: SnapshotRecord, universe: UniverseRecord, desk: Desk
) -> tuple[Expression | None, tuple[ExpressionProblem, ...]]:
    """Read an expression against what is there to compute it from.

    Args:
        text: What was written.
        snapshot: Which has fields or lacks them.
        universe: Whose members have sectors or lack them.
        desk: What is read with.
    """
    read, problems = check(text, snapshot.fields)
    if read is None or not read.needs_sectors:
        return read, problems
    if await has_sectors(universe, desk.facts, desk.lookups):
        return read, problems
    return check(text, snapshot.fields, has_sectors=False)


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
