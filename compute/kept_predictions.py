"""Predictions as they are kept: a panel of days and members."""

from collections.abc import Iterable, Mapping

import numpy as np

from bars.universes import Days
from compute.members import member_mask
from compute.preparing.table import Table
from domain.arrays import FloatArray
from domain.artifacts import ArtifactStore
from domain.period import Period
from domain.work import Spans


def keep_predictions(
    predicted: Iterable[tuple[Table, FloatArray]],
    members: Mapping[str, Spans],
    period: Period,
    calendar: Days,
    store: ArtifactStore,
) -> dict[str, str]:
    """Keep what was predicted as a panel of all days and members.

    Args:
        predicted: Rows, and a score for each.
        members: Of the universe, and when.
        period: The days of the panel, in which all rows lie.
        calendar: All trading days.
        store: Where it is kept.

    Returns:
        Digests of `values`, float64 (days, instruments), NaN where there is none, `dates`,
        datetime64[D], and `symbols`, fixed-width text, all that were members in the period.
    """
    first, last = np.datetime64(period.start), np.datetime64(period.end)
    days = calendar[(first <= calendar) & (calendar <= last)]
    symbols = _members_between(members, days)
    values = np.full((len(days), len(symbols)), np.nan)
    column = {symbol: place for place, symbol in enumerate(symbols)}
    for table, scores in predicted:
        rows = np.repeat(np.searchsorted(days, table.dates), np.diff(table.starts))
        columns = np.array([column[symbol] for symbol in table.symbols])
        values[rows, columns[table.places]] = scores
    return {
        "values": store.put_array(values),
        "dates": store.put_array(days),
        "symbols": store.put_array(np.array(symbols)),
    }


def _members_between(members: Mapping[str, Spans], days: Days) -> list[str]:
    symbols = sorted(members)
    days_in = member_mask(members, symbols, days).sum(axis=0)
    return [symbol for symbol, count in zip(symbols, days_in, strict=True) if count]
