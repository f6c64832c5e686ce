"""Keeps computed arrays and texts in a folder, each under the digest of its content."""

import os
import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, cast

import numpy as np

from domain.arrays import Array
from domain.artifacts import digest_of_array, digest_of_content
from domain.errors import ArtifactDamagedError, ArtifactMissingError, BadInputError
from domain.storage import writing_below

ARRAY, TEXT = ".npy", ".txt"
_DIGEST = re.compile(r"[0-9a-f]{32}")
_UNFINISHED = ".unfinished"
_ABANDONED_SECONDS = 3600.0


class LocalArtifacts:
    """An `ArtifactStore` in a local folder that any number of processes share without locks.

    An artifact lies under `ab/abcdef….npy` or `.txt`. It is written beside its place and renamed
    when it is on the disk, so a file that is there is whole, and two writers of the same content
    do no harm. Travels between processes.

    Args:
        root: The folder; made when the first artifact is put.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def put_array(self, array: Array) -> str:
        """Keep an array and return its digest; equal arrays have one digest and one file.

        Two arrays are equal if their type, shape and bytes are. Content is kept in C order,
        little endian.

        Raises:
            BadInputError: The array holds Python objects, which only a pickle could keep.
            StorageError: The disk is full or fails, as in all that keeps something.
        """
        plain = _plain(array)
        digest = digest_of_array(plain)
        self._put(digest, ARRAY, lambda file: np.save(file, plain, allow_pickle=False))
        return digest

    def draw_array(self, shape: tuple[int, ...], dtype: str, draw: Callable[[Array], None]) -> str:
        """Keep an array that `draw` fills where it lies, so that it need not fit into memory.

        It is kept as `put_array` would keep it. What it takes of memory meanwhile the system can
        take back.
        """
        unfinished = self._begin("drawn")
        try:
            with writing_below(self.root):
                array = np.lib.format.open_memmap(unfinished, "w+", np.dtype(dtype), shape)
                _reserve(unfinished)
            draw(array)
            digest = digest_of_array(array)
            self._finish(unfinished, digest, ARRAY)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
        return digest

    def put_text(self, text: str) -> str:
        """Keep a text and return its digest."""
        content = text.encode()
        digest = digest_of_content("text", content)
        self._put(digest, TEXT, lambda file: file.write(content))
        return digest

    def open_array(self, digest: str, *, verified: bool = False) -> Array:
        """Return the array, read-only and mapped into memory.

        Raises:
            ArtifactMissingError: Nothing is kept under the digest.
            ArtifactDamagedError: What is kept under it has another, and was to be `verified`.
        """
        try:
            array = cast(Array, np.load(self._place(digest, ARRAY), "r", allow_pickle=False))
        except FileNotFoundError:
            raise _missing(digest) from None
        if verified and digest_of_array(array) != digest:
            raise _damaged(digest)
        return array

    def open_text(self, digest: str, *, verified: bool = False) -> str:
        """Return the text.

        Raises:
            ArtifactMissingError: Nothing is kept under the digest.
            ArtifactDamagedError: What is kept under it has another, and was to be `verified`.
        """
        try:
            content = self._place(digest, TEXT).read_bytes()
        except FileNotFoundError:
            raise _missing(digest) from None
        if verified and digest_of_content("text", content) != digest:
            raise _damaged(digest)
        return content.decode()

    def scratch(self, name: str) -> Path:
        """A folder in the store's own, for what can be made anew; made by who writes to it."""
        return self.root / name

    def size_of(self, digest: str) -> int:
        """Bytes that the artifact takes.

        Raises:
            ArtifactMissingError: Nothing is kept under the digest.
        """
        for suffix in (ARRAY, TEXT):
            try:
                # Each file of each answer is asked for, and making paths takes longer than asking.
                return os.stat(self._name(digest, suffix)).st_size  # noqa: PTH116
            except FileNotFoundError:
                continue
        raise _missing(digest)

    def sweep(self, older_than_seconds: float = _ABANDONED_SECONDS) -> int:
        """Remove what writers that died left unfinished, and return how many files that were.

        A younger one may still be written to.
        """
        oldest = time.time() - older_than_seconds
        removed = 0
        for path in self.root.glob(f"??/*{_UNFINISHED}"):
            try:
                if path.stat().st_mtime < oldest:
                    path.unlink()
                    removed += 1
            except FileNotFoundError:  # finished, or swept by somebody else
                continue
        return removed

    def _place(self, digest: str, suffix: str) -> Path:
        return Path(self._name(digest, suffix))

    def _name(self, digest: str, suffix: str) -> str:
        if not _DIGEST.fullmatch(digest):
            raise BadInputError(
                f"{digest!r} is no digest of an artifact; one has 32 hexadecimal digits."
            )
        return f"{self.root}/{digest[:2]}/{digest}{suffix}"

    def _put(self, digest: str, suffix: str, write: Callable[[IO[bytes]], object]) -> None:
        place = self._place(digest, suffix)
        if place.is_file():
            return
        unfinished = self._begin(digest)
        try:
            with writing_below(self.root), unfinished.open("wb") as file:
                write(file)
            self._finish(unfinished, digest, suffix)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise

    def _begin(self, name: str) -> Path:
        """A new file to write to, where `sweep` finds it."""
        folder = self.root / name[:2]
        with writing_below(self.root):
            folder.mkdir(parents=True, exist_ok=True)
            handle, path = tempfile.mkstemp(_UNFINISHED, f"{name}-", folder)
            os.close(handle)
        return Path(path)

    def _finish(self, unfinished: Path, digest: str, suffix: str) -> None:
        """Put what was written on the disk and in its place."""
        place = self._place(digest, suffix)
        with writing_below(self.root):
            place.parent.mkdir(exist_ok=True)
            _persist(unfinished)
            unfinished.chmod(0o644)
            unfinished.rename(place)
            _persist(place.parent)


def _plain(array: Array) -> Array:
    if array.dtype.hasobject:
        raise BadInputError(
            f"An array of {array.dtype} cannot be kept; give numbers, dates or fixed-width text."
        )
    return np.array(array, dtype=array.dtype.newbyteorder("<"), order="C", copy=None)


def _reserve(path: Path) -> None:
    """Take the room of a file on the disk, since whoever writes to a map cannot be told of none."""
    handle = os.open(path, os.O_RDWR)
    try:
        os.posix_fallocate(handle, 0, os.fstat(handle).st_size)
    finally:
        os.close(handle)


def _persist(path: Path) -> None:
    """Put a file, or the names in a folder, on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _missing(digest: str) -> ArtifactMissingError:
    return ArtifactMissingError(
        f"The artifact {digest} is no longer kept; ask again to have it computed anew."
    )


def _damaged(digest: str) -> ArtifactDamagedError:
    return ArtifactDamagedError(
        f"The artifact {digest} is not what was kept under this name: its file was changed or its "
        "disk is failing. Remove the file and ask again to have it computed anew."
    )
