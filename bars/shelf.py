"""Where imported markets lie: one folder a market, one below it for each version."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from bars.directory import MarketDirectory
from bars.fingerprint import fingerprint_directory
from bars.layout import FEATURES
from bars.persisting import persist_one
from domain.errors import CommandError, DataDirectoryError

BINS = "bins"
"""The folder of a shelf in which bins lie that versions share."""

_SHELVES = "markets"
_BUILDING = ".new-"
_PLACED = ".placed-"


class MarketBusyError(CommandError):
    """Another process is changing the same market."""

    code = "MARKET_BUSY"


@dataclass(frozen=True, slots=True)
class Building:
    """A version that is being made, where nobody reads it.

    Attributes:
        market: What will be its folder.
        features: Where its bins are written to, unless it takes those of another version.
        scratch: An empty folder that goes when the version is made.
    """

    market: Path
    features: Path
    scratch: Path

    def link_features(self, bins: Path | None = None) -> None:
        """Let the market have its own bins, or those that another version has."""
        if bins is not None:
            # Where it is built, the way to them is longer than it will be.
            (self.features.parent / bins.name).symlink_to(f"../../{BINS}/{bins.name}")
        name = self.features.name if bins is None else bins.name
        (self.market / FEATURES).symlink_to(f"../{BINS}/{name}")


def shelf_of(home: Path, market: str) -> Path:
    """Where the versions of a market lie that were made here and not adopted."""
    return home.resolve() / _SHELVES / market


class Shelf:
    """The versions of one market below a server's home.

    A version lies under its fingerprint and never changes. Bins lie beside the versions, since
    several may have the same ones: `features` of a version is a link to them. A version is made
    under a name that nobody reads and renamed when all of it is on the disk; a mark beside it says
    that the catalogue may not know it yet.

    Args:
        home: The server's folder.
        market: The market's name.
    """

    def __init__(self, home: Path, market: str) -> None:
        self.root = shelf_of(home, market)
        self.market = market

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Be the only one who changes the market; a folder that stays empty goes afterwards.

        Raises:
            MarketBusyError: Somebody else is.
            DataDirectoryError: The folder cannot be written to.
        """
        try:
            self.root.parent.mkdir(parents=True, exist_ok=True)
            # Beside the shelf, which may go; no market's name begins with a dot.
            lock = (self.root.parent / f".{self.market}.lock").open("a")
        except OSError as error:
            raise DataDirectoryError(
                f"The market cannot be written below {self.root}: {error.strerror}."
            ) from error
        with lock:
            try:
                # The system lets go of it when the process ends, in whatever way.
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise MarketBusyError(
                    f"The market {self.market} is being changed by another command; try again "
                    "when that has ended."
                ) from None
            try:
                yield
            finally:
                self._tidy()

    def _tidy(self) -> None:
        """Leave no empty folders."""
        for folder in (self.root / BINS, self.root):
            with suppress(OSError):  # it is not there, or holds something
                folder.rmdir()

    def sweep(self, registered: Collection[str]) -> None:
        """Remove what commands that were killed left behind.

        Args:
            registered: The folders of the market's snapshots in the catalogue.
        """
        for mark in self.root.glob(f"{_PLACED}*"):
            version = self.root / mark.name.removeprefix(_PLACED)
            if str(version) not in registered:
                shutil.rmtree(version, ignore_errors=True)
            mark.unlink()
        for unfinished in self.root.glob(f"{_BUILDING}*"):
            shutil.rmtree(unfinished, ignore_errors=True)
        self._sweep_bins()

    @contextmanager
    def building(self) -> Iterator[Building]:
        """A place to make a version; it goes at the end of the block, if it was not placed."""
        self.root.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=_BUILDING, dir=self.root) as folder:
            root = Path(folder)
            for name in (BINS, "scratch"):
                (root / name).mkdir()
            yield Building(root / "market", root / BINS / uuid4().hex, root / "scratch")

    def place(self, building: Building, fingerprint: str) -> Path:
        """Put a version that is on the disk in its place and return that.

        The same version again is left as it lies there, so that its files keep their stamp; one
        that somebody damaged is replaced.
        """
        target = self.root / fingerprint
        if _holds(target, fingerprint):
            return target
        if target.exists():
            shutil.rmtree(target)
        if building.features.is_dir():
            (self.root / BINS).mkdir(exist_ok=True)
            building.features.rename(self.root / BINS / building.features.name)
            persist_one(self.root / BINS)
        (self.root / f"{_PLACED}{fingerprint}").touch()
        building.market.rename(target)
        persist_one(self.root)
        return target

    def confirm(self, version: Path) -> None:
        """Say that the catalogue knows a version."""
        (self.root / f"{_PLACED}{version.name}").unlink(missing_ok=True)

    def bins_of(self, version: Path) -> Path | None:
        """The bins of a version, if it has them from here; None for another's own folder."""
        features = version / FEATURES
        if version.parent != self.root or not features.is_symlink():
            return None
        return features.resolve()

    def _versions(self) -> Iterator[Path]:
        if not self.root.is_dir():
            return
        for entry in os.scandir(self.root):
            if entry.is_dir() and entry.name != BINS and not entry.name.startswith("."):
                yield Path(entry.path)

    def _sweep_bins(self) -> None:
        used = {
            os.path.basename(os.readlink(version / FEATURES))  # noqa: PTH115, PTH119
            for version in self._versions()
            if (version / FEATURES).is_symlink()
        }
        for bins in (self.root / BINS).glob("*"):
            if bins.name not in used:
                shutil.rmtree(bins)


def _holds(path: Path, fingerprint: str) -> bool:
    try:
        return fingerprint_directory(MarketDirectory.open(path)) == fingerprint
    except DataDirectoryError:
        return False
