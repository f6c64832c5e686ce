"""How far predictions on newer data are from those that were kept, cell by cell."""

from dataclasses import dataclass
from datetime import date
from typing import cast

import numpy as np

from compute.outcomes import finite
from domain.arrays import BoolPanel, DateArray, FloatPanel
from domain.artifacts import ArtifactStore
from domain.period import Period
from domain.work import StoredPanel


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """A panel of predictions.

    Attributes:
        values: float64, shape (days, instruments), NaN where there is none.
        dates: datetime64[D], shape (days,), ascending.
        symbols: Ascending, one for each column.
    """

    values: FloatPanel
    dates: DateArray
    symbols: tuple[str, ...]

    @classmethod
    def read(cls, panel: StoredPanel, period: Period, store: ArtifactStore) -> "Predictions":
        """The days in `period` of a panel that is kept.

        Raises:
            ArtifactMissingError: It is not kept any more.
            ArtifactDamagedError: It is not what was kept.
        """
        values, dates, symbols = (
            store.open_array(digest, verified=True)
            for digest in (panel.values, panel.dates, panel.symbols)
        )
        rows = (dates >= np.datetime64(period.start)) & (dates <= np.datetime64(period.end))
        return cls(values[rows], dates[rows], tuple(map(str, symbols)))


@dataclass(frozen=True, slots=True)
class Changes:
    """What became of predictions.

    Attributes:
        compared_days: Days that both have.
        compared_cells: Predictions that both have, of an instrument on a day.
        changed_cells: Those of them that are not equal to the last bit.
        appeared_cells: Predictions that were not there before.
        lost_cells: Predictions that are no longer there.
        largest_change: The largest absolute difference, 0 where none changed; None where nothing
            could be compared, or the difference is infinite.
        largest_change_date: When it was; the first such day. None where none changed.
        largest_change_instrument: Of whom; the first by symbol on that day.
    """

    compared_days: int
    compared_cells: int
    changed_cells: int
    appeared_cells: int
    lost_cells: int
    largest_change: float | None
    largest_change_date: str | None
    largest_change_instrument: str | None


def changes_between(before: Predictions, after: Predictions) -> Changes:
    """Compare predictions of the same days on older and on newer data.

    Days and instruments that only one of them has count as cells that were lost or appeared.
    """
    dates = np.union1d(before.dates, after.dates)
    symbols = tuple(sorted({*before.symbols, *after.symbols}))
    old, new = (_spread(one, dates, symbols) for one in (before, after))
    had, has = ~np.isnan(old), ~np.isnan(new)
    both = had & has
    changed = both & (old != new)
    size, day, symbol = _largest(old, new, changed, dates, symbols)
    return Changes(
        compared_days=len(np.intersect1d(before.dates, after.dates)),
        compared_cells=int(both.sum()),
        changed_cells=int(changed.sum()),
        appeared_cells=int((has & ~had).sum()),
        lost_cells=int((had & ~has).sum()),
        largest_change=size if both.any() else None,
        largest_change_date=day,
        largest_change_instrument=symbol,
    )


def _largest(
    old: FloatPanel,
    new: FloatPanel,
    changed: BoolPanel,
    dates: DateArray,
    symbols: tuple[str, ...],
) -> tuple[float | None, str | None, str | None]:
    if not changed.any():
        return 0.0, None, None
    sizes = np.zeros(old.shape)
    sizes[changed] = np.abs(new[changed] - old[changed])
    row, column = np.unravel_index(sizes.argmax(), sizes.shape)
    day = cast(date, dates[row].astype(object))
    return finite(sizes[row, column]), day.isoformat(), symbols[column]


def _spread(panel: Predictions, dates: DateArray, symbols: tuple[str, ...]) -> FloatPanel:
    """The values of a panel among more days and symbols."""
    values = np.full((len(dates), len(symbols)), np.nan)
    rows = np.searchsorted(dates, panel.dates)
    columns = np.searchsorted(np.array(symbols, dtype=object), np.array(panel.symbols, object))
    values[np.ix_(rows, columns)] = panel.values
    return values
