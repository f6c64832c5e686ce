"""New days and instruments for a market, from other people's files."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from bars.directory import MarketDirectory
from bars.quality import MAX_EXAMPLES, ROW_CHECKS, QualityIssue
from bars.shelf import Shelf
from bars.stamp import require_unchanged
from catalog.database import Database
from catalog.markets import all_markets, latest_snapshots, snapshot_directories
from domain.errors import DataDirectoryError, NotFoundError
from domain.records import MarketRecord, SnapshotRecord
from domain.regions import parse_region
from domain.severity import Severity
from intake.appending import append_market
from intake.growing import Target
from intake.making import MadeMarket
from intake.progress import Progress
from intake.request import ImportRequest
from intake.rewriting import Rewriting
from resolvers.file_imports import Imported, Terms, judged, placed, stoppable
from resolvers.importing import register_market


@dataclass(frozen=True, slots=True)
class Appended:
    """What came of an append.

    Attributes:
        imported: The new version.
        rewriting: What it changes of days that the market had already.
    """

    imported: Imported
    rewriting: Rewriting


async def append_files(
    database: Database,
    home: Path,
    name: str,
    request: ImportRequest,
    author: str,
    progress: Progress,
    *,
    allow_rewrite: bool = False,
    is_strict: bool = False,
    is_dry: bool = False,
) -> Appended:
    """Add what files hold to the newest snapshot of a market, as its next one.

    Args:
        database: The catalogue.
        home: The server's folder.
        name: The market.
        request: The files. The market keeps its benchmark unless this names another.
        author: Who appends.
        progress: Told how far it is.
        allow_rewrite: Whether days that the market has already may change.
        is_strict: Whether an ERROR about rows that were left out refuses the files, too.
        is_dry: Whether everything is done and nothing kept.

    Raises:
        NotFoundError: There is no such market.
        RewriteError: Days that the market has already would change.
        ImportFileError, ImportRefusedError, BadInputError, MarketBusyError, DataDirectoryError:
            As for `import_files`.
    """
    shelf = Shelf(home, name)
    market, _ = await _newest(database, name)
    terms = Terms(market.region, None, is_strict, is_dry)
    with shelf.claimed():
        market, snapshot = await _newest(database, name)  # nobody changes it from now on
        async with database.read() as session:
            shelf.sweep(await snapshot_directories(session, name))
        request = replace(request, benchmark=request.benchmark or market.benchmark)
        imported, rewriting = await stoppable(
            lambda told: _made(shelf, request, snapshot, terms, told, allow_rewrite), progress
        )
        if is_dry:
            return Appended(imported, rewriting)
        adopted = await register_market(
            database, name, imported.reading, author, companies=imported.made.companies
        )
        shelf.confirm(imported.reading.directory.path)
    return Appended(replace(imported, adopted=adopted), rewriting)


async def _newest(database: Database, name: str) -> tuple[MarketRecord, SnapshotRecord]:
    async with database.read() as session:
        markets = {market.name: market for market in await all_markets(session)}
        if (market := markets.get(name)) is None:
            near = get_close_matches(name, markets, n=3)
            right = f"did you mean {' or '.join(near)}?" if near else "import it first."
            raise NotFoundError(f"There is no market {name!r}; {right}", "name")
        return market, (await latest_snapshots(session, [market.id]))[market.id]


def _made(
    shelf: Shelf,
    request: ImportRequest,
    snapshot: SnapshotRecord,
    terms: Terms,
    progress: Progress,
    allow_rewrite: bool,
) -> tuple[Imported, Rewriting]:
    path = Path(snapshot.directory)
    require_unchanged(path, snapshot.stamp)
    before, bins = MarketDirectory.open(path), shelf.bins_of(path)
    try:
        with shelf.building() as building:
            target = Target(
                building.market, building.features, building.scratch, may_share=bins is not None
            )
            appended = append_market(request, before, target, progress, allow_rewrite=allow_rewrite)
            require_unchanged(path, snapshot.stamp)
            building.link_features(bins if appended.shares_bins else None)
            issues = _with_kept(appended.made, snapshot.quality)
            region = parse_region(terms.region)
            reading = judged(building, region, request.benchmark, issues, terms, progress)
            if not terms.is_dry:
                reading = placed(shelf, building, reading)
            return Imported(None, reading, appended.made), appended.rewriting
    except OSError as error:
        raise DataDirectoryError(
            f"The market cannot be written below {shelf.root}: {error.strerror}; nothing was kept."
        ) from error


def _with_kept(made: MadeMarket, quality: Mapping[str, Any]) -> tuple[QualityIssue, ...]:
    """What the new files' rows were found to be, and those that were left out before."""
    issues = list(made.issues)
    for kept in quality["issues"]:
        if kept["check"] not in ROW_CHECKS:
            continue
        issue = QualityIssue(
            kept["check"], Severity(kept["severity"]), kept["count"], tuple(kept["examples"])
        )
        same = [one for one in issues if one.check == issue.check]
        if len(same) == 1:
            issues.remove(same[0])
            examples = (*same[0].examples, *issue.examples)[:MAX_EXAMPLES]
            issue = replace(issue, count=issue.count + same[0].count, examples=examples)
        issues.append(issue)
    return tuple(issues)
