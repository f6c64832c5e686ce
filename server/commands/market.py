"""`qatlas market …`: bring markets in and list them."""

from collections.abc import Sequence
from pathlib import Path

from bars.quality import QualityReport
from catalog.database import Database
from catalog.markets import all_markets, default_universes, latest_snapshots
from resolvers.importing import Adopted, adopt_market, import_sample_market
from resolvers.market_reading import MarketRefusedError
from server.assembly import LOCAL_ADMIN
from server.commands.catalogue import with_catalogue
from server.settings import Settings
from server.tables import table

_SHOWN = 2
"""Examples of an issue in a table, which is to fit a screen; the catalogue keeps more."""


def sample(settings: Settings) -> None:
    """Import the sample market."""
    home = settings.home.absolute()
    show(with_catalogue(settings, lambda db: import_sample_market(db, home, LOCAL_ADMIN)))


def adopt(
    settings: Settings,
    name: str,
    directory: Path,
    region: str,
    benchmark: str | None,
    currency: str | None,
) -> None:
    """Register a Qlib data directory where it lies.

    Raises:
        QatlasError: It is none, or Qlib would be wrong about it; nothing is registered then.
    """
    try:
        adopted = with_catalogue(
            settings,
            lambda db: adopt_market(
                db, name, directory.absolute(), region, benchmark, LOCAL_ADMIN, currency
            ),
        )
    except MarketRefusedError as refusal:
        print(report_table(refusal.report))
        raise
    show(adopted)


def listing(settings: Settings) -> None:
    """Print every market with its newest snapshot."""
    rows = with_catalogue(settings, _rows)
    if not rows:
        print("There is no market yet; `qatlas market sample` imports one.")
        return
    header = ("market", "region", "version", "from", "to", "benchmark", "universe", "directory")
    print(table(header, rows))


def show(adopted: Adopted) -> None:
    """Print what came of a market that was brought in."""
    print(report_table(adopted.report))
    name = f"{adopted.snapshot_name}:{adopted.version}"
    if adopted.is_new:
        print(f"{name} is registered, with the universes {', '.join(adopted.universes)}.")
    else:
        print(f"{name} holds the same data already; there is no new version.")


def report_table(report: QualityReport) -> str:
    """What the checks found, as a table."""
    counted = f"{report.instruments:,} instruments, {report.rows:,} rows."
    if not report.issues:
        return f"{counted} The checks found nothing to remark."
    rows = [
        (issue.check, issue.severity.value, f"{issue.count:,}", _examples(issue.examples))
        for issue in report.issues
    ]
    return f"{counted}\n{table(('check', 'severity', 'count', 'examples'), rows)}"


def _examples(examples: Sequence[str]) -> str:
    more = ", …" if len(examples) > _SHOWN else ""
    return ", ".join(examples[:_SHOWN]) + more


async def _rows(database: Database) -> list[tuple[str, ...]]:
    async with database.read() as session:
        markets = await all_markets(session)
        ids = [market.id for market in markets]
        snapshots = await latest_snapshots(session, ids)
        universes = await default_universes(session, ids)
    rows: list[tuple[str, ...]] = []
    for market in markets:
        snapshot = snapshots[market.id]
        rows.append(
            (
                market.name,
                market.region,
                str(snapshot.version),
                str(snapshot.first_date),
                str(snapshot.last_date),
                market.benchmark or "none",
                universes[market.id].name if market.id in universes else "none",
                snapshot.directory,
            )
        )
    return rows
