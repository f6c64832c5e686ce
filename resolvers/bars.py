"""What is asked of an instrument: its bars, and its values of a factor."""

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import cast

import numpy as np

from bars.bins import read_bins
from domain.errors import BadInputError
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
    calendar = await inquiry.services.facts.calendar(data)
    rows = require_trading_days(calendar.rows(period), period)
    names = _known(fields, data)
    directory = await inquiry.services.facts.directory(data)

    def read() -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        columns = [read_bins(directory, name, (instrument.symbol,), rows)[:, 0] for name in names]
        return np.stack(columns, axis=1)

    values = await asyncio.to_thread(read)
    key = await inquiry.services.facts.bars(data, names, (instrument.symbol,), rows)
    table = thinned(calendar.days[rows], names, values, thinning)
    return SeriesAnswer(table, await _as_read(key, data, period, names, instrument, inquiry), data)


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
    require_trading_days(calendar.rows(period), period)
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
        return await inquiry.lookups.latest_snapshot(instrument.market_id)
    found = await inquiry.lookups.resolve(EntityKind.SNAPSHOT, snapshot, "snapshot")
    named = cast(SnapshotRecord, found)
    symbols = await inquiry.services.facts.symbols(named, inquiry.lookups)
    if named.market_id != instrument.market_id or instrument.symbol not in symbols:
        raise BadInputError(
            f"The snapshot {named.name}:{named.version} does not list {instrument.symbol}; "
            "name one that does.",
            "snapshot",
        )
    return named


def _known(fields: Sequence[str] | None, snapshot: SnapshotRecord) -> tuple[str, ...]:
    names = tuple(name.removeprefix("$") for name in fields or snapshot.fields)
    unknown = [name for name in names if name not in snapshot.fields]
    if unknown:
        raise BadInputError(
            f"The snapshot has no field {', '.join(unknown)}; it has {', '.join(snapshot.fields)}.",
            "fields",
        )
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
