"""The trading days of a Qlib data directory."""

from datetime import date
from pathlib import Path

import numpy as np

from bars.layout import CALENDAR
from bars.lines import parse_day, read_lines
from bars.universes import Days
from domain.errors import DataDirectoryError


def read_calendar(root: Path) -> Days:
    """Read the daily calendar.

    Returns:
        Ascending days, shape (days,), datetime64[D].

    Raises:
        DataDirectoryError: There is none, it is empty, or a line is no day or is not after the
            line before it.
    """
    path = root / CALENDAR
    if not path.is_file():
        raise DataDirectoryError(_missing(path))
    days: list[date] = []
    for line, text in read_lines(path):
        day = parse_day(text, path, line)
        if days and day <= days[-1]:
            fault = "is there already" if day == days[-1] else f"is before {days[-1]}"
            raise DataDirectoryError(
                f"{path}, line {line}: {day} {fault}; trading days ascend, each once."
            )
        days.append(day)
    if not days:
        raise DataDirectoryError(f"{path} is empty; it has one trading day on each line.")
    return np.array(days, dtype="datetime64[D]")


def _missing(path: Path) -> str:
    others = sorted(file.stem for file in path.parent.glob("*.txt"))
    if others:
        return f"{path} is missing; only daily bars can be read, and there are {', '.join(others)}."
    return (
        f"{path} is missing; give a Qlib data directory, which holds the folders calendars, "
        "instruments and features."
    )
