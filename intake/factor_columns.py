"""Which columns of a file with factors are what: dates, symbols, and the values of a factor."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from intake.faults import ImportFileError
from intake.headers import DATE, SYMBOL, key_of

FEATURE = "feature"
"""The group that columns of two levels must have, as RD-Agent and Qlib's loaders write it."""

_TWO_LEVELS = re.compile(r"\((['\"])(?P<group>.*?)\1, (['\"])(?P<name>.*)\3\)", re.DOTALL)
_ROW_NUMBERS = re.compile(r"Unnamed: \d+|__index_level_\d+__|")
_SHAPES = (
    "give it an index of datetime and instrument with a column for each factor, or columns date "
    "and symbol beside them, or a column date and one for each instrument"
)


@dataclass(frozen=True, slots=True)
class FactorColumns:
    """What the columns of a file are.

    Attributes:
        date: The column of dates.
        symbol: That of symbols; None where each column of values is an instrument.
        values: What each other column is called, by its name in the file.
    """

    date: str
    symbol: str | None
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Pandas:
    """What pandas says of a frame that it wrote."""

    index: tuple[str, ...] = ()
    levels: int = 1


def columns_of_parquet(file: str, schema: pa.Schema) -> FactorColumns:
    """Say what each column of a Parquet file is, by its name and by what pandas says of it.

    Raises:
        ImportFileError: There is no column of dates, or the index or the columns have another
            shape than factors have.
    """
    told = _pandas(schema.metadata)
    _require_distinct(file, schema.names)
    index = [
        name for name in told.index if name in schema.names and not _is_row_number(schema, name)
    ]
    others = [name for name in schema.names if name not in index]
    dates = [name for name in index if _is_temporal(schema, name) or key_of(name) == DATE]
    symbols = [name for name in index if name not in dates]
    if len(dates) > 1 or len(symbols) > 1:
        raise ImportFileError(file, f"has the index {', '.join(index)}; {_SHAPES}")
    dates += [name for name in others if key_of(name) == DATE]
    symbols += [name for name in others if key_of(name) == SYMBOL]
    return _columns(file, schema.names, dates, symbols, told.levels)


def columns_of_csv(file: str, names: Sequence[str]) -> FactorColumns:
    """Say what each column of a CSV file is, by its name.

    Raises:
        ImportFileError: There is no column of dates, or there are two of one kind.
    """
    _require_distinct(file, [name for name in names if name])
    dates = [name for name in names if key_of(name) == DATE]
    symbols = [name for name in names if key_of(name) == SYMBOL]
    return _columns(file, names, dates, symbols, 1)


def _columns(
    file: str, names: Sequence[str], dates: list[str], symbols: list[str], levels: int
) -> FactorColumns:
    for what, found in (("dates", dates), ("symbols", symbols)):
        if len(found) > 1:
            raise ImportFileError(
                file, f"has {len(found)} columns of {what}, {' and '.join(found)}; leave one out"
            )
    if not dates:
        there = ", ".join(names[:8]) or "none"
        raise ImportFileError(file, f"has no dates among its columns {there}; {_SHAPES}")
    keys = {dates[0], *symbols}
    values = [name for name in names if name not in keys and not _ROW_NUMBERS.fullmatch(name)]
    if not values:
        raise ImportFileError(file, f"has no values beside its dates and symbols; {_SHAPES}")
    return FactorColumns(dates[0], symbols[0] if symbols else None, _named(file, values, levels))


def _named(file: str, columns: Sequence[str], levels: int) -> dict[str, str]:
    """What columns are called, the group of two levels taken off."""
    if levels == 1:
        return {column: column for column in columns}
    parts = {column: _TWO_LEVELS.fullmatch(column) for column in columns}
    groups = {part["group"] if part else None for part in parts.values()}
    if levels > 2 or groups != {FEATURE}:
        strange = next(name for name, part in parts.items() if not part or part["group"] != FEATURE)
        raise ImportFileError(
            file,
            f"has columns of {levels} levels, such as {strange}; take two, ({FEATURE!r}, name), "
            "or names alone",
        )
    named = {column: part["name"] for column, part in parts.items() if part}
    _require_distinct(file, list(named.values()))
    return named


def _pandas(metadata: Mapping[bytes, bytes] | None) -> _Pandas:
    try:
        told: Any = json.loads((metadata or {}).get(b"pandas", b"{}"))
        index = tuple(name for name in told.get("index_columns", ()) if isinstance(name, str))
        return _Pandas(index, len(told.get("column_indexes", ())) or 1)
    except (ValueError, AttributeError, TypeError):  # somebody else's, so names must do
        return _Pandas()


def _is_row_number(schema: pa.Schema, name: str) -> bool:
    """Whether pandas kept the numbers of rows, as it does for a frame of which rows were taken."""
    kind = schema.field(name).type
    return bool(_ROW_NUMBERS.fullmatch(name) and pa.types.is_integer(kind))


def _is_temporal(schema: pa.Schema, name: str) -> bool:
    return bool(pa.types.is_temporal(schema.field(name).type))


def _require_distinct(file: str, names: Sequence[str]) -> None:
    twice = sorted({name for name in names if list(names).count(name) > 1})
    if twice:
        raise ImportFileError(file, f"has the column {twice[0]} twice; leave one out")
