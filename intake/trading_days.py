"""The trading days of an import: those of a file, or those on which its instruments traded."""

from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bars.universes import Days
from intake.days import read_days
from intake.faults import ImportFileError
from intake.lists import read_cells
from intake.reading import Tables

_WEEKEND_SHARE = 0.5
_SATURDAY = 5


def calendar_of(tables: Tables) -> Days:
    """The days on which anything was traded.

    A Saturday or Sunday counts if at least half as much is traded as on the busiest day of its
    week; otherwise its rows are a vendor's mistake, which must not make a trading day for all.

    Returns:
        Ascending, datetime64[D].
    """
    days, places = np.unique(tables.days, return_inverse=True)
    traded = np.bincount(places, tables.traded, len(days))
    has_trades = traded > 0
    if not has_trades.any():
        return days.astype("datetime64[D]")
    days, traded = days[has_trades], traded[has_trades]
    monday_based = days.astype(np.int64) + 3  # 1970-01-01 was a Thursday
    _, week = np.unique(monday_based // 7, return_inverse=True)
    busiest = np.zeros(week.max() + 1)
    np.maximum.at(busiest, week, traded)
    is_weekend = monday_based % 7 >= _SATURDAY
    return _dates(days[~is_weekend | (traded >= _WEEKEND_SHARE * busiest[week])])


def rows_of(calendar: Days, days: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """The calendar row of each day since 1970-01-01; -1 for a day that the calendar lacks."""
    known = calendar.astype(np.int64)
    rows = np.minimum(np.searchsorted(known, days), len(known) - 1)
    found: npt.NDArray[np.int64] = np.where(known[rows] == days, rows, -1)
    return found


def read_calendar_file(path: Path, date_format: str | None, today: date) -> Days:
    """Read trading days from a file, one a line; a header is passed over.

    Raises:
        ImportFileError: The file has no days, or a line is none.
    """
    cells = read_cells(path)
    if cells and not any(letter.isdigit() for letter in cells[0].texts[0]):
        cells = cells[1:]
    if not cells:
        raise ImportFileError(str(path), "holds no trading day; write one on each line")
    texts, places = [line.cell(0) for line in cells], [line.place(0) for line in cells]
    return _dates(np.unique(read_days(texts, places, date_format, today)))


def _dates(days: npt.NDArray[np.int32]) -> Days:
    return days.astype(np.int64).astype("datetime64[D]")
