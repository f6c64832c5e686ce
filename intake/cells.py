"""Finds the cell that keeps a CSV file from being read, for a sentence that names it."""

import csv
import re
import zlib
from collections.abc import Iterable, Iterator
from io import TextIOWrapper
from typing import BinaryIO

from intake.faults import ImportFileError

NULLS = ["", "NA", "N/A", "#N/A", "NaN", "nan", "NAN", "null", "NULL", "None", "none", "-", "--"]
"""What stands for a missing value."""

_NUMBER = r"[-+]?(\d+{point}?\d*|{point}\d+)([eE][-+]?\d+)?|[-+]?(inf|infinity)"
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(?:([,. '’\u00a0])\d{3})(?:\1\d{3})*(?:[.,]\d+)?")
_UNDECODED = re.compile("[\udc80-\udcff]")
_COMMA = re.compile(r"[-+]?\d*,\d+")


def find_fault(
    file: str,
    stream: BinaryIO,
    delimiter: str,
    numbers: frozenset[str],
    decimal: str,
    first_row: int,
    told: str,
) -> ImportFileError:
    """Look for the first cell that is not what its column holds.

    Args:
        file: How the file is called.
        stream: Its bytes, unpacked.
        delimiter: What stands between cells.
        numbers: The columns that hold numbers.
        decimal: What stands before the fraction of a number.
        first_row: The rows above it are without fault.
        told: What the reader said, for want of anything better.
    """
    try:
        # What is no UTF-8 becomes a surrogate, so that its cell can be told.
        with TextIOWrapper(stream, "utf-8-sig", "surrogateescape", newline="") as text:
            rows = csv.reader(text, delimiter=delimiter)
            found = next(_faults(file, rows, numbers, decimal, first_row), None)
    except (EOFError, OSError, zlib.error, csv.Error) as error:
        return ImportFileError(file, f"is not whole: {str(error).rstrip('.')}; get it again")
    return found or ImportFileError(file, f"cannot be read: {told.strip().splitlines()[0]}")


def _faults(
    file: str, rows: Iterable[list[str]], numbers: frozenset[str], decimal: str, first_row: int
) -> Iterator[ImportFileError]:
    # A line end in quotes begins no row, and a blank line is one, as in a spreadsheet.
    numbered = ((place, row) for place, row in enumerate(rows, 1) if row)
    _, header = next(numbered, (1, []))
    number = re.compile(_NUMBER.format(point=re.escape(decimal)), re.IGNORECASE)
    for place, row in numbered:
        if place < first_row:
            continue
        if len(row) != len(header):
            yield ImportFileError(
                file,
                f"has {len(row)} cells and the header {len(header)}; a number with commas in it "
                "or a text with the delimiter needs quotes",
                place,
            )
        for name, cell in zip(header, row, strict=False):
            if name in numbers and cell not in NULLS and not number.fullmatch(cell.strip()):
                yield ImportFileError(file, _advice(cell, name), place, name)
            if not cell.isascii() and _UNDECODED.search(cell):
                yield ImportFileError(file, "is no UTF-8 text; save it in UTF-8", place, name)


def _advice(cell: str, column: str) -> str:
    if _COMMA.fullmatch(cell) and not _THOUSANDS.fullmatch(cell):
        return f"{cell!r} has a comma before its fraction; give --decimal , if all numbers have it"
    if _THOUSANDS.fullmatch(cell):
        return f"{cell!r} has thousands separators; write it without them"
    return f"{cell!r} is no number; mend it, or leave the column out by --map '{column}='"
