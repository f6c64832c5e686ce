"""All that is known of a market, for people who look at it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bars.quality import QualityIssue, QualityReport
from bars.shelf_removal import bytes_of
from catalog import market_facts
from catalog.database import Database
from catalog.market_lookup import find_market, no_version
from domain.names import parse_version
from domain.records import MarketRecord, SnapshotRecord, UniverseRecord
from domain.severity import Severity
from domain.specs import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketOverview:
    """A market, with the universes and the report of one of its snapshots.

    Attributes:
        market: The market.
        snapshots: All of its snapshots, the newest first.
        listed: How many instruments each lists, by row.
        sizes: How many bytes the files of each have, by row; None where they are not there.
        shown: The snapshot that the rest is about.
        universes: The versions of universes that it prices, by name.
        members: How many members each ever had, and how many on the snapshot's last day, by row.
        sectors: How many of the market's instruments are in each sector.
        report: What the checks found in it.
    """

    market: MarketRecord
    snapshots: tuple[SnapshotRecord, ...]
    listed: Mapping[int, int]
    sizes: Mapping[int, int | None]
    shown: SnapshotRecord
    universes: tuple[UniverseRecord, ...]
    members: Mapping[int, tuple[int, int]]
    sectors: Mapping[str, int]
    report: QualityReport


async def look_at_market(database: Database, text: str) -> MarketOverview:
    """Read what there is of a market.

    Args:
        database: The catalogue.
        text: The market, or `name:version`; without a version the newest snapshot is shown.

    Raises:
        BadInputError: The text is no reference to a market.
        NotFoundError: There is no such market or version.
    """
    reference = parse_version(text)
    async with database.read() as session:
        market = await find_market(session, reference.name)
        snapshots = await market_facts.snapshots_of_market(session, market.id)
        version = reference.version or snapshots[-1].version
        shown = next((one for one in snapshots if one.version == version), None)
        if shown is None:
            raise no_version(snapshots, reference)
        universes = await market_facts.universes_priced_by(session, shown.id)
        ids = [one.id for one in universes]
        ever = await market_facts.members_counted(session, ids)
        last = await market_facts.members_counted(session, ids, shown.last_date)
        rows = [one.id for one in snapshots]
        listed = await market_facts.instruments_listed(session, rows)
        sectors = await market_facts.sectors_counted(session, market.id)
    return MarketOverview(
        market=market,
        snapshots=snapshots[::-1],
        listed=listed,
        sizes=await asyncio.to_thread(_sizes, snapshots),
        shown=shown,
        universes=universes,
        members={row: (ever[row], last[row]) for row in ids},
        sectors=sectors,
        report=report_of(shown.quality),
    )


def report_of(document: JsonObject) -> QualityReport:
    """A report as `SnapshotRecord.quality` keeps it."""
    issues = (
        QualityIssue(
            issue["check"], Severity(issue["severity"]), issue["count"], tuple(issue["examples"])
        )
        for issue in document["issues"]
    )
    return QualityReport(document["rows"], document["instruments"], tuple(issues))


def _sizes(snapshots: tuple[SnapshotRecord, ...]) -> dict[int, int | None]:
    return {one.id: _size(Path(one.directory)) for one in snapshots}


def _size(place: Path) -> int | None:
    try:
        return bytes_of(place) if place.is_dir() else None
    except OSError:  # somebody takes them away
        return None
