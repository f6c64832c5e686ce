"""Rows on their way from files to bins, parted by instrument, on disk where there are many."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from intake.tables import Codes, Floats

BUCKET_ROWS = 400_000
"""Rows that are in memory at a time; a bucket of them takes about 100 MB while it is worked on."""
MAX_BUCKETS = 256
SMALL_ROWS = 1 << 14
"""Parts with fewer rows are joined, since each takes some time however small it is."""
HELD_BYTES = 64 << 20
"""Of rows that are kept in memory until all are read."""
_NONE = np.iinfo(np.int32).max


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

    @property
    def size(self) -> int:
        """Bytes that they take."""
        return len(self) * (16 + 8 * len(self.fields))

    def take(self, rows: npt.NDArray[np.intp] | npt.NDArray[np.bool_] | slice) -> "Rows":
        """Some of the rows; those of a slice are not copied."""
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
    """Keeps rows until all are read; all rows of an instrument are in one bucket.

    What does not fit into memory is written to files, one for each bucket. If all fits, rows stay
    as they were read where no instrument is among those of two parts.

    Args:
        folder: An empty folder.
        expected_rows: About how many rows there will be.
    """

    def __init__(self, folder: Path, expected_rows: int) -> None:
        self._count = min(MAX_BUCKETS, max(1, -(-expected_rows // BUCKET_ROWS)))
        self._folder = folder
        self._files: list[BinaryIO] = []
        self._chunks: list[list[_Chunk]] = [[] for _ in range(self._count)]
        self._held: list[Rows] = []
        self._held_bytes = 0
        self.rows = 0

    def put(self, rows: Rows) -> None:
        """Keep some rows."""
        if not len(rows):
            return
        self.rows += len(rows)
        self._held.append(rows)
        self._held_bytes += rows.size
        if self._held_bytes > HELD_BYTES:
            self._write_held()

    def buckets(self) -> Iterator[Rows]:
        """All rows, some instruments at a time; what was given is let go of."""
        if not self._files:
            held, self._held = self._held, []
            yield from _apart(held)
            return
        self._write_held()
        for bucket, chunks in enumerate(self._chunks):
            if chunks:
                yield _joined(self._load(bucket))

    def close(self) -> None:
        """Let go of everything."""
        for file in self._files:
            file.close()
        self._held = []

    def _write_held(self) -> None:
        if not self._files:
            names = (self._folder / f"{bucket}.rows" for bucket in range(self._count))
            self._files = [name.open("w+b") for name in names]
        for rows in self._held:
            buckets = rows.symbols % self._count
            for bucket in np.unique(buckets):
                self._write(int(bucket), rows.take(buckets == bucket))
        self._held.clear()
        self._held_bytes = 0

    def _write(self, bucket: int, rows: Rows) -> None:
        file = self._files[bucket]
        self._chunks[bucket].append(_Chunk(file.tell(), len(rows), tuple(rows.fields)))
        for keys in (rows.symbols, rows.dates, rows.files, rows.lines):
            file.write(keys.astype(np.int32, copy=False).tobytes())
        for values in rows.fields.values():
            file.write(values.astype(np.float64, copy=False).tobytes())

    def _load(self, bucket: int) -> list[Rows]:
        file = self._files[bucket]
        file.flush()
        loaded = [_read(file, chunk) for chunk in self._chunks[bucket]]
        self._chunks[bucket].clear()
        file.truncate(0)
        return loaded


def _read(file: BinaryIO, chunk: _Chunk) -> Rows:
    file.seek(chunk.offset)
    keys = np.frombuffer(file.read(16 * chunk.rows), np.int32).reshape(4, chunk.rows)
    values = np.frombuffer(file.read(8 * len(chunk.fields) * chunk.rows), np.float64)
    columns = values.reshape(-1, chunk.rows)
    fields = dict(zip(chunk.fields, columns, strict=True))
    return Rows(keys[0], keys[1], keys[2], keys[3], fields)


def _apart(parts: list[Rows]) -> Iterator[Rows]:
    """Parts whose instruments are in no other part, joined where they are small; cut where large.

    Instruments ascend from one to the next, since they are numbered as they come.
    """
    starts = [*_starts(parts), len(parts)]
    parts.reverse()  # so that what was given can be taken off
    for start, stop in pairwise(starts):
        rows = _joined([parts.pop() for _ in range(start, stop)])
        yield from _cut(rows) if len(rows) > BUCKET_ROWS else [rows]


def _starts(parts: Sequence[Rows]) -> Iterator[int]:
    """The parts before which nothing of an instrument comes that is in them or after them."""
    firsts = [part.symbols.min(initial=_NONE, where=part.symbols >= 0) for part in parts]
    lasts = np.maximum.accumulate([part.symbols.max() for part in parts])
    later = np.minimum.accumulate(firsts[::-1])[::-1]
    count = 0
    for place, part in enumerate(parts):
        if place == 0 or (count >= SMALL_ROWS and later[place] > lasts[place - 1]):
            yield place
            count = 0
        count += len(part)


def _cut(rows: Rows) -> Iterator[Rows]:
    """Rows in buckets of about one size, whose instruments ascend; first those without one."""
    ends = np.cumsum(np.bincount(rows.symbols + 1))
    bucket = ((ends - 1) // BUCKET_ROWS)[rows.symbols + 1]
    for one in np.unique(bucket):
        yield rows.take(bucket == one)


def _joined(parts: list[Rows]) -> Rows:
    """Rows one after the other; a field that a part lacks has no value there."""
    if len(parts) == 1:
        return parts[0]
    names = dict.fromkeys(name for part in parts for name in part.fields)
    return Rows(
        np.concatenate([part.symbols for part in parts]),
        np.concatenate([part.dates for part in parts]),
        np.concatenate([part.files for part in parts]),
        np.concatenate([part.lines for part in parts]),
        {name: np.concatenate([_values(part, name) for part in parts]) for name in names},
    )


def _values(part: Rows, name: str) -> Floats:
    found = part.fields.get(name)
    return np.full(len(part), np.nan) if found is None else found
