"""Markets enter the catalogue: what was read of a directory is registered, whole or not at all."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import cast

from bars.directory import MarketDirectory
from bars.quality import QualityReport
from bars.sample import BENCHMARK, COMPANIES, REGION
from catalog.database import Database
from catalog.importing import register_snapshot, require_region
from catalog.markets import markets_by_names
from catalog.reading import entities_by_ids
from domain.imports import Company, NewInstrument, NewSnapshot
from domain.names import check_name
from domain.records import MarketRecord
from domain.regions import Region, check_currency, parse_region
from domain.specs import JsonObject
from domain.work import Spans
from resolvers.market_reading import MarketReading, read_market
from resolvers.sample_market import place_sample_market

SAMPLE_MARKET = "sample"
_UNKNOWN: Mapping[str, Company] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Adopted:
    """What came of a market that was brought in.

    Attributes:
        snapshot_id: Row of the snapshot.
        snapshot_name: Its name, which is the market's.
        version: Its version.
        is_new: Whether it was made now; False for data that was registered already.
        benchmark: Symbol of the index that backtests are held against.
        report: What the checks found.
        universes: Names of the market's universes, ascending.
    """

    snapshot_id: int
    snapshot_name: str
    version: int
    is_new: bool
    benchmark: str | None
    report: QualityReport
    universes: tuple[str, ...]


async def adopt_market(
    database: Database,
    name: str,
    directory: Path,
    region: str,
    benchmark: str | None,
    author: str,
    currency: str | None = None,
) -> Adopted:
    """Register a Qlib data directory where it lies; nothing is copied and nothing written there.

    Data that is registered already makes no new version. Other data under the name of a market
    makes its next snapshot, and universes whose members are the same keep their version.

    Args:
        database: The catalogue.
        name: Names the market, and so its snapshots.
        directory: Holds the folders calendars, instruments and features.
        region: `us` or `cn`.
        benchmark: Symbol of the index that backtests are held against. None keeps that of a market
            which is registered already; a new one takes SH000300 in China if the directory has
            it, as Qlib does, and otherwise none.
        author: Who adopts it.
        currency: Code of the prices' currency. None keeps that of a market which is registered
            already; a new one takes CNY in China and USD in the US.

    Raises:
        BadInputError: The name, the region, the benchmark or the currency is not one.
        DataDirectoryError: A part of the directory is missing or cannot be read.
        MarketRefusedError: Qlib would read nothing of it or trade wrongly.
        ConflictError: The market is registered with another region.
    """
    check_name(name, "name")
    where = parse_region(region)
    market = await registered_market(database, name, where)
    if market is not None and benchmark is None:
        benchmark = market.benchmark
    if currency is not None:
        check_currency(currency)
    elif market is None:
        currency = where.currency
    reading = await asyncio.to_thread(read_market, directory, where, benchmark)
    return await register_market(database, name, reading, author, currency=currency)


async def import_sample_market(database: Database, home: Path, author: str) -> Adopted:
    """Make the sample market below `home` and register it under the name `sample`.

    The same data again is neither written nor registered a second time.

    Raises:
        DataDirectoryError: A package that carries the prices is not installed.
    """
    directory = await asyncio.to_thread(place_sample_market, home)
    reading = await asyncio.to_thread(read_market, directory, parse_region(REGION), BENCHMARK)
    return await register_market(
        database,
        SAMPLE_MARKET,
        reading,
        author,
        currency=reading.region.currency,
        companies=COMPANIES,
    )


async def register_market(
    database: Database,
    name: str,
    reading: MarketReading,
    author: str,
    *,
    currency: str | None = None,
    companies: Mapping[str, Company] = _UNKNOWN,
) -> Adopted:
    """Write what was read of a directory into the catalogue, in one transaction.

    Args:
        database: The catalogue.
        name: The market's name.
        reading: Where its data lies, and what was found there.
        author: Who imports it.
        currency: Of the prices; None keeps what is known of it.
        companies: What is known of symbols.

    Raises:
        ConflictError: The market is registered with another region.
    """
    snapshot = _snapshot(name, reading, author, currency, companies)
    async with database.begin() as session:
        registered = await register_snapshot(session, snapshot)
        entities = await entities_by_ids(session, [registered.snapshot_id])
    return Adopted(
        snapshot_id=registered.snapshot_id,
        snapshot_name=name,
        version=entities[registered.snapshot_id].version,
        is_new=registered.is_new,
        benchmark=reading.benchmark,
        report=reading.report,
        universes=tuple(sorted(registered.universes)),
    )


async def registered_market(database: Database, name: str, region: Region) -> MarketRecord | None:
    """The market of a name, if there is one, which must be of the region.

    Raises:
        ConflictError: It is of another.
    """
    async with database.read() as session:
        market = (await markets_by_names(session, [name])).get(name)
    if market is not None:
        require_region(name, market.region, region.value)
    return market


def _snapshot(
    name: str,
    reading: MarketReading,
    author: str,
    currency: str | None,
    companies: Mapping[str, Company],
) -> NewSnapshot:
    directory = reading.directory
    return NewSnapshot(
        market=name,
        region=reading.region.value,
        currency=currency,
        benchmark=reading.benchmark,
        directory=str(directory.path),
        stamp=reading.stamp,
        frequency=directory.frequency,
        fingerprint=reading.fingerprint,
        first_date=_day(directory, 0),
        last_date=_day(directory, -1),
        trading_days=len(directory.calendar),
        fields=directory.fields,
        quality=_document(reading.report),
        instruments=_instruments(directory, companies),
        universes={market: _spans(directory, market) for market in directory.markets},
        author=author,
    )


def _document(report: QualityReport) -> JsonObject:
    """The report as `SnapshotRecord.quality` keeps it."""
    issues = [
        {
            "check": issue.check,
            "severity": issue.severity.value,
            "count": issue.count,
            "examples": list(issue.examples),
        }
        for issue in report.issues
    ]
    return {"rows": report.rows, "instruments": report.instruments, "issues": issues}


def _instruments(
    directory: MarketDirectory, companies: Mapping[str, Company]
) -> tuple[NewInstrument, ...]:
    described = {symbol: companies.get(symbol) for symbol in directory.instruments}
    return tuple(
        NewInstrument(
            symbol=symbol,
            first_date=_day(directory, listing.first),
            last_date=_day(directory, listing.last),
            company_name=company.name if (company := described[symbol]) else None,
            sector=company.sector if company else None,
        )
        for symbol, listing in directory.instruments.items()
        if listing.first <= listing.last
    )


def _spans(directory: MarketDirectory, market: str) -> Mapping[str, Spans]:
    members = directory.markets[market]
    return {
        symbol: tuple((span.start, span.end) for span in spans) for symbol, spans in members.items()
    }


def _day(directory: MarketDirectory, row: int) -> date:
    return cast(date, directory.calendar[row].item())
