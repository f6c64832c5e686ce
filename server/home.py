"""The folder that a server keeps everything in, and who may run on it."""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import IO

from domain.errors import QatlasError


class HomeError(QatlasError):
    """The folder cannot be used, or is in use."""

    code = "HOME"


@dataclass(frozen=True, slots=True)
class Home:
    """One folder; it is made when it is needed."""

    path: Path

    @property
    def artifacts(self) -> Path:
        """Where computed arrays and texts are kept."""
        return self.path / "artifacts"

    @property
    def exports(self) -> Path:
        """Where files that go out are kept for a while."""
        return self.path / "exports"

    @property
    def uploads(self) -> Path:
        """Where files lie that are being uploaded."""
        return self.path / "uploads"

    @property
    def scratch(self) -> Path:
        """Where workers have their working directories."""
        return self.path / "scratch"

    @property
    def owner(self) -> str:
        """Names whoever serves this folder on this machine, the same after every restart."""
        place = f"{socket.gethostname()}\0{self.path.resolve()}"
        return blake2b(place.encode(), digest_size=8).hexdigest()

    def make(self) -> None:
        """Make the folder.

        Raises:
            HomeError: It cannot be made or written to.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise HomeError(_unusable(self.path, error.strerror)) from None
        if not os.access(self.path, os.W_OK | os.X_OK):
            raise HomeError(_unusable(self.path, "it may not be written to"))

    @contextmanager
    def claimed(self) -> Iterator["Claim"]:
        """Be the only server of this folder.

        Raises:
            HomeError: Another server is, or the folder cannot be used.
        """
        self.make()
        with (self.path / "server.lock").open("a+") as file:
            try:
                # The system lets go of it when the process ends, in whatever way.
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.seek(0)
                raise HomeError(_taken(self.path, file.read())) from None
            file.truncate(0)
            yield Claim(file)
            file.truncate(0)


@dataclass(frozen=True, slots=True)
class Claim:
    """What the only server of a folder holds."""

    file: IO[str]

    def announce(self, address: str) -> None:
        """Tell whoever tries to serve the same folder where this server is."""
        self.file.write(address)
        self.file.flush()


def _unusable(path: Path, reason: str | None) -> str:
    return f"The folder {path} cannot be used ({reason}); name another one by QATLAS_HOME."


def _taken(path: Path, address: str) -> str:
    at = f" at {address}" if address else ""
    return (
        f"Another server{at} runs on the folder {path}; stop it, or name another folder by "
        "QATLAS_HOME and another port by QATLAS_PORT."
    )
