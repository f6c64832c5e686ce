"""Panels that other snapshots had, from which a new one takes over what has not changed."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt

from compute.engine.history_digests import HistoryDigests
from compute.engine.spans import Rows
from compute.values import Ground
from domain.arrays import Array
from domain.artifacts import ArtifactStore
from domain.errors import ArtifactDamagedError, ArtifactMissingError
from domain.expression import parse
from domain.keys import content_key
from domain.storage import writing_below

MOST_NOTED = 4
"""How many panels of an expression are known at a time: several markets ask for the same one."""

Panel = npt.NDArray[np.float32]
"""Shape (days, instruments)."""

_FOLDER = "earlier"
_SUFFIX = ".histories"
_UNREADABLE = (ArtifactMissingError, ArtifactDamagedError, OSError, ValueError, EOFError)
"""What opening an array that was removed or damaged ends with."""


@dataclass(frozen=True, slots=True)
class EarlierPanels:
    """What was computed of expressions on any snapshot, noted for those that come later.

    What an instrument's values are made of is its bars on their rows of the calendar, and nothing
    else, neither its name nor the dates. So they are taken over from wherever an instrument has
    the same, byte for byte. Where instruments are compared, that does not hold.

    Args:
        engine: The versions that compute the values, as results name them. What others computed
            is not taken.
        ground: What expressions are computed on now, without a universe.
        store: Where panels are kept. What it lost, or what its disk has changed, is not taken.
    """

    engine: str
    ground: Ground
    store: ArtifactStore
    _found: dict[tuple[tuple[str, ...], bytes], Rows] = field(default_factory=dict)

    def take_over(self, expressions: Sequence[str], panels: Sequence[Panel]) -> list[Rows]:
        """Fill in the values of instruments that have not changed, as far as they are known.

        Args:
            expressions: In their canonical form.
            panels: Of each expression; they are filled in.

        Returns:
            For each, the columns of the other instruments, ascending. What a panel holds of them
            means nothing.

        Raises:
            DataDirectoryError, SnapshotChangedError, StorageError: As `MarketPanels.panels`.
        """
        alike = [self._alike(expression) for expression in expressions]
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as readers:
            return list(readers.map(self._fill, alike, panels))

    def note(self, expression: str, values: str) -> None:
        """Have snapshots that come later know of a panel, by the digest of its values.

        Raises:
            DataDirectoryError, SnapshotChangedError, StorageError: As `MarketPanels.panels`.
        """
        folder, histories = self._folder(expression), self._histories(_fields(expression))
        with writing_below(folder):
            folder.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(prefix=".unfinished-", dir=folder) as unfinished:
                written = Path(unfinished) / values
                written.write_bytes(histories.tobytes())
                written.rename(folder / f"{values}{_SUFFIX}")
            for path in _newest_first(folder)[MOST_NOTED:]:
                path.unlink(missing_ok=True)

    def _fill(self, alike: Sequence[tuple[str, Rows]], panel: Panel) -> Rows:
        """Fill in what the first panel has that can be read; the other columns."""
        for values, sources in alike:
            try:
                _copy(self.store.open_array(values, verified=True), sources, panel)
            except _UNREADABLE:
                continue
            return np.flatnonzero(sources < 0)
        return np.arange(panel.shape[1])

    def _alike(self, expression: str) -> list[tuple[str, Rows]]:
        """Panels that have something to take, the one that has most of it first.

        With the digest of each goes, for each instrument of now, the column with its values, -1
        where there is none.
        """
        found = [one for one in self._noted(expression) if (one[1] >= 0).any()]
        return sorted(found, key=lambda one: -np.count_nonzero(one[1] >= 0))

    def _noted(self, expression: str) -> Iterator[tuple[str, Rows]]:
        for path in _newest_first(self._folder(expression)):
            with suppress(OSError):  # removed meanwhile
                yield path.stem, self._sources(_fields(expression), path.read_bytes())

    def _sources(self, fields: tuple[str, ...], before: bytes) -> Rows:
        """Where each history of now stands among those of before; most expressions share them."""
        if (fields, before) not in self._found:
            now = self._histories(fields)
            size = now.shape[1]
            places = {before[at : at + size]: at // size for at in range(0, len(before), size)}
            sources = [places.get(history.tobytes(), -1) for history in now]
            self._found[fields, before] = np.array(sources, dtype=np.int64)
        return self._found[fields, before]

    def _histories(self, fields: tuple[str, ...]) -> HistoryDigests:
        return self.ground.market.history_digests(fields, self.ground.symbols)

    def _folder(self, expression: str) -> Path:
        return self.store.scratch(_FOLDER) / content_key("panels", [expression, self.engine])


def _fields(expression: str) -> tuple[str, ...]:
    return tuple(sorted(parse(expression).fields))


def _newest_first(folder: Path) -> list[Path]:
    """The panels that are noted in a folder; none where there is no folder."""
    return sorted(folder.glob(f"*{_SUFFIX}"), key=_age)


def _age(path: Path) -> int:
    """Larger for what was noted earlier; for what was removed meanwhile it is largest."""
    try:
        return -path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _copy(values: Array, sources: Rows, panel: Panel) -> None:
    """Copy columns, as many days of them as both have; there is no value on later ones."""
    days = min(len(values), len(panel))
    stay = np.flatnonzero(sources >= 0)
    if values.shape[1] == panel.shape[1] and np.array_equal(sources[stay], stay):
        panel[:days] = values[:days]
    else:
        np.take(values[:days], sources, axis=1, out=panel[:days], mode="clip")
    panel[days:] = np.nan
