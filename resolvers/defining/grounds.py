"""What a definition stands on: a universe, and the newest data of its market."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from domain.definitions import GivenPeriod
from domain.errors import NotFoundError
from domain.expression import STANDARD_FIELDS, Expression, ExpressionProblem, check
from domain.input_issues import InputIssue
from domain.names import EntityKind
from domain.period import Period
from domain.records import FactorRecord, SnapshotRecord, UniverseRecord
from resolvers.desk import Desk
from resolvers.expressions import read_over
from resolvers.facts import Calendar
from resolvers.lookups import Lookups

_MAX_FACTORS_NAMED = 5


@dataclass(frozen=True, slots=True)
class Ground:
    """Members, days and fields."""

    universe: UniverseRecord
    snapshot: SnapshotRecord
    calendar: Calendar

    @property
    def market(self) -> str:
        """The market's name."""
        return self.snapshot.name


async def ground_of(universe: UniverseRecord, desk: Desk) -> Ground:
    """A universe with the newest data of its market."""
    snapshot = await desk.lookups.latest_snapshot(universe.market_id)
    return Ground(universe, snapshot, await desk.facts.calendar(snapshot))


async def find_ground(universe: str | None, desk: Desk) -> Ground:
    """What a reference, or the default universe, stands on.

    Raises:
        NotFoundError: There is no such universe, or no market at all.
        AmbiguousNameError: Universes of two markets have the name.
    """
    return await ground_of(await find_universe(universe, desk.lookups), desk)


async def find_universe(universe: str | None, lookups: Lookups) -> UniverseRecord:
    """The universe that is meant, or the default one."""
    field = "input.universe"
    if universe is not None:
        found = await lookups.resolve(EntityKind.UNIVERSE, universe, field)
        return cast(UniverseRecord, found)
    try:
        return await lookups.default_universe()
    except NotFoundError as missing:
        raise NotFoundError(missing.message, field) from None


async def check_over(
    text: str, universe: str | None, desk: Desk
) -> tuple[Expression | None, tuple[ExpressionProblem, ...]]:
    """Read an expression against a universe and the newest data of its market.

    Before any market is there, Qlib's own fields are the known ones.

    Raises:
        NotFoundError: There is no such universe.
        AmbiguousNameError: Universes of two markets have the name.
    """
    try:
        found = await find_universe(universe, desk.lookups)
    except NotFoundError:
        if universe is None:
            return check(text, STANDARD_FIELDS)
        raise
    return await read_over(text, await desk.lookups.latest_snapshot(found.market_id), found, desk)


def period_issues(given: GivenPeriod, what: str, path: str, ground: Ground) -> Iterator[InputIssue]:
    """What is wrong with a period on its own.

    Args:
        given: The two days.
        what: The period as it stands in a sentence, such as `train segment`.
        path: Where it stands in the input.
        ground: Whose days it must hold.
    """
    snapshot = ground.snapshot
    outside = False
    for name, verb, day in (("start", "begins", given.start), ("end", "ends", given.end)):
        if not snapshot.first_date <= day <= snapshot.last_date:
            outside = True
            message = (
                f"The {what} {verb} on {day}, outside the data of {snapshot.name}:"
                f"{snapshot.version}; choose a day from {snapshot.first_date} to "
                f"{snapshot.last_date}."
            )
            yield InputIssue(message, f"{path}.{name}")
    if given.end < given.start:
        yield InputIssue(
            f"The {what} ends on {given.end}, before it begins on {given.start}; choose an end on "
            "or after the beginning.",
            f"{path}.end",
        )
    elif not outside and _is_empty(ground.calendar.rows(Period(given.start, given.end))):
        yield InputIssue(
            f"The {what}, {given.start} to {given.end}, holds no trading day of {snapshot.name}; "
            "widen it.",
            path,
        )


async def member_issues(
    period: Period, what: str, path: str, ground: Ground, desk: Desk
) -> list[InputIssue]:
    """The fault of a period in which a universe has no members, if it is one."""
    universe = ground.universe
    if await desk.facts.members(universe.id, period, desk.lookups):
        return []
    message = (
        f"The universe {universe.name} has no members in the {what}, {period.start} to "
        f"{period.end}; choose other days or another universe."
    )
    return [InputIssue(message, path)]


def field_issues(
    factors: Sequence[FactorRecord], path: str, ground: Ground
) -> Iterator[InputIssue]:
    """What is wrong with reading factors off a market's data."""
    yield from _market_issues(factors, path, ground)
    known = STANDARD_FIELDS.union(ground.snapshot.fields)
    for field in sorted({name for each in factors for name in each.spec.input_fields} - known):
        readers = [each.name for each in factors if field in each.spec.input_fields]
        yield InputIssue(
            f"{named(readers)} {'reads' if len(readers) == 1 else 'read'} ${field}, which the "
            f"market {ground.market} does not have; choose factors that do without it, or a "
            "universe of a market that has it.",
            path,
        )


def _market_issues(
    factors: Sequence[FactorRecord], path: str, ground: Ground
) -> Iterator[InputIssue]:
    imported = [(each.name, each.spec.imported.market) for each in factors if each.spec.imported]
    for market in sorted({market for _, market in imported} - {ground.market}):
        theirs = [name for name, of_market in imported if of_market == market]
        verb = "was" if len(theirs) == 1 else "were"
        yield InputIssue(
            f"{named(theirs)} {verb} imported for the market {market}, and the universe is of "
            f"{ground.market}; choose a universe of {market}.",
            path,
        )


def named(names: Sequence[str]) -> str:
    """Names in a sentence: all of them where they are few."""
    shown = ", ".join(names[:_MAX_FACTORS_NAMED])
    more = len(names) - _MAX_FACTORS_NAMED
    return f"{shown} and {more} more" if more > 0 else shown


def _is_empty(rows: slice) -> bool:
    return bool(rows.stop <= rows.start)
