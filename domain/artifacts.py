"""What a store of computed arrays and texts must do. Content is named by its digest."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

import numpy as np

from domain.arrays import Array

_DIGEST_BYTES = 16
_BLOCK_BYTES = 1 << 24


def digest_of_array(array: Array) -> str:
    """The digest that names an array: 32 hexadecimal digits over its type, shape and bytes.

    Args:
        array: As it is kept: in C order, little endian.
    """
    content = array.reshape(-1).view(np.uint8).data
    return digest_of_content(f"{array.dtype.str}{array.shape}", content)


def digest_of_content(kind: str, content: bytes | memoryview) -> str:
    """The digest that names bytes of some kind; many of them are hashed in blocks side by side."""
    digest = blake2b(f"{kind}\0".encode(), digest_size=_DIGEST_BYTES)
    if len(content) <= _BLOCK_BYTES:
        digest.update(content)
    else:
        digest.update(b"blocks\0")
        view = memoryview(content)
        blocks = [view[at : at + _BLOCK_BYTES] for at in range(0, len(view), _BLOCK_BYTES)]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for block in pool.map(_digest_of_block, blocks):
                digest.update(block)
    return digest.hexdigest()


def _digest_of_block(block: memoryview) -> bytes:
    return blake2b(block, digest_size=_DIGEST_BYTES).digest()


class ArtifactStore(Protocol):
    """Content-addressed and immutable: what was put can be read until it is removed."""

    def put_array(self, array: Array) -> str:
        """Keep an array and return its digest; equal arrays have one digest and one file.

        Raises:
            StorageError: The disk is full or fails, as in all that keeps something.
        """

    def draw_array(self, shape: tuple[int, ...], dtype: str, draw: Callable[[Array], None]) -> str:
        """Keep an array that `draw` fills where it lies, so that it need not fit into memory.

        Args:
            shape: Of the array.
            dtype: Its type, such as `<f4`.
            draw: Given the array, full of zeros and mapped into memory; fills it.
        """

    def put_text(self, text: str) -> str:
        """Keep a text and return its digest."""

    def open_array(self, digest: str, *, verified: bool = False) -> Array:
        """Return the array, read-only and mapped into memory.

        Args:
            digest: Of the array.
            verified: Whether all of it is read first, to see that it is what was put.

        Raises:
            ArtifactMissingError: Nothing is kept under the digest.
            ArtifactDamagedError: What is kept under it has another.
        """

    def open_text(self, digest: str, *, verified: bool = False) -> str:
        """Return the text; `verified` as for `open_array`.

        Raises:
            ArtifactMissingError: Nothing is kept under the digest.
            ArtifactDamagedError: What is kept under it has another.
        """

    def scratch(self, name: str) -> Path:
        """A folder, shared by all who have the store, for what can be made anew at any time."""

    def size_of(self, digest: str) -> int:
        """Bytes that the artifact takes.

        Raises:
            ArtifactMissingError: Nothing is kept under the digest.
        """
