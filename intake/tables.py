"""Tables as they are read: symbols and dates as they are written, numbers as float64."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from intake.headers import ColumnPlan

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Reading:
    """How tables are read.

    Attributes:
        decimal: What stands before the fraction of a number in CSV.
    """

    decimal: str = "."


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """A column of texts: each different one once, and for each row which it is, -1 for none."""

    dictionary: pa.Array
    codes: Codes

    @classmethod
    def of(cls, column: pa.Array) -> "Words":
        """The texts of an Arrow column of any type; dates and numbers are written out."""
        if not pa.types.is_dictionary(column.type):
            column = column.dictionary_encode()
        texts = column.dictionary
        if not pa.types.is_string(texts.type):
            texts = texts.cast(pa.string())
        codes = _filled(column.indices, -1)
        return cls(texts, codes.astype(np.int32, copy=False))

    @property
    def texts(self) -> list[str]:
        """Each different text, by its code."""
        texts: list[str] = self.dictionary.to_pylist()
        return texts


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Some rows of a table, one after the other.

    Attributes:
        first_row: Of the first one, as a spreadsheet counts: 2 below the header.
        symbols: None where the file's name is the symbol of all.
        dates: As they are written.
        fields: Values by field, NaN where there is none, each of shape (rows,).
        plan: What the columns of the table are.
        counts: Where rows are of several files: how many are of each, in order.
    """

    first_row: int
    symbols: Words | None
    dates: Words
    fields: Mapping[str, Floats]
    plan: ColumnPlan
    counts: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.dates.codes)


def batches_of(
    tables: Iterator[pa.RecordBatch],
    plan: ColumnPlan,
    fields: Mapping[str, str],
    first_row: int = 2,
) -> Iterator[Batch]:
    """Take Arrow batches apart by a plan; `fields` says which columns are which fields."""
    row = first_row
    for table in tables:
        symbols = Words.of(table.column(plan.symbol)) if plan.symbol is not None else None
        values = {
            ours: _numbers(table.column(theirs), plan.scales.get(ours))
            for theirs, ours in fields.items()
        }
        yield Batch(row, symbols, Words.of(table.column(plan.date)), values, plan)
        row += table.num_rows


def _numbers(column: pa.Array, scale: float | None) -> Floats:
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.string())  # Arrow's own way to doubles is off by a bit
    if not pa.types.is_float64(column.type):
        column = column.cast(pa.float64())
    values: Floats = _filled(column, np.nan)
    return values if scale is None else values * scale


def _filled(column: pa.Array, filler: float) -> npt.NDArray[Any]:
    """The numbers of a column, and a filler where it has none.

    Arrow's own ways to NumPy load pandas first, which takes longer than to read most files.
    """
    dtype = np.dtype(column.type.to_pandas_dtype())
    known, numbers = column.buffers()
    if not len(column):
        return np.empty(0, dtype)
    values = np.frombuffer(numbers, dtype, len(column), column.offset * dtype.itemsize)
    if not column.null_count:
        return values
    bits = np.frombuffer(known, np.uint8)
    are_known = np.unpackbits(bits, count=column.offset + len(column), bitorder="little")
    return np.where(are_known[column.offset :], values, dtype.type(filler))
