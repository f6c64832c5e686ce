"""Which bars expressions are made of, so that keys can say it."""

from collections.abc import Iterable, Sequence

from domain.expression import Expression, parse
from domain.keys import content_key
from domain.records import FactorRecord
from domain.specs import FactorSpec
from domain.work import ROWS_OF_IMPORTED
from resolvers.desk import Desk
from resolvers.facts import rows_with_lookback
from resolvers.imported_values import require_market
from resolvers.needs import require_fields, require_for_factors
from resolvers.peers import peer_group
from resolvers.studies import Study


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
    expressions = expressions or [parse(ROWS_OF_IMPORTED)]
    fields = sorted({field for one in expressions for field in one.fields})
    require_fields(fields, study.snapshot)
    ahead = label.lookahead_days if label else 0
    if any(one.is_cross_sectional for one in expressions):
        return await bars_compared(expressions, study, desk, ahead)
    rows = (await desk.facts.calendar(study.snapshot)).rows(study.period)
    rows = slice(rows.start, min(study.snapshot.trading_days, rows.stop + ahead))
    members = await desk.facts.members(study.universe.id, study.period, desk.lookups)
    reaching = rows_with_lookback(rows, _longest([one.lookback_days for one in expressions]))
    return await desk.facts.bars(study.snapshot, fields, tuple(members), reaching)


async def bars_compared(
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


def expression_of(spec: FactorSpec) -> Expression:
    """The expression that a factor is; it must not be an imported one."""
    assert spec.canonical is not None
    return parse(spec.canonical)


def expressions_of(factors: Iterable[FactorRecord]) -> list[Expression]:
    """The expressions among factors, in order."""
    return [expression_of(factor.spec) for factor in factors if factor.spec.imported is None]


def _longest(lookbacks: Sequence[int | None]) -> int | None:
    known = [days for days in lookbacks if days is not None]
    return max(known) if len(known) == len(lookbacks) else None
