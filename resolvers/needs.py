"""What expressions need of a market: its fields, and sectors of a universe's members."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager

from domain.errors import BadInputError, EmptyDataError
from domain.expression import STANDARD_FIELDS, Expression
from domain.expression.problems import quoted
from domain.expression.room import lack_of_room
from domain.records import SnapshotRecord, UniverseRecord
from resolvers.facts import Facts
from resolvers.lookups import Lookups

_SHOWN_NAMES = 24


async def sectors_of(
    universe: UniverseRecord, symbols: Iterable[str], lookups: Lookups
) -> Mapping[str, str]:
    """The sectors of those symbols of a universe's market that have one."""
    known = await lookups.sectors(universe.market_id)
    return {symbol: known[symbol] for symbol in symbols if symbol in known}


async def has_sectors(universe: UniverseRecord, facts: Facts, lookups: Lookups) -> bool:
    """Whether anybody who was ever a member has a sector."""
    return bool(await sectors_of(universe, await facts.spans(universe.id, lookups), lookups))


def require_fields(fields: Iterable[str], snapshot: SnapshotRecord) -> None:
    """Check that a snapshot has fields; Qlib's own may be missing and are then all NaN.

    Raises:
        BadInputError: It lacks another.
    """
    unknown = sorted(set(fields) - set(snapshot.fields) - set(STANDARD_FIELDS))
    if unknown:
        raise BadInputError(
            f"The snapshot {snapshot.name}:{snapshot.version} has no field "
            f"{', '.join('$' + name for name in unknown)}; it has "
            f"{', '.join('$' + name for name in snapshot.fields)}."
        )


@contextmanager
def told_missing_fields(fields: Iterable[str], snapshot: SnapshotRecord) -> Iterator[None]:
    """Let a lack of values be told with the standard fields that a snapshot lacks.

    Raises:
        EmptyDataError: There are no values.
    """
    try:
        yield
    except EmptyDataError as error:
        missing = [f"${field}" for field in fields if field not in snapshot.fields]
        if not missing:
            raise
        raise EmptyDataError(
            f"{error.message} The snapshot {snapshot.name}:{snapshot.version} has no "
            f"{', '.join(missing)}, which is read here and NaN on every day.",
            error.field,
        ) from error


def require_history(expression: Expression, snapshot: SnapshotRecord) -> None:
    """Check that a snapshot has as many days as each operator of an expression spans.

    Raises:
        BadInputError: It has fewer.
    """
    if expression.longest_span_days > snapshot.trading_days:
        raise BadInputError(
            f"{quoted(expression.text)} spans {expression.longest_span_days:,} trading days with "
            f"one operator, and the snapshot {snapshot.name}:{snapshot.version} has "
            f"{snapshot.trading_days:,}; write it with fewer, or name a snapshot with more."
        )


def require_room(expression: Expression, days: int, instruments: int) -> None:
    """Check that the cross-sections of an expression fit into memory.

    Raises:
        BadInputError: They do not.
    """
    if message := lack_of_room(expression.tree, days, instruments):
        raise BadInputError(message)


async def require_for_factors(
    factors: Mapping[str, Expression],
    snapshot: SnapshotRecord,
    universe: UniverseRecord,
    facts: Facts,
    lookups: Lookups,
) -> None:
    """Check that there is what each factor of a set needs.

    Args:
        factors: Expressions by the names of the factors.
        snapshot: Where fields are looked for.
        universe: Among whose members sectors are looked for.
        facts: What never changes.
        lookups: What is catalogued now.

    Raises:
        BadInputError: Something is lacking; it tells all that is, and every factor that needs it.
    """
    lacks = [*_lacking_fields(factors, snapshot), *_lacking_days(factors, snapshot)]
    grouped = [name for name, one in factors.items() if one.needs_sectors]
    if grouped and not await has_sectors(universe, facts, lookups):
        lacks.append(
            f"{_need(grouped)} sectors, and no member of {universe.reference} has one (an import "
            "takes them from --sectors)"
        )
    if lacks:
        told = "; ".join(lacks)
        raise BadInputError(
            f"{told[0].upper()}{told[1:]}. Create a factor set without them and ask that, or "
            "import the market with what they need."
        )


def _lacking_fields(factors: Mapping[str, Expression], snapshot: SnapshotRecord) -> Iterable[str]:
    fields = sorted({field for one in factors.values() for field in one.fields})
    for field in fields:
        if field not in snapshot.fields and field not in STANDARD_FIELDS:
            reading = [name for name, one in factors.items() if field in one.fields]
            yield (
                f"{_need(reading)} ${field}, which the snapshot {snapshot.name}:{snapshot.version} "
                "lacks"
            )


def _lacking_days(factors: Mapping[str, Expression], snapshot: SnapshotRecord) -> Iterable[str]:
    days = snapshot.trading_days
    needs = {name: one.longest_span_days for name, one in factors.items()}
    short = [name for name, needed in needs.items() if needed > days]
    if short:
        most = max(needs.values())
        up_to = f"{most:,} trading days" if len(short) == 1 else f"up to {most:,} trading days"
        yield f"{_need(short)} {up_to}, and {snapshot.name}:{snapshot.version} has {days:,}"


def _need(names: Collection[str]) -> str:
    shown = ", ".join(list(names)[:_SHOWN_NAMES])
    more = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
    return f"the factor {shown} needs" if len(names) == 1 else f"the factors {shown}{more} need"
