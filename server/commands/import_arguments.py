"""What commands that read other people's files take."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from domain.errors import BadInputError

if TYPE_CHECKING:
    from intake.request import ImportRequest


def add_import_arguments(command: argparse.ArgumentParser) -> None:
    """Let a command take files, and what the user says of them."""
    add = command.add_argument
    add("name", metavar="NAME", help="names the market")
    add("paths", metavar="PATH", type=Path, nargs="+", help="files and folders with bars")
    add("--map", metavar="THEIRS=OURS", action="append", default=[], help="what a column is")
    add("--date-format", metavar="FORMAT", help="how dates are written, such as %%d.%%m.%%y")
    add("--decimal", choices=(".", ","), default=".", help="what stands before a fraction")
    add("--adjusted", action="store_true", help="prices and volumes are adjusted already")
    add("--calendar", metavar="FILE", type=Path, help="the trading days, one a line")
    add("--universe", metavar="NAME=FILE", action="append", default=[], help="members, in and out")
    add("--sectors", metavar="FILE", type=Path, help="sectors and names by symbol")
    add("--benchmark", metavar="CODE", help="symbol of the market's index")
    add("--benchmark-file", metavar="FILE", type=Path, help="its bars, if they are by themselves")
    add("--strict", action="store_true", help="refuse files of which rows must be left out")
    add("--dry-run", action="store_true", help="say what would be made, and keep nothing")


def request_of(given: argparse.Namespace) -> "ImportRequest":
    """What was asked for.

    Raises:
        BadInputError: A column or universe is not given in the way that it should be.
    """
    from intake.headers import parse_renamings
    from intake.reading import Form
    from intake.request import ImportRequest

    return ImportRequest(
        paths=tuple(given.paths),
        form=Form(parse_renamings(given.map), given.date_format, given.decimal),
        is_adjusted=given.adjusted,
        calendar=given.calendar,
        universes=_universes(given.universe),
        descriptions=given.sectors,
        benchmark=given.benchmark,
        benchmark_file=given.benchmark_file,
    )


def _universes(texts: Sequence[str]) -> dict[str, Path]:
    universes: dict[str, Path] = {}
    for text in texts:
        name, equals, path = text.partition("=")
        if not (name and equals and path):
            raise BadInputError(
                f"{text!r} does not say where a universe is; write NAME=FILE.", "universe"
            )
        if name in universes:
            raise BadInputError(f"The universe {name} is given twice; give it once.", "universe")
        universes[name] = Path(path)
    return universes
