"""Rows on their way from files to bins, on disk and parted by instrument to bound memory."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from intake.tables import Codes, Floats

BUCKET_ROWS = 400_000
"""Rows that are in memory at a time; a bucket of them takes about 100 MB while it is worked on."""
MAX_BUCKETS = 256


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Rows of some instruments, in the order in which they were read.

    Attributes:
        symbols: Number of the symbol, -1 for none.
        dates: Number of the date, -1 for none.
        files: Number of the file.
        lines: Row in the file, as a spreadsheet counts.
        fields: Values by field, NaN where there is none.
    """

    symbols: Codes
    dates: Codes
    files: Codes
    lines: Codes
    fields: Mapping[str, Floats]

    def __len__(self) -> int:
        return len(self.symbols)

    def take(self, rows: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> "Rows":
        """Some of the rows."""
        return Rows(
            self.symbols[rows],
            self.dates[rows],
            self.files[rows],
            self.lines[rows],
            {name: values[rows] for name, values in self.fields.items()},
        )


@dataclass(frozen=True, slots=True)
class _Chunk:
    offset: int
    rows: int
    fields: tuple[str, ...]


class Spill:
    """Keeps rows in files below a folder; all rows of an instrument are in one bucket.

    Args:
        folder: An empty folder.
        expected_rows: About how many rows there will be.
    """

    def __init__(self, folder: Path, expected_rows: int) -> None:
        self._count = min(MAX_BUCKETS, max(1, -(-expected_rows // BUCKET_ROWS)))
        self._files: list[BinaryIO] = [
            (folder / f"{number}.rows").open("w+b") for number in range(self._count)
        ]
        self._chunks: list[list[_Chunk]] = [[] for _ in self._files]
        self.rows = 0

    def put(self, rows: Rows) -> None:
        """Keep some rows."""
        self.rows += len(rows)
        if self._count == 1 or (len(rows) and (rows.symbols == rows.symbols[0]).all()):
            if len(rows):
                self._append(int(rows.symbols[0]) % self._count, rows)
            return
        buckets = rows.symbols % self._count
        for bucket in np.unique(buckets):
            self._append(int(bucket), rows.take(buckets == bucket))

    def buckets(self) -> Iterator[Rows]:
        """All rows, some instruments at a time; what was read is let go of."""
        for file, chunks in zip(self._files, self._chunks, strict=True):
            if chunks:
                yield _load(file, chunks)
            file.truncate(0)

    def close(self) -> None:
        """Let go of the files."""
        for file in self._files:
            file.close()

    def _append(self, bucket: int, rows: Rows) -> None:
        file = self._files[bucket]
        offset = file.tell()
        for keys in (rows.symbols, rows.dates, rows.files, rows.lines):
            file.write(keys.astype(np.int32, copy=False).tobytes())
        for values in rows.fields.values():
            file.write(values.astype(np.float64, copy=False).tobytes())
        self._chunks[bucket].append(_Chunk(offset, len(rows), tuple(rows.fields)))


def _load(file: BinaryIO, chunks: list[_Chunk]) -> Rows:
    total = sum(chunk.rows for chunk in chunks)
    keys = np.empty((4, total), dtype=np.int32)
    names = dict.fromkeys(name for chunk in chunks for name in chunk.fields)
    fields = {name: np.full(total, np.nan) for name in names}
    first = 0
    file.flush()
    for chunk in chunks:
        rows = slice(first, first + chunk.rows)
        file.seek(chunk.offset)
        size = 16 * chunk.rows
        keys[:, rows] = np.frombuffer(file.read(size), np.int32).reshape(4, chunk.rows)
        values = np.frombuffer(file.read(8 * len(chunk.fields) * chunk.rows), np.float64)
        for name, column in zip(chunk.fields, values.reshape(-1, chunk.rows), strict=True):
            fields[name][rows] = column
        first = rows.stop
    return Rows(keys[0], keys[1], keys[2], keys[3], fields)
