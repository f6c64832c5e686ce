"""Expressions against the fields of a market."""

from domain.errors import NotFoundError
from domain.expression import Expression, ExpressionProblem, check
from domain.specs import FactorSpec
from resolvers.inquiry import Inquiry
from resolvers.studies import resolve_universe


async def read_expression(
    text: str, universe: str | None, inquiry: Inquiry
) -> tuple[Expression | None, tuple[ExpressionProblem, ...]]:
    """Read an expression against the newest fields of a universe's market.

    Where nothing has been imported, Qlib's own fields are the known ones.
    """
    try:
        over = await resolve_universe(universe, None, inquiry.lookups)
    except NotFoundError:
        if universe is not None:
            raise
        return check(text, None)
    snapshot = await inquiry.lookups.latest_snapshot(over.market_id)
    return check(text, snapshot.fields)


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
