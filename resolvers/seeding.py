"""Puts the seeds into the catalogue; what has one of their names already stays as it is."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from catalog.database import Database
from catalog.defining import (
    NewFactor,
    create_backtest,
    create_factor_set,
    create_factors,
    create_model,
)
from catalog.reading import find_entities
from compute.qlib_factor_descriptions import describe
from compute.qlib_factor_sets import ALPHA20, NamedExpressions, read_factor_sets
from domain.alpha101.descriptions import DESCRIPTIONS
from domain.alpha101.expressions import ALPHA101
from domain.errors import NameTakenError
from domain.expression import parse
from domain.names import EntityKind, Reference
from domain.records import AnyEntity, FactorRecord
from resolvers import seeds
from resolvers.defining.expressions import factor_spec
from resolvers.seeds import BacktestSeed, FactorSetSeed

SECTORS_TAG = "sectors"
"""Marks factors that no market without sectors can compute."""

Members = Mapping[FactorSetSeed, tuple[str, ...]]
"""The factors of each set by name, in order."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """What became of the seeds.

    Attributes:
        created: How many were put into the catalogue.
        kept: How many of their names were there already, and stay what they are. The factors of a
            set that was there are not counted.
        left_out: Sets and backtests that rest on a name which stands for something else.
    """

    created: int = 0
    kept: int = 0
    left_out: tuple[str, ...] = ()

    def __add__(self, other: "Seeded") -> "Seeded":
        left_out = self.left_out + other.left_out
        return Seeded(self.created + other.created, self.kept + other.kept, left_out)

    def __str__(self) -> str:
        counts = f"Seeds created: {self.created}; there already: {self.kept}."
        if not self.left_out:
            return counts
        names = ", ".join(self.left_out)
        return f"{counts} Left out, since they rest on a name that stands for another: {names}."


ReadFactorSets = Callable[[], tuple[NamedExpressions, NamedExpressions]]
"""Gives Alpha158 and Alpha360."""


async def seed(
    database: Database, author: str = "qatlas", read: ReadFactorSets = read_factor_sets
) -> Seeded:
    """Put the factor sets into the catalogue, and what there is of the sample market.

    Each seed is written whole or not at all. A second seeding changes nothing, and does not ask
    Qlib again.

    Args:
        database: The catalogue. Without the sample market there are factor sets only.
        author: Who is said to have created them.
        read: Asks Qlib for its factor sets; it is called in a thread, and only if one is missing.
    """
    seeded = await _plant_factor_sets(database, author, read)
    universe = await _find(database, EntityKind.UNIVERSE, seeds.SAMPLE_UNIVERSE)
    if universe is None:
        return seeded
    seeded += await _plant_model(database, universe.id, author)
    for backtest in seeds.BACKTESTS:
        seeded += await _plant_backtest(database, backtest, universe.id, author)
    return seeded


async def _plant_factor_sets(database: Database, author: str, read: ReadFactorSets) -> Seeded:
    missing = [
        one
        for one in seeds.FACTOR_SETS
        if await _find(database, EntityKind.FACTOR_SET, Reference(one.name)) is None
    ]
    seeded = Seeded(kept=len(seeds.FACTOR_SETS) - len(missing))
    if not missing:
        return seeded
    expressions, members = await _contents(missing, read)
    wanted = {name for one in missing for name in members[one]}
    factors = [
        _new_factor(name, text, members) for name, text in expressions.items() if name in wanted
    ]
    rows, planted = await _plant_factors(database, factors, author)
    seeded += planted
    for one in missing:
        seeded += await _plant_factor_set(database, one, members[one], rows, author)
    return seeded


async def _contents(
    missing: Sequence[FactorSetSeed], read: ReadFactorSets
) -> tuple[Mapping[str, str], Members]:
    """The expressions of all factors by name, and the members of sets; Qlib's only where needed."""
    small: NamedExpressions = ()
    large: NamedExpressions = ()
    if set(missing) & set(seeds.QLIBS):
        small, large = await asyncio.to_thread(read)
    members = {
        seeds.ALPHA158: tuple(dict(small)),
        seeds.ALPHA360: tuple(dict(large)),
        seeds.ALPHA20: ALPHA20,
        seeds.ALPHA101: tuple(ALPHA101),
    }
    return {**dict(small + large), **ALPHA101}, members


