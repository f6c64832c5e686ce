"""Dates as vendors write them. All dates of an import are written in one way."""

import re
from calendar import month_abbr
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum

import numpy as np
import numpy.typing as npt

from intake.faults import ImportFileError

FIRST_YEAR = 1900
_CLOCK = r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?(?:Z|UTC|[-+]\d{2}:?\d{2}))?)?"
_MONTHS = {name.lower(): number for number, name in enumerate(month_abbr) if name}
_EPOCH = date(1970, 1, 1)


class Writing(Enum):
    """A way to write a date; `shown` is how sentences call it."""

    YEAR_FIRST = r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})" + _CLOCK
    COMPACT = r"(\d{4})(\d{2})(\d{2})"
    YEAR_LAST = r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})" + _CLOCK
    DAY_MONTH = r"(\d{1,2})[- ]([A-Za-z]{3})[a-z]*[- ,]+(\d{4})"
    MONTH_DAY = r"([A-Za-z]{3})[a-z]*[- ]+(\d{1,2}),? +(\d{4})"
    SECONDS = r"(\d{9,10})"
    MILLISECONDS = r"(\d{12,13})"

    def match(self, text: str) -> re.Match[str] | None:
        """The parts of a text that is written in this way."""
        return _PATTERNS[self].fullmatch(text)


_PATTERNS = {writing: re.compile(writing.value) for writing in Writing}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text stands first: file, row as a spreadsheet counts, and column.

    The row and the column are None for a text that is the file's name.
    """

    file: str
    row: int | None
    column: str | None

    def __str__(self) -> str:
        return self.file if self.row is None else f"{self.file}, row {self.row:,}"


def read_days(
    texts: Sequence[str], places: Sequence[Place], given: str | None, today: date
) -> npt.NDArray[np.int32]:
    """Read dates.

    Args:
        texts: Every different text once.
        places: Where each stands first.
        given: A format of `strptime` that the user says dates have; None to find it out. Where
            it does not fit, dates that everybody can read, with the year first, are taken, too.
        today: No date may lie after it, but for one day that other time zones are ahead.

    Returns:
        Days since 1970-01-01, shape (texts,).

    Raises:
        ImportFileError: A text is no date, is before 1900 or in the future, or dates are written
            in several ways, or in a way that can be read in two.
    """
    is_given = given is not None and not _is_plain(texts, given)
    days = list(_given(texts, places, str(given)) if is_given else _found(texts, places))
    latest = today + timedelta(days=1)
    for text, place, day in zip(texts, places, days, strict=True):
        if day.year < FIRST_YEAR or day > latest:
            fault = "lies in the future" if day > latest else f"is before {FIRST_YEAR}"
            raise _fault(place, f"{text!r} is {day}, which {fault}; mend it or leave the row out")
    return np.array([(day - _EPOCH).days for day in days], dtype=np.int32)


def _is_plain(texts: Sequence[str], form: str) -> bool:
    """Whether all dates have the year first, though the user gave another form."""
    if not texts or not all(Writing.YEAR_FIRST.match(text.strip()) for text in texts):
        return False
    try:
        datetime.strptime(texts[0].strip(), form)
    except ValueError:
        return True
    return False


def _given(texts: Sequence[str], places: Sequence[Place], form: str) -> Iterator[date]:
    for text, place in zip(texts, places, strict=True):
        try:
            yield datetime.strptime(text.strip(), form).date()
        except ValueError:
            raise _fault(place, f"{text!r} is no date of the form {form}") from None


def _found(texts: Sequence[str], places: Sequence[Place]) -> Iterator[date]:
    matches: list[re.Match[str]] = []
    first: Writing | None = None
    for text, place in zip(texts, places, strict=True):
        writing, match = _written(text.strip(), place)
        if first is None:
            first = writing
        elif writing is not first:
            raise _fault(
                place,
                f"{text!r} is written otherwise than {texts[0]!r} in {places[0]}; write all dates "
                "in one way",
            )
        matches.append(match)
    if first is None:
        return
    parts = [match.groups() for match in matches]
    orders = _ORDERS[first]
    order = orders[0] if len(orders) == 1 else _only_order(parts, texts, places)
    for text, place, part in zip(texts, places, parts, strict=True):
        yield _day(first, order, part, text, place)


def _written(text: str, place: Place) -> tuple[Writing, re.Match[str]]:
    for writing in Writing:
        if match := writing.match(text):
            return writing, match
    raise _fault(
        place, f"{text!r} is no date; write YYYY-MM-DD, or give --date-format, such as %d.%m.%y"
    )


_ORDERS: Mapping[Writing, tuple[tuple[int, int, int], ...]] = {
    Writing.YEAR_FIRST: ((0, 1, 2),),
    Writing.COMPACT: ((0, 1, 2),),
    Writing.YEAR_LAST: ((2, 1, 0), (2, 0, 1)),
    Writing.DAY_MONTH: ((2, 1, 0),),
    Writing.MONTH_DAY: ((2, 0, 1),),
    Writing.SECONDS: ((0, 0, 0),),
    Writing.MILLISECONDS: ((0, 0, 0),),
}
"""Where year, month and day stand among the parts; the first of two has the day first."""


def _only_order(
    parts: Sequence[tuple[str, ...]], texts: Sequence[str], places: Sequence[Place]
) -> tuple[int, int, int]:
    """Whether the day or the month comes first, which only a number above 12 can tell."""
    day_first, month_first = _ORDERS[Writing.YEAR_LAST]
    by_first = next((row for row, part in enumerate(parts) if int(part[0]) > 12), None)
    by_second = next((row for row, part in enumerate(parts) if int(part[1]) > 12), None)
    if by_first is not None and by_second is not None:
        raise _fault(
            places[by_second],
            f"{texts[by_second]!r} has the month first and {texts[by_first]!r} in "
            f"{places[by_first]} the day; write all in one way",
        )
    if by_first is None and by_second is None:
        raise _fault(
            places[0],
            f"{texts[0]!r} can be read with the day or the month first; give --date-format "
            "%d/%m/%Y or %m/%d/%Y",
        )
    return day_first if by_first is not None else month_first


def _day(
    writing: Writing, order: tuple[int, int, int], parts: tuple[str, ...], text: str, place: Place
) -> date:
    try:
        if writing in (Writing.SECONDS, Writing.MILLISECONDS):
            scale = 1 if writing is Writing.SECONDS else 1000
            return datetime.fromtimestamp(int(parts[0]) / scale, UTC).date()
        year, month, day = (parts[place] for place in order)
        number = int(month) if month.isdigit() else _MONTHS[month.lower()]
        return date(int(year), number, int(day))
    except (ValueError, KeyError, OverflowError, OSError):
        raise _fault(place, f"{text!r} is no day of the calendar; mend it") from None


def _fault(place: Place, fault: str) -> ImportFileError:
    return ImportFileError(place.file, fault, place.row, place.column)
