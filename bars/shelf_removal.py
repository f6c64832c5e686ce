"""Takes versions off a market's shelf, with the bins that nobody else needs."""

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from bars.layout import FEATURES
from bars.shelf import BINS


def take_off_shelf(shelf: Path, directory: Path) -> bool:
    """Remove the files of a version, if they lie on its market's shelf.

    Bins that it shares go with the last version that links to them. A version is moved aside
    before it is removed, so that whatever stands at its place is whole. The shelf goes when it is
    empty.

    Args:
        shelf: The market's shelf.
        directory: The version's directory.

    Returns:
        Whether it lies on the shelf; what lies elsewhere is left alone.

    Raises:
        OSError: Something there cannot be removed.
    """
    place = directory.resolve()
    if not _is_on(shelf, place):
        return False
    bins = _shared_bins(shelf, place)
    if place.is_dir():
        _remove(shelf, place)
    if bins is not None and bins.is_dir() and not _is_linked(shelf, bins):
        _remove(shelf, bins)
    for folder in (shelf / BINS, shelf):
        with suppress(OSError):  # there is something in it still, or it is gone
            folder.rmdir()
    return True


def bytes_of(directory: Path) -> int:
    """The size of a market's files; bins that several versions share count for each.

    Returns:
        Bytes; 0 where there is nothing.
    """
    features = directory / FEATURES
    roots = [directory, features.resolve()] if features.is_symlink() else [directory]
    return sum(
        Path(folder, name).lstat().st_size
        for root in roots
        for folder, _, names in os.walk(root)
        for name in names
    )


def _is_on(shelf: Path, place: Path) -> bool:
    return place.is_relative_to(shelf) and place.relative_to(shelf).parts[:1] not in ((), (BINS,))


def _shared_bins(shelf: Path, place: Path) -> Path | None:
    """The shared folder that the version's features are in, if they are."""
    features = place / FEATURES
    if not features.is_symlink():
        return None
    bins = features.resolve()
    return bins if bins.parent == shelf / BINS else None


def _is_linked(shelf: Path, bins: Path) -> bool:
    """Whether a version links to the bins, or one that is being built on the shelf."""
    links = (*shelf.glob(f"*/{FEATURES}"), *shelf.glob(f"*/*/{FEATURES}"))
    return any(link.is_symlink() and link.resolve() == bins for link in links)


def _remove(shelf: Path, folder: Path) -> None:
    with tempfile.TemporaryDirectory(prefix=".gone-", dir=shelf) as aside:
        folder.rename(Path(aside, folder.name))
        shutil.rmtree(Path(aside, folder.name))
