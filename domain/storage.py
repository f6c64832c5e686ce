"""Tells of a disk that does not take what is to be kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from domain.errors import StorageError


@contextmanager
def writing_below(folder: Path) -> Iterator[None]:
    """Tell of a disk that is full, or fails.

    Raises:
        StorageError: What is done inside raises an OSError.
    """
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"What was computed could not be written below {folder}: {error.strerror or error}. "
            "Mend that, or make room, and ask again."
        ) from error
