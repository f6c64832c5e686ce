"""The sample market's files in a server's home, each version under its fingerprint."""

import shutil
import tempfile
from pathlib import Path

from bars.directory import MarketDirectory
from bars.fingerprint import fingerprint_directory
from bars.sample import write_sample_market
from domain.errors import DataDirectoryError

SHELF = Path("markets", "sample")


def place_sample_market(home: Path) -> Path:
    """Return the sample market's directory below `home`, made if it is not there.

    It is made beside its place, which is named by its fingerprint, and moved there when all of it
    is on the disk: what is there is whole. What is there already is verified and left alone, so
    that its files keep their stamp; if somebody damaged it, it is replaced.

    Raises:
        DataDirectoryError: A package that carries the prices is not installed, or the folder
            cannot be written to.
    """
    shelf = home.resolve() / SHELF
    try:
        shelf.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=shelf) as building:
            return _place(write_sample_market(Path(building, "market")).path, shelf)
    except OSError as error:
        raise DataDirectoryError(
            f"The sample market cannot be written below {shelf}: {error.strerror}."
        ) from error


def _place(made: Path, shelf: Path) -> Path:
    fingerprint = fingerprint_directory(MarketDirectory.open(made))
    target = shelf / fingerprint
    if _holds(target, fingerprint):
        return target
    if target.exists():
        shutil.rmtree(target)
    try:
        made.rename(target)
    except OSError:
        if not _holds(target, fingerprint):  # another process may have been faster
            raise
    return target


def _holds(path: Path, fingerprint: str) -> bool:
    try:
        return fingerprint_directory(MarketDirectory.open(path)) == fingerprint
    except DataDirectoryError:
        return False