def _new_factor(name: str, text: str, members: Members) -> NewFactor:
    expression = parse(text)
    tags = [one.name.lower() for one, names in members.items() if name in names]
    if expression.needs_sectors:
        tags.append(SECTORS_TAG)
    return NewFactor(
        name=name,
        spec=factor_spec(expression),
        description=DESCRIPTIONS[name] if name in ALPHA101 else describe(name),
        tags=tuple(tags),
    )


async def _plant_factors(
    database: Database, factors: Sequence[NewFactor], author: str
) -> tuple[Mapping[str, int], Seeded]:
    """Create those that are missing; rows are given of all that stand as they should."""
    try:
        return await _create_missing(database, factors, author)
    except NameTakenError:  # by somebody else who seeds at this moment
        return await _create_missing(database, factors, author)


async def _create_missing(
    database: Database, factors: Sequence[NewFactor], author: str
) -> tuple[Mapping[str, int], Seeded]:
    references = {factor.name: Reference(factor.name) for factor in factors}
    async with database.begin() as session:
        found = await find_entities(session, EntityKind.FACTOR, references.values())
        known = {name: found[reference] for name, reference in references.items()}
        new = [factor for factor in factors if not known[factor.name]]
        ids = await create_factors(session, new, author=author)
    rows = {factor.name: row for factor, row in zip(new, ids, strict=True)}
    for factor in factors:
        rows.update((factor.name, one.id) for one in known[factor.name] if _is_same(one, factor))
    return rows, Seeded(created=len(new), kept=len(factors) - len(new))


def _is_same(known: AnyEntity, factor: NewFactor) -> bool:
    return isinstance(known, FactorRecord) and known.spec.canonical == factor.spec.canonical


async def _plant_factor_set(
    database: Database,
    factor_set: FactorSetSeed,
    members: Sequence[str],
    rows: Mapping[str, int],
    author: str,
) -> Seeded:
    if not rows.keys() >= set(members):
        return Seeded(left_out=(factor_set.name,))

    async def create() -> None:
        async with database.begin() as session:
            await create_factor_set(
                session,
                factor_set.name,
                [rows[member] for member in members],
                description=factor_set.description,
                tags=factor_set.tags,
                author=author,
            )

    return await _plant(create)


async def _plant_model(database: Database, universe_id: int, author: str) -> Seeded:
    if await _find(database, EntityKind.MODEL, Reference(seeds.MODEL)):
        return Seeded(kept=1)
    factor_set = await _find(database, EntityKind.FACTOR_SET, Reference(seeds.ALPHA158.name))
    if factor_set is None:
        return Seeded(left_out=(seeds.MODEL,))
    spec = seeds.model_spec(factor_set.id, universe_id)

    async def create() -> None:
        async with database.begin() as session:
            await create_model(
                session,
                seeds.MODEL,
                spec,
                description=seeds.MODEL_DESCRIPTION,
                tags=seeds.TAGS,
                author=author,
            )

    return await _plant(create)


async def _plant_backtest(
    database: Database, backtest: BacktestSeed, universe_id: int, author: str
) -> Seeded:
    if await _find(database, EntityKind.BACKTEST, Reference(backtest.name)):
        return Seeded(kept=1)
    signal = await _find(database, backtest.signal_kind, Reference(backtest.signal))
    if signal is None or not seeds.is_signal(signal, universe_id):
        return Seeded(left_out=(backtest.name,))
    spec = seeds.backtest_spec(signal.id, universe_id)

    async def create() -> None:
        async with database.begin() as session:
            await create_backtest(
                session,
                backtest.name,
                spec,
                description=backtest.description,
                tags=seeds.TAGS,
                author=author,
            )

    return await _plant(create)


async def _plant(create: Callable[[], Awaitable[None]]) -> Seeded:
    """Create a seed, unless somebody else takes its name at this moment."""
    try:
        await create()
    except NameTakenError:
        return Seeded(kept=1)
    return Seeded(created=1)


async def _find(database: Database, kind: EntityKind, reference: Reference) -> AnyEntity | None:
    async with database.read() as session:
        found = (await find_entities(session, kind, [reference]))[reference]
    return found[0] if found else None
