"""Finds the cell that keeps a CSV file from being read, for a sentence that names it."""

import csv
import re
import zlib
from collections.abc import Iterator
from io import TextIOWrapper
from typing import BinaryIO

from intake.faults import ImportFileError

NULLS = ["", "NA", "N/A", "#N/A", "NaN", "nan", "NAN", "null", "NULL", "None", "none", "-", "--"]
"""What stands for a missing value."""

_NUMBER = r"[-+]?(\d+{point}?\d*|{point}\d+)([eE][-+]?\d+)?|[-+]?(inf|infinity)"
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(?:([,. '’\u00a0])\d{3})(?:\1\d{3})*(?:[.,]\d+)?")
_COMMA = re.compile(r"[-+]?\d*,\d+")


def find_fault(
    file: str, stream: BinaryIO, delimiter: str, numbers: frozenset[str], decimal: str, told: str
) -> ImportFileError:
    """Look for the first cell that is not what its column holds.

    Args:
        file: How the file is called.
        stream: Its bytes, unpacked.
        delimiter: What stands between cells.
        numbers: The columns that hold numbers.
        decimal: What stands before the fraction of a number.
        told: What the reader said, for want of anything better.
    """
    try:
        with TextIOWrapper(stream, encoding="utf-8-sig", newline="") as text:
            found = next(_faults(file, text, delimiter, numbers, decimal), None)
    except UnicodeDecodeError as error:
        return ImportFileError(file, f"is no UTF-8 text ({error.reason}); save it in UTF-8")
    except (EOFError, OSError, zlib.error, csv.Error) as error:
        return ImportFileError(file, f"is not whole: {str(error).rstrip('.')}; get it again")
    return found or ImportFileError(file, f"cannot be read: {told.strip().splitlines()[0]}")


def _faults(
    file: str, text: TextIOWrapper, delimiter: str, numbers: frozenset[str], decimal: str
) -> Iterator[ImportFileError]:
    rows = csv.reader(text, delimiter=delimiter)
    header = next((row for row in rows if row), [])
    number = re.compile(_NUMBER.format(point=re.escape(decimal)), re.IGNORECASE)
    for row in rows:
        if not row:
            continue
        if len(row) != len(header):
            yield ImportFileError(
                file,
                f"has {len(row)} cells and the header {len(header)}; a number with commas in it "
                "or a text with the delimiter needs quotes",
                rows.line_num,
            )
        for name, cell in zip(header, row, strict=False):
            if name in numbers and cell not in NULLS and not number.fullmatch(cell.strip()):
                yield ImportFileError(file, _advice(cell, name), rows.line_num, name)


def _advice(cell: str, column: str) -> str:
    if _COMMA.fullmatch(cell) and not _THOUSANDS.fullmatch(cell):
        return f"{cell!r} has a comma before its fraction; give --decimal , if all numbers have it"
    if _THOUSANDS.fullmatch(cell):
        return f"{cell!r} has thousands separators; write it without them"
    return f"{cell!r} is no number; mend it, or leave the column out by --map '{column}='"
