"""Puts files on the disk, so that they are there after a power cut."""

import ctypes
import os
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from pathlib import Path

_FEW = 32
"""Files and folders that are faster put on the disk one by one."""


def persist(*roots: Path) -> None:
    """Put all files and folders below some folders on the disk, and these folders themselves.

    Thousands of files take seconds one by one, and a tenth of one when the whole file system is
    told at once, which Linux can be.

    Raises:
        OSError: The disk is full, or fails.
    """
    is_many = len(list(islice(_below(roots), _FEW + 1))) > _FEW
    if is_many and all(map(_sync_file_system, _one_of_each_disk(roots))):
        return
    for path in _below(roots):
        persist_one(path)


def _below(roots: Iterable[Path]) -> Iterator[str]:
    for root in roots:
        for folder, _, files in os.walk(root):
            yield from (f"{folder}/{name}" for name in files)
            yield folder


def _one_of_each_disk(roots: Iterable[Path]) -> Collection[Path]:
    return {root.stat().st_dev: root for root in roots}.values()


def persist_one(path: Path | str) -> None:
    """Put one file, or the names in one folder, on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_file_system(path: Path) -> bool:
    """Put everything of a file system on the disk; False where there is no way to say so."""
    try:
        syncfs = ctypes.CDLL(None, use_errno=True).syncfs
    except (OSError, AttributeError):
        return False
    handle = os.open(path, os.O_RDONLY)
    try:
        if syncfs(handle) != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), str(path))
    finally:
        os.close(handle)
    return True
