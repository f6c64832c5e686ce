"""Factors are imported: a file is read against a market, then all it holds is written at once."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bars.directory import MarketDirectory
from catalog.database import Database
from catalog.defaults import default_universe
from catalog.defining import NewFactor
from catalog.dialects import check_text
from catalog.importing_factors import (
    expressions_named,
    put_factor_set,
    put_factors,
    require_set_of_imported,
)
from catalog.market_lookup import find_market
from catalog.markets import latest_snapshots
from catalog.membership import symbols_of_snapshot
from catalog.reading import entities_by_ids
from catalog.versions import Version
from domain.errors import NotFoundError
from domain.factor_files import FactorFileWork, FactorsRead, FactorValues
from domain.names import check_name
from domain.records import EntityRecord, SnapshotRecord
from domain.specs import FactorSpec
from domain.stored_panels import ImportedValues
from domain.work import Outcome
from resolvers.open_directories import OpenDirectory

Read = Callable[[FactorFileWork], Awaitable[Outcome]]
"""Reads a file and keeps the values, in this process or in a worker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorImport:
    """What is to be imported.

    Attributes:
        path: The file.
        label: How sentences call it.
        market: Whose instruments and days it is of; None for the default universe's.
        name: What the only factor is called; None as the file says.
        default_name: What the factor of a file is called that names none; None where one must.
        skip_unknown: Whether rows of instruments that the market does not have are left out.
        factor_set: A set that is to hold the factors, in the order of the file; None for none.
        descriptions: What is to be said of factors, by name; others keep what they have.
        set_description: What is to be said of the set; None keeps what it has.
    """

    path: Path
    label: str
    market: str | None = None
    name: str | None = None
    default_name: str | None = None
    skip_unknown: bool = False
    factor_set: str | None = None
    descriptions: Mapping[str, str] = field(default_factory=dict)
    set_description: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A version that an import is in, and whether it was made by it."""

    record: EntityRecord
    is_new: bool


@dataclass(frozen=True, slots=True)
class ImportedFactors:
    """What came of an import.

    Attributes:
        snapshot: The data that the file was read against.
        read: What the file held.
        factors: The factors, in the order of what was read.
        factor_set: The set that holds them, if one was asked for.
    """

    snapshot: SnapshotRecord
    read: FactorsRead
    factors: tuple[Written, ...]
    factor_set: Written | None

    @property
    def undescribed(self) -> tuple[str, ...]:
        """Factors that nothing is said of."""
        return tuple(one.record.name for one in self.factors if not one.record.description)


async def import_factors(
    database: Database, wanted: FactorImport, read: Read, author: str
) -> ImportedFactors:
    """Import the factors of a file: new ones, or next versions of those imported before.

    All of it is written in one transaction. Equal values with an equal description make no
    version.

    Raises:
        NotFoundError: There is no such market, or none at all.
        BadInputError: A name or description breaks its rule.
        NameTakenError: A factor that is an expression has one of the names, or the set holds some.
        CommandError: The file cannot be imported; the sentence says all that is wrong with it.
        SnapshotChangedError: The market's files are not those that were registered.
    """
    _check(wanted)
    snapshot = await _snapshot(database, wanted.market)
    found = FactorsRead.of((await read(await _work(database, wanted, snapshot))).document)
    new = [_new_factor(one, wanted, snapshot) for one in found.factors]
    factor_set: Version | None = None
    async with database.begin() as session:
        versions = await put_factors(session, new, author=author)
        rows = [version.id for version in versions]
        if wanted.factor_set is not None:
            factor_set = await put_factor_set(
                session,
                wanted.factor_set,
                rows,
                description=wanted.set_description,
                author=author,
            )
        together = [*versions, *([factor_set] if factor_set else [])]
        records = await entities_by_ids(session, [version.id for version in together])
    written = [Written(records[one.id], one.is_new) for one in together]
    count = len(versions)
    return ImportedFactors(
        snapshot, found, tuple(written[:count]), written[count] if factor_set else None
    )


def _check(wanted: FactorImport) -> None:
    for name, field_ in ((wanted.name, "name"), (wanted.factor_set, "set")):
        if name is not None:
            check_name(name, field_)
    for text in (*wanted.descriptions.values(), wanted.set_description or ""):
        check_text(text, "description")


async def _snapshot(database: Database, market: str | None) -> SnapshotRecord:
    async with database.read() as session:
        if market is None:
            default = await default_universe(session)
            if default is None:
                raise NotFoundError(
                    "No market has been imported, so nobody knows whose instruments these are; "
                    "import one by `qatlas market import` or `qatlas market adopt` first.",
                    "market",
                )
            market = default[0]
        row = (await find_market(session, market)).id
        return (await latest_snapshots(session, [row]))[row]


async def _work(
    database: Database, wanted: FactorImport, snapshot: SnapshotRecord
) -> FactorFileWork:
    async with database.read() as session:
        symbols = await symbols_of_snapshot(session, snapshot.id)
        taken = await expressions_named(session)
        if wanted.factor_set is not None:
            await require_set_of_imported(session, wanted.factor_set)
    opened = await OpenDirectory.open(Path(snapshot.directory), snapshot.stamp)
    directory: MarketDirectory = opened.directory
    return FactorFileWork(
        path=str(wanted.path.absolute()),
        label=wanted.label,
        market=snapshot.name,
        symbols=tuple(sorted(symbols)),
        days=directory.calendar,
        name=wanted.name,
        default_name=wanted.default_name,
        taken=tuple(sorted(taken)),
        skip_unknown=wanted.skip_unknown,
    )


def _new_factor(one: FactorValues, wanted: FactorImport, snapshot: SnapshotRecord) -> NewFactor:
    values = ImportedValues(
        factor=one.name,
        market=snapshot.name,
        panel=one.panel,
        start=one.start,
        end=one.end,
        instruments=one.instruments,
    )
    return NewFactor(
        name=one.name,
        spec=FactorSpec.of_values(values),
        description=wanted.descriptions.get(one.name),
    )
