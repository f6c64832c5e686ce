"""A cheap witness that the files of a market are still those that were registered."""

import os
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

from bars.layout import CALENDAR, FEATURES, INSTRUMENTS, MARKER, TAIL
from domain.errors import DataDirectoryError, SnapshotChangedError


def stamp(path: Path) -> str:
    """Sum up the names, sizes and times of change of the files that make up a market.

    What else lies in the directory, such as Qlib's caches, does not matter.

    Returns:
        32 hexadecimal digits. Equal stamps mean that nobody wrote to the files in between;
        a copy of the same data has another stamp (its fingerprint is the same).

    Raises:
        DataDirectoryError: The directory is not there.
    """
    if not path.is_dir():
        raise DataDirectoryError(f"{path} is not there; a market's files stay where it was given.")
    lines = sorted(_witnesses(path))
    return blake2b("\n".join(lines).encode(errors="surrogateescape"), digest_size=16).hexdigest()


def require_unchanged(path: Path, registered: str) -> None:
    """Refuse a directory whose files are no longer those that had the stamp `registered`.

    Raises:
        DataDirectoryError: The directory is not there.
        SnapshotChangedError: A file was changed, added or taken away.
    """
    if stamp(path) != registered:
        raise SnapshotChangedError(
            f"The files in {path} changed after they were registered{_last_written(path)}; "
            "register the directory again to make a new version, or put the old files back."
        )


def _last_written(path: Path) -> str:
    """Where to look first, since a stamp does not tell which file has changed."""
    roots = [path / name for name in (MARKER, CALENDAR, INSTRUMENTS, FEATURES, TAIL)]
    files = (one for root in roots for one in (root, *root.rglob("*")) if one.is_file())
    try:
        times = {file: file.stat().st_mtime_ns for file in files}
    except OSError:  # somebody is still at it
        return ""
    return f" (last written: {max(times, key=times.__getitem__)})" if times else ""


def _witnesses(root: Path) -> Iterator[str]:
    for name in (MARKER, CALENDAR):
        if (root / name).is_file():
            yield _witness(name, (root / name).stat())
    for name in (INSTRUMENTS, FEATURES, TAIL):
        if (root / name).is_dir():
            yield from _walk(str(root / name), name)


def _walk(folder: str, name: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            inner = f"{name}/{entry.name}"
            if entry.is_dir():
                yield from _walk(entry.path, inner)
            else:
                yield _witness(inner, entry.stat())


def _witness(name: str, status: os.stat_result) -> str:
    return f"{name}\0{status.st_size}\0{status.st_mtime_ns}"
