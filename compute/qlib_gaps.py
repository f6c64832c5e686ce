"""Qlib where an instrument's fields are missing, or do not begin and end on the same days.

Stock Qlib reads a missing field as an empty series, on which some operators fail, and it compares,
chooses and correlates series of different days by position or not at all. Here a missing field
has no value on any of the instrument's days, and series meet by day. Where all fields of an
instrument are there and cover the same days, every value is stock Qlib's.
"""

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd
from qlib.data import ops
from qlib.data.base import Expression
from qlib.data.data import FeatureProvider

from bars.bins import fill_column, series_rows
from bars.directory import MarketDirectory
from bars.layout import upper_case

_COMPARISONS = (ops.Gt, ops.Ge, ops.Lt, ops.Le, ops.Eq, ops.Ne)
_CORRELATION_FLOOR = 2e-5
"""Qlib gives no correlation where a standard deviation is within this of zero."""


class BarsFeatureProvider(FeatureProvider):  # type: ignore[misc]
    """Reads bars through a directory that was opened; what it does not list has no value.

    The values of a field are what stock Qlib reads of a bin with all of them. A field that an
    instrument lacks is NaN on all of its days. No name is ever made into a path.

    Args:
        directory: The market that Qlib is on.
    """

    def __init__(self, directory: MarketDirectory) -> None:
        super().__init__()
        self._directory = directory

    def feature(
        self, instrument: str, field: str, start_index: int, end_index: int, freq: str
    ) -> pd.Series:
        """The values of `$field` from one calendar row to another, both included."""
        symbol, name = upper_case(instrument), str(field)[1:].lower()
        days = self._days(symbol, name)
        rows = range(max(days.start, start_index), min(days.stop, end_index + 1))
        values = np.full(len(rows), np.nan, dtype=np.float32)
        fill_column(self._directory, name, symbol, slice(rows.start, rows.stop), values)
        return pd.Series(values, index=pd.RangeIndex(rows.start, rows.stop))

    def _days(self, symbol: str, field: str) -> range:
        """The calendar rows that a field has a value for, be it NaN."""
        listing = self._directory.instruments.get(symbol)
        if listing is None:
            return range(0)
        if field in listing.fields:
            return series_rows(self._directory, field, symbol)
        return range(listing.first, listing.last + 1)


def align_operators() -> None:
    """Have the operators of this process that need equal days bring their operands to them."""
    for comparison in _COMPARISONS:
        comparison._load_internal = _compare
    ops.If._load_internal = _choose
    ops.Corr._load_internal = _correlate


def _compare(self: Any, instrument: str, start: int, end: int, *rest: Any) -> pd.Series:
    left, right = _operands((self.feature_left, self.feature_right), instrument, start, end, rest)
    return getattr(np, self.func)(left, right)


def _choose(self: Any, instrument: str, start: int, end: int, *rest: Any) -> pd.Series:
    parts = (self.condition, self.feature_left, self.feature_right)
    condition, left, right = _operands(parts, instrument, start, end, rest)
    return pd.Series(np.where(condition, left, right), index=condition.index)


def _correlate(self: Any, instrument: str, start: int, end: int, *rest: Any) -> pd.Series:
    load: Callable[..., pd.Series] = ops.PairRolling._load_internal
    correlation = load(self, instrument, start, end, *rest)
    for part in (self.feature_left, self.feature_right):
        series = part.load(instrument, start, end, *rest)
        spread = series.rolling(self.N, min_periods=1).std()
        flat = spread.index[np.isclose(spread, 0, atol=_CORRELATION_FLOOR)]
        correlation.loc[flat] = np.nan
    return correlation


def _operands(
    parts: tuple[Any, ...], instrument: str, start: int, end: int, rest: tuple[Any, ...]
) -> list[Any]:
    """Load what is an expression, over the days that any of them has; NaN holds for nothing."""
    loaded = [
        part.load(instrument, start, end, *rest) if isinstance(part, Expression) else part
        for part in parts
    ]
    indexes = [one.index for one in loaded if isinstance(one, pd.Series)]
    if all(index.equals(indexes[0]) for index in indexes):
        return loaded
    days = reduce(pd.Index.union, indexes)
    return [_over(one, days) if isinstance(one, pd.Series) else one for one in loaded]


def _over(series: pd.Series, days: pd.Index) -> pd.Series:
    return series.reindex(days, fill_value=False if series.dtype == bool else np.nan)
