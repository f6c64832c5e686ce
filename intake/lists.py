"""Short lists that come beside bars: calendars, members of universes, sectors."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from intake.days import Place, read_days
from intake.faults import ImportFileError

_DELIMITERS = ",\t;|"


@dataclass(frozen=True, slots=True)
class Line:
    """The cells of one line, stripped.

    Attributes:
        file: Where it stands.
        row: As a spreadsheet counts.
        texts: The cells.
    """

    file: str
    row: int
    texts: tuple[str, ...]

    def cell(self, place: int) -> str:
        """A cell; empty where the line is too short."""
        return self.texts[place] if place < len(self.texts) else ""

    def day(self, place: int, date_format: str | None, today: date) -> int:
        """The date in a cell, as days since 1970-01-01.

        Raises:
            ImportFileError: It is none.
        """
        return int(read_days([self.cell(place)], [self.place(place)], date_format, today)[0])

    def place(self, place: int) -> Place:
        """Where a cell is."""
        return Place(self.file, self.row, f"{place + 1}")


def read_cells(path: Path) -> list[Line]:
    """Read the lines of a text that are not blank, parted by its delimiter.

    Raises:
        ImportFileError: It cannot be read, is no UTF-8 text or is empty.
    """
    name = str(path)
    try:
        text = path.expanduser().read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ImportFileError(name, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ImportFileError(name, "is no UTF-8 text; save it in UTF-8") from error
    first = next((line for line in text.splitlines() if line.strip()), "")
    if not first:
        raise ImportFileError(name, "is empty; leave it out, or put the right file there")
    rows = csv.reader(text.splitlines(), delimiter=max(_DELIMITERS, key=first.count))
    stripped = ((rows.line_num, tuple(cell.strip() for cell in row)) for row in rows)
    return [Line(name, number, cells) for number, cells in stripped if any(cells)]


def find_columns(header: Line, aliases: Mapping[str, Sequence[str]]) -> Mapping[str, int]:
    """Where a header has each of some columns, by the names it may have.

    Raises:
        ImportFileError: Two columns are one of them.
    """
    found: dict[str, int] = {}
    for place, text in enumerate(header.texts):
        plain = text.lower().replace(" ", "_")
        for ours, names in aliases.items():
            if plain in names:
                if ours in found:
                    raise ImportFileError(
                        header.file, f"has two columns for {ours}; leave one out", header.row
                    )
                found[ours] = place
    return found
