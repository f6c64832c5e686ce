"""Files with factors, opened: a day and a symbol for each row, and values by factor."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from domain.arrays import DateArray, FloatPanel
from intake.cells import NULLS, find_fault
from intake.csv_tables import head_of, header_of, unpacked
from intake.days import Place, read_days
from intake.factor_columns import FactorColumns, columns_of_csv, columns_of_parquet
from intake.faults import ImportFileError
from intake.parquet_tables import told_whole
from intake.sources import Packing, Source, find_sources
from intake.tables import Codes, Words

Values = npt.NDArray[np.floating[Any]]
"""Shape (rows,)."""


@dataclass(frozen=True, slots=True, eq=False)
class FactorTable:
    """The rows of a file with factors.

    Attributes:
        file: How it is called in sentences.
        days: The day of each row, datetime64[D].
        symbols: The different symbols as they are written.
        places: For each row which of them it is.
        kinds: The type of each factor's values, by name, in the order of the file.
        read: The values of a factor, float32 or float64, NaN where there is none.
        is_wide: Whether each instrument had a column of its own.
    """

    file: str
    days: DateArray
    symbols: tuple[str, ...]
    places: Codes
    kinds: Mapping[str, pa.DataType]
    read: Callable[[str], Values]
    is_wide: bool = False


def open_factors(path: Path, name: str | None, default_name: str | None) -> FactorTable:
    """Open a Parquet or CSV file of one of three shapes.

    A row for each day and instrument, with both in the index as pandas keeps it or in columns,
    and a column for each factor; or a row for each day and a column for each instrument.

    Args:
        path: The file; CSV may be packed by gzip.
        name: What the only factor is called; None as its column is.
        default_name: What it is called where instruments have columns, and `name` is None.

    Raises:
        ImportFileError: The file is not whole, has another shape, or a row has no date or symbol.
    """
    [source, *more] = find_sources([path])
    if more or source.member:
        raise ImportFileError(str(path), "is an archive; unpack it and give the files")
    open_table = _parquet if source.is_parquet else _csv
    table = open_table(source, name, default_name)
    if not len(table.days):
        raise ImportFileError(source.name, "has no rows; give a file with values")
    return table


def _parquet(source: Source, name: str | None, default_name: str | None) -> FactorTable:
    with told_whole(source.name):
        file = pq.ParquetFile(source.path)
        schema = file.schema_arrow
        columns = columns_of_parquet(source.name, schema)
        keys = [key for key in (columns.date, columns.symbol) if key is not None]
        read_keys = file.read(columns=keys, use_threads=False)

    def column(theirs: str) -> pa.ChunkedArray:
        with told_whole(source.name):
            return file.read(columns=[theirs], use_threads=False).column(0)

    kinds = {theirs: schema.field(theirs).type for theirs in columns.values}
    return _table(source, columns, read_keys, kinds, column, (name, default_name))


def _csv(source: Source, name: str | None, default_name: str | None) -> FactorTable:
    head = head_of(source)
    delimiter, names = header_of(source, head)
    columns = columns_of_csv(source.name, names)
    keys = [key for key in (columns.date, columns.symbol) if key is not None]
    types = dict.fromkeys(keys, pa.string()) | dict.fromkeys(columns.values, pa.float64())
    convert = pa_csv.ConvertOptions(
        column_types=types, include_columns=list(types), null_values=NULLS
    )
    # Line ends in cells cost threads, and blank lines above the header are no rows.
    parse = pa_csv.ParseOptions(delimiter=delimiter, newlines_in_values=b'"' in head)
    packed = "gzip" if source.packing is Packing.GZIP else None
    try:
        with pa.input_stream(source.path, compression=packed) as stream:
            table = pa_csv.read_csv(stream, parse_options=parse, convert_options=convert)
    except (pa.ArrowException, OSError) as error:
        with unpacked(source) as text:
            numbers = frozenset(columns.values)
            raise find_fault(source.name, text, delimiter, numbers, ".", 2, str(error)) from error
    kinds = dict.fromkeys(columns.values, pa.float64())
    return _table(source, columns, table, kinds, table.column, (name, default_name))


def _table(
    source: Source,
    columns: FactorColumns,
    keys: pa.Table,
    kinds: Mapping[str, pa.DataType],
    column: Callable[[str], pa.ChunkedArray],
    names: tuple[str | None, str | None],
) -> FactorTable:
    name, default_name = names
    days = _days(source.name, columns.date, keys.column(columns.date))
    theirs = {ours: one for one, ours in columns.values.items()}
    if columns.symbol is None:
        return _wide(source, days, theirs, kinds, column, name or default_name)
    words = Words.of(keys.column(columns.symbol).combine_chunks())
    if (words.codes < 0).any():
        raise _no_key(source.name, "symbol", words.codes < 0)
    if name is not None and len(theirs) == 1:
        theirs = {name: next(iter(theirs.values()))}
    elif name is not None:
        raise ImportFileError(
            source.name,
            f"holds {len(theirs)} factors, so --name {name} cannot name them; leave it out, and "
            "they are named by their columns",
        )
    return FactorTable(
        source.name,
        days,
        tuple(words.texts),
        words.codes,
        {ours: kinds[one] for ours, one in theirs.items()},
        lambda ours: _numbers(column(theirs[ours])),
    )


def _wide(
    source: Source,
    days: DateArray,
    theirs: Mapping[str, str],
    kinds: Mapping[str, pa.DataType],
    column: Callable[[str], pa.ChunkedArray],
    name: str | None,
) -> FactorTable:
    """The rows that a table with a column for each instrument stands for."""
    if name is None:
        raise ImportFileError(
            source.name,
            "has a column for each instrument and none of symbols; give the factor's name",
        )
    strange = [one for one in theirs.values() if not is_numeric(kinds[one])]
    if strange:
        raise ImportFileError(
            source.name,
            f"holds {kinds[strange[0]]} and no numbers; convert it, or leave it out",
            column=strange[0],
        )
    symbols = tuple(theirs)

    def read(_: str) -> Values:
        parts: list[Values] = [_numbers(column(one)) for one in theirs.values()]
        values: FloatPanel = np.stack(parts, axis=1)
        return values.reshape(-1)

    types = {kinds[one] for one in theirs.values()}
    kind = pa.float32() if types == {pa.float32()} else pa.float64()
    return FactorTable(
        source.name,
        np.repeat(days, len(symbols)),
        symbols,
        np.tile(np.arange(len(symbols), dtype=np.int32), len(days)),
        {name: kind},
        read,
        is_wide=True,
    )


def is_numeric(kind: pa.DataType) -> bool:
    """Whether values of a type are numbers; a column without any value is."""
    return bool(
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_null(kind)
    )


def _numbers(column: pa.ChunkedArray) -> Values:
    """Values in their own precision, single or double."""
    kind = column.type
    if pa.types.is_decimal(kind):
        column = column.cast(pa.string())  # Arrow's own way to doubles is off by a bit
    is_single = pa.types.is_floating(kind) and kind.bit_width <= 32
    # pandas and NumPy make doubles of whole numbers in the same way.
    values: Values = column.cast(pa.float32() if is_single else pa.float64(), safe=False).to_numpy()
    return values


def _days(file: str, name: str, column: pa.ChunkedArray) -> DateArray:
    array = column.combine_chunks()
    if pa.types.is_temporal(array.type):
        if array.null_count:
            raise _no_key(file, "date", array.is_null().to_numpy(zero_copy_only=False))
        return _whole_days(file, name, array)
    words = Words.of(array)
    if (words.codes < 0).any():
        raise _no_key(file, "date", words.codes < 0)
    rows = np.unique(words.codes, return_index=True)[1]
    places = [Place(file, int(row) + 2, name) for row in rows]
    days = read_days(words.texts, places, None, datetime.now(UTC).date())
    return days[words.codes].astype("datetime64[D]")


def _whole_days(file: str, name: str, array: pa.Array) -> DateArray:
    if not (pa.types.is_timestamp(array.type) or pa.types.is_date(array.type)):
        raise ImportFileError(file, f"holds {array.type} and no days; write dates", column=name)
    moments = array.cast(pa.timestamp("ns", getattr(array.type, "tz", None))).to_numpy(
        zero_copy_only=False
    )
    days: DateArray = moments.astype("datetime64[D]")
    if (late := np.flatnonzero(moments != days)).size:
        raise ImportFileError(
            file,
            f"{moments[late[0]].astype('datetime64[s]')} has a time of day; values are daily, so "
            "write dates, or midnight without a time zone",
            column=name,
        )
    return days


def _no_key(file: str, what: str, missing: Any) -> ImportFileError:
    rows = np.flatnonzero(missing)
    return ImportFileError(
        file,
        f"has no {what} in {len(rows):,} row{'s' if len(rows) > 1 else ''}; write it there, or "
        "leave them out",
        row=int(rows[0]) + 2,
    )
