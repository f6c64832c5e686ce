"""The tail of a market: the values of its last days, beside bins that end before them.

A market gets a day at a time. Its bins are shared by many versions, and what came since they were
written lies in one small file for each field.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bars.binfile import VALUE, Column
from bars.layout import FIELD, SYMBOL, TAIL, code_of, symbol_fault, symbol_of_code
from bars.lines import read_lines
from domain.errors import DataDirectoryError

_CODES = "instruments.txt"
_SUFFIX = ".day.npy"

Block = npt.NDArray[np.float32]
"""Values of one field, shape (instruments, tail days); NaN where there is none."""


@dataclass(frozen=True, slots=True, eq=False)
class Tail:
    """The values of a market's last days.

    Attributes:
        first: The calendar row of its first day; it goes on to the last.
        symbols: The row of each symbol, in upper case, in the columns.
        columns: The values of each field that it has, shape (instruments, tail days), float32,
            read-only and mapped into memory; NaN where there is no value.
    """

    first: int
    symbols: Mapping[str, int]
    columns: Mapping[str, Block]

    def values(self, field: str, symbol: str) -> Column | None:
        """The values of one instrument's field, shape (tail days,); None where it has none."""
        row, block = self.symbols.get(symbol), self.columns.get(field)
        return None if row is None or block is None else block[row]


def write_tail(root: Path, symbols: Sequence[str], columns: Mapping[str, Block]) -> None:
    """Write the tail of a market whose bins end before it.

    What is written is not yet on the disk; who makes the directory puts all of it there at once.

    Args:
        root: The market's directory, which has no tail.
        symbols: Who has rows in the columns, in upper case, each once.
        columns: Values by field, float32 of shape (symbols, tail days), for the last days of the
            calendar; NaN where there is none.

    Raises:
        DataDirectoryError: There is a tail already; or a name, a type or a shape does not fit.
    """
    _require_fitting(symbols, columns)
    folder = root / TAIL
    try:
        folder.mkdir()
    except FileExistsError:
        raise DataDirectoryError(f"{folder} exists already; a tail is written once.") from None
    codes = "".join(f"{code_of(symbol)}\n" for symbol in symbols)
    (folder / _CODES).write_text(codes, encoding="utf-8")
    for field, block in columns.items():
        np.save(folder / f"{field}{_SUFFIX}", np.ascontiguousarray(block, VALUE))


def read_tail(root: Path, days: int) -> Tail | None:
    """Open the tail of a market; None where it has none.

    Args:
        root: The market's directory.
        days: Length of its calendar.

    Raises:
        DataDirectoryError: A name, a type or a shape is not that of a tail.
    """
    folder = root / TAIL
    if not folder.is_dir():
        return None
    symbols = _symbols(folder)
    columns = {field: _block(folder, field, len(symbols)) for field in _fields(folder)}
    lengths = {block.shape[1] for block in columns.values()}
    if len(lengths) != 1 or not 0 < (length := lengths.pop()) <= days:
        raise DataDirectoryError(
            f"{folder} should have one or more fields, all with values for the same last days of "
            f"the calendar, which has {days}."
        )
    return Tail(days - length, symbols, columns)


def _require_fitting(symbols: Sequence[str], columns: Mapping[str, Block]) -> None:
    if fault := next(filter(None, map(symbol_fault, symbols)), None):
        raise DataDirectoryError(fault)
    if len(set(symbols)) != len(symbols) or not symbols or not columns:
        raise DataDirectoryError("A tail has one or more symbols, each once, and fields of them.")
    expected = (len(symbols), *next(iter(columns.values())).shape[1:])
    for field, block in columns.items():
        if not FIELD.fullmatch(field):
            raise DataDirectoryError(f"{field!r} cannot be the name of a field.")
        if block.dtype != VALUE or block.shape != expected or block.ndim != 2 or not block.size:
            raise DataDirectoryError(
                f"{field} is {block.dtype} of shape {block.shape}; a tail has float32 of shape "
                f"(symbols, days), here {len(symbols)} symbols, and as many days for each field."
            )


def _symbols(folder: Path) -> Mapping[str, int]:
    symbols: dict[str, int] = {}
    path = folder / _CODES
    for line, code in read_lines(path):
        symbol = symbol_of_code(code)
        if not SYMBOL.fullmatch(symbol) or symbol in symbols:
            fault = "is there already" if symbol in symbols else "is not a symbol"
            raise DataDirectoryError(
                f"{path}, line {line}: {code!r} {fault}; a tail has a symbol on every line, "
                "each once."
            )
        symbols[symbol] = len(symbols)
    return symbols


def _fields(folder: Path) -> list[str]:
    fields = []
    for file in sorted(folder.iterdir()):
        field = file.name.removesuffix(_SUFFIX)
        if field != file.name and FIELD.fullmatch(field):
            fields.append(field)
        elif file.name != _CODES:
            raise DataDirectoryError(
                f"{file} is no part of a tail, which has {_CODES} and one file for each field, "
                f"such as close{_SUFFIX}."
            )
    return fields


def _block(folder: Path, field: str, instruments: int) -> Block:
    path = folder / f"{field}{_SUFFIX}"
    try:
        block = np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    except (OSError, ValueError, EOFError) as error:
        raise DataDirectoryError(f"{path} cannot be read: {error}.") from error
    if block.dtype != VALUE or block.ndim != 2 or len(block) != instruments:
        raise DataDirectoryError(
            f"{path} has {block.dtype} of shape {block.shape}; a tail has float32, a row for each "
            f"of its {instruments} instruments and a column for each of its days."
        )
    return block
