"""Markets made of other people's files: judged, whole or not at all, and registered."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from bars.quality import QualityIssue, QualityReport
from bars.shelf import Building, Shelf
from bars.stamp import stamp
from catalog.database import Database
from catalog.markets import snapshot_directories
from domain.errors import CommandError, DataDirectoryError
from domain.names import check_name
from domain.regions import Region, check_currency, parse_region
from domain.severity import Severity
from intake.making import MadeMarket, make_market
from intake.progress import Progress, Stoppable
from intake.request import ImportRequest
from resolvers.importing import Adopted, register_market, registered_market
from resolvers.market_reading import MarketReading, MarketRefusedError, read_market, told

_Result = TypeVar("_Result")


class ImportRefusedError(CommandError):
    """Files were read and are not good enough to become a market.

    Args:
        reason: Why.
        report: Everything that was found.
    """

    code = "IMPORT_REFUSED"

    def __init__(self, reason: str, report: QualityReport) -> None:
        super().__init__(reason)
        self.args = (reason, report)
        self.report = report


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms files become a market.

    Attributes:
        region: `us` or `cn`.
        currency: Code of the prices' currency; None keeps the market's, or takes the region's.
        is_strict: Whether an ERROR about rows that were left out refuses the import, too.
        is_dry: Whether everything is done and nothing kept.
    """

    region: str
    currency: str | None = None
    is_strict: bool = False
    is_dry: bool = False


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import.

    Attributes:
        adopted: The snapshot; None for a dry run.
        reading: What was made, judged.
        made: What it was made of.
    """

    adopted: Adopted | None
    reading: MarketReading
    made: MadeMarket


async def import_files(
    database: Database,
    home: Path,
    name: str,
    request: ImportRequest,
    terms: Terms,
    author: str,
    progress: Progress,
) -> Imported:
    """Make a market of files and register it as the newest snapshot of its name.

    The same data again makes no new version.

    Args:
        database: The catalogue.
        home: The server's folder.
        name: Names the market.
        request: The files. A market that is registered keeps its benchmark unless this names one.
        terms: On which terms they are taken.
        author: Who imports.
        progress: Told how far it is.

    Raises:
        ImportFileError: A file is not what it should be; the sentence says where.
        ImportRefusedError: Qlib would be wrong about the data, or they have errors and the terms
            are strict.
        BadInputError: A name, the region, the currency or the benchmark is none.
        ConflictError: The market is registered with another region.
        MarketBusyError: Another command is changing the market.
        DataDirectoryError: There is no room, or the disk fails.
    """
    check_name(name, "name")
    region = parse_region(terms.region)
    if terms.currency is not None:
        check_currency(terms.currency)
    market = await registered_market(database, name, region)
    if market is not None and request.benchmark is None and request.benchmark_file is None:
        request = replace(request, benchmark=market.benchmark)
    currency = terms.currency or (region.currency if market is None else None)
    shelf = Shelf(home, name)
    with shelf.claimed():
        async with database.read() as session:
            shelf.sweep(await snapshot_directories(session, name))
        reading, made = await stoppable(
            lambda told: _made(shelf, request, region, terms, told), progress
        )
        if terms.is_dry:
            return Imported(None, reading, made)
        progress.step("registering", 0, 1)
        adopted = await register_market(
            database, name, reading, author, currency=currency, companies=made.companies
        )
        shelf.confirm(reading.directory.path)
        progress.step("registering", 1, 1)
    return Imported(adopted, reading, made)


async def stoppable(work: Callable[[Progress], _Result], progress: Progress) -> _Result:
    """Work in a thread; when that is given up, end it first, since it writes to the shelf."""
    told = Stoppable(progress)
    running = asyncio.ensure_future(asyncio.to_thread(work, told))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        told.stop()
        await asyncio.gather(running, return_exceptions=True)
        raise


def _made(
    shelf: Shelf, request: ImportRequest, region: Region, terms: Terms, progress: Progress
) -> tuple[MarketReading, MadeMarket]:
    try:
        with shelf.building() as building:
            made = make_market(
                request, building.market, building.features, building.scratch, progress
            )
            building.link_features()
            reading = judged(building, region, made.benchmark, made.issues, terms, progress)
            if not terms.is_dry:
                reading = placed(shelf, building, reading)
            return reading, made
    except OSError as error:
        raise DataDirectoryError(
            f"The market cannot be written below {shelf.root}: {error.strerror}; nothing was kept."
        ) from error


def judged(
    building: Building,
    region: Region,
    benchmark: str | None,
    issues: tuple[QualityIssue, ...],
    terms: Terms,
    progress: Progress,
) -> MarketReading:
    """Read what was built as anybody would, and refuse what is not good enough.

    Raises:
        ImportRefusedError: Qlib would be wrong about it, or it has errors and the terms are strict.
    """
    progress.step("judging", 0, 1)
    try:
        reading = read_market(building.market, region, benchmark)
    except MarketRefusedError as refusal:
        report = refusal.report.joined(issues)
        raise ImportRefusedError(
            f"The files are refused, since Qlib would be wrong about them. {told(refusal.report)}"
            f"{_remedy(refusal.report)}",
            report,
        ) from None
    progress.step("judging", 1, 1)
    report = reading.report.joined(issues)
    errors = [issue for issue in report.issues if issue.severity is Severity.ERROR]
    if errors and terms.is_strict:
        raise ImportRefusedError(
            f"The files are refused, since --strict takes no errors. {told(report)}", report
        )
    return replace(reading, report=report)


def _remedy(report: QualityReport) -> str:
    is_percent = any(issue.check == "CHANGE_IN_PERCENT" for issue in report.issues)
    return " Give --map change=change/100, with the column's own name first." if is_percent else ""


def placed(shelf: Shelf, building: Building, reading: MarketReading) -> MarketReading:
    """Put what was built in its place, and say where that is."""
    path = shelf.place(building, reading.fingerprint)
    directory = replace(reading.directory, path=path)
    return replace(reading, directory=directory, stamp=stamp(path))
