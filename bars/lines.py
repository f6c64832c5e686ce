"""Lines and dates of the text files in a Qlib data directory."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from domain.errors import DataDirectoryError

_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[ T]00:00(?::00(?:\.0+)?)?)?")


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, each with its number from 1 on.

    Raises:
        DataDirectoryError: The file cannot be read or is not UTF-8 text.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DataDirectoryError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise DataDirectoryError(f"{path} is not UTF-8 text: {error}.") from error
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, line.rstrip("\r")


def parse_day(text: str, path: Path, line: int) -> date:
    """A day as YYYY-MM-DD, with or without midnight behind it.

    Raises:
        DataDirectoryError: It is not one; the sentence names the file and the line.
    """
    try:
        if match := _DAY.fullmatch(text.strip()):
            return date.fromisoformat(match[1])
    except ValueError:
        pass
    raise DataDirectoryError(
        f"{path}, line {line}: {text.strip()!r} is not a day; days are written YYYY-MM-DD."
    )
