"""What is asked of an instrument: its bars, and its values of a factor."""

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import cast

import numpy as np

from bars.bins import read_bins
from bars.directory import MarketDirectory
from bars.fingerprint import fingerprint_bars
from domain.arrays import FloatPanel
from domain.downloads import BarsDownload
from domain.errors import BadInputError, SnapshotChangedError
from domain.keys import content_key
from domain.names import EntityKind
from domain.period import Period
from domain.records import (
    FactorRecord,
    InstrumentRecord,
    ResultRecord,
    SnapshotRecord,
)
from domain.runs import RunKind
from resolvers.factors import SeriesAnswer, instrument_values
from resolvers.facts import require_trading_days
from resolvers.inquiry import Answer, Inquiry
from resolvers.series import Thinning, thinned
from resolvers.studies import period_within

Dates = tuple[date | None, date | None]


async def instrument_bars(
    instrument: InstrumentRecord,
    snapshot: str | None,
    dates: Dates,
    fields: Sequence[str] | None,
    thinning: Thinning,
    inquiry: Inquiry,
) -> SeriesAnswer:
    """An instrument's bars, read where they lie: nothing is computed.

    Raises:
        BadInputError: A field or date that the snapshot does not have.
    """
    data = await snapshot_of(instrument, snapshot, inquiry)
    period = period_within(data, *dates)
    facts = inquiry.services.facts
    calendar = await facts.calendar(data)
    rows = require_trading_days(calendar.rows(period), period, "start")
    names = known_fields(fields, data)
    registered = await facts.bars(data, names, (instrument.symbol,), rows)
    directory = await facts.directory(data)
    values, found = await asyncio.to_thread(_read, directory, names, instrument.symbol, rows)
    if found != registered:
        raise SnapshotChangedError(
            f"The bars of {instrument.symbol} in {data.directory} changed after they were "
            "registered; register the directory again to make a new version."
        )
    table = thinned(calendar.days[rows], names, values, thinning)
    answer = await _as_read(registered, data, period, names, instrument, inquiry)
    download = BarsDownload(data.reference, instrument.symbol, period.start, period.end, names)
    return SeriesAnswer(table, answer, data, download)


def _read(
    directory: MarketDirectory, fields: Sequence[str], symbol: str, rows: slice
) -> tuple[FloatPanel, str]:
    """The bars of an instrument, a column for each field, and their fingerprint."""
    columns = [read_bins(directory, name, (symbol,), rows)[:, 0] for name in fields]
    return np.stack(columns, axis=1), fingerprint_bars(directory, fields, (symbol,), rows)


async def instrument_factor_values(
    instrument: InstrumentRecord,
    factor: str,
    snapshot: str | None,
    dates: Dates,
    thinning: Thinning,
    inquiry: Inquiry,
) -> SeriesAnswer:
    """An instrument's values of a factor."""
    found = await inquiry.lookups.resolve(EntityKind.FACTOR, factor, "factor")
    data = await snapshot_of(instrument, snapshot, inquiry)
    period = period_within(data, *dates)
    calendar = await inquiry.services.facts.calendar(data)
    require_trading_days(calendar.rows(period), period, "start")
    record = cast(FactorRecord, found)
    return await instrument_values(record, instrument.symbol, data, period, thinning, inquiry)


async def snapshot_of(
    instrument: InstrumentRecord, snapshot: str | None, inquiry: Inquiry
) -> SnapshotRecord:
    """The snapshot named, else the newest of the instrument's market.

    Raises:
        BadInputError: The snapshot is of another market, or does not list the instrument.
    """
    if snapshot is None:
        data = await inquiry.lookups.latest_snapshot(instrument.market_id)
    else:
        found = await inquiry.lookups.resolve(EntityKind.SNAPSHOT, snapshot, "snapshot")
        data = cast(SnapshotRecord, found)
    symbols = await inquiry.services.facts.symbols(data, inquiry.lookups)
    if data.market_id != instrument.market_id or instrument.symbol not in symbols:
        raise BadInputError(
            f"The snapshot {data.name}:{data.version} does not list {instrument.symbol}; "
            "name one that does.",
            "snapshot",
        )
    return data


def known_fields(fields: Sequence[str] | None, snapshot: SnapshotRecord) -> tuple[str, ...]:
    """The fields that a client wants to see, without dollar signs; all unless it says which.

    Raises:
        BadInputError: The snapshot does not have one, or none is asked for.
    """
    if fields is None:
        return snapshot.fields
    names = tuple(dict.fromkeys(name.removeprefix("$") for name in fields))
    unknown = [name for name in names if name not in snapshot.fields]
    if unknown or not names:
        fault = f"The snapshot has no field {', '.join(unknown)}" if unknown else "fields is empty"
        raise BadInputError(f"{fault}; there are {', '.join(snapshot.fields)}.", "fields")
    return names


async def _as_read(
    bars: str,
    snapshot: SnapshotRecord,
    period: Period,
    names: tuple[str, ...],
    instrument: InstrumentRecord,
    inquiry: Inquiry,
) -> Answer:
    """How bars came to be: they were imported with the snapshot and are there at once."""
    key = content_key("bars", [instrument.symbol, names, period, bars])
    result = ResultRecord(
        key=key,
        kind=RunKind.FACTOR_VALUES.value,
        entity_id=None,
        snapshot_id=snapshot.id,
        universe_id=None,
        run_id=None,
        engine="imported",
        document={},
        artifacts={},
        bytes=0,
        compute_seconds=0.0,
        computed_at=snapshot.created_at,
    )

    async def today() -> str:
        newest = await inquiry.lookups.latest_snapshot(snapshot.market_id)
        rows = (await inquiry.services.facts.calendar(newest)).rows(period)
        now = await inquiry.services.facts.bars(newest, names, (instrument.symbol,), rows)
        return content_key("bars", [instrument.symbol, names, period, now])

    return Answer(result, key, True, today)
