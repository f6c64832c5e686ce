"""Files that go out: in which format, from what, and what they say of themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import BadInputError
from domain.period import Period
from domain.specs import JsonObject
from domain.work import Bars, Spans, StoredMatrix, StoredPanel


class ExportFormat(StrEnum):
    """What a table can go out as; the value ends the names of such files."""

    PARQUET = "parquet"
    CSV = "csv"
    ARROW = "arrow"

    @property
    def media_type(self) -> str:
        """How HTTP calls it."""
        return _MEDIA_TYPES[self]


_MEDIA_TYPES = {
    ExportFormat.PARQUET: "application/vnd.apache.parquet",
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.ARROW: "application/vnd.apache.arrow.file",
}


def parse_format(text: str) -> ExportFormat:
    """The format of a name.

    Raises:
        BadInputError: There is none of that name.
    """
    try:
        return ExportFormat(text)
    except ValueError:
        raise BadInputError(
            f"Nothing goes out in the format {text!r}; take parquet, csv or arrow.", "format"
        ) from None


@dataclass(frozen=True, slots=True)
class PanelSource:
    """Days of a kept panel, a column for each instrument.

    Attributes:
        panel: Where the values are.
        instruments: The columns, by symbol; one that the panel lacks is missing throughout.
        members: When each is shown; None shows every day.
        period: Which days.
    """

    panel: StoredPanel
    instruments: tuple[str, ...]
    members: Mapping[str, Spans] | None
    period: Period


@dataclass(frozen=True, slots=True)
class BarsSource:
    """Days of one instrument's bars, read where they lie, a column for each field."""

    bars: Bars
    symbol: str
    fields: tuple[str, ...]
    period: Period


@dataclass(frozen=True, slots=True)
class ReportSource:
    """The days of a backtest: the digest of each column that is kept of its report."""

    columns: Mapping[str, str]
    has_benchmark: bool


@dataclass(frozen=True, slots=True)
class MatrixSource:
    """A factor set's values, a row for each day and member, a column for each factor."""

    matrix: StoredMatrix
    factors: tuple[str, ...]


ExportSource = PanelSource | BarsSource | ReportSource | MatrixSource


@dataclass(frozen=True, slots=True)
class ColumnNote:
    """What a file says of one column. `expression` is None where it is not a factor."""

    unit: str
    expression: str | None = None


@dataclass(frozen=True, slots=True)
class ExportWork:
    """Write a table to a file.

    Attributes:
        source: What is in it.
        format: How it is written.
        target: The file, in full; its folder is there.
        about: What the file says of itself, plain JSON.
        notes: What it says of its columns, in their order; a single note goes for all.
    """

    source: ExportSource
    format: ExportFormat
    target: str
    about: JsonObject
    notes: tuple[ColumnNote, ...]
