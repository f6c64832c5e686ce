"""The fields of a market, read once and shared: mapped from one copy on the disk."""

import os
import shutil
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from bars.directory import MarketDirectory
from compute.engine.field_panels import read_field_panel
from compute.engine.history_digests import DIGEST_BYTES, HistoryDigests, history_digests
from compute.engine.panel_evaluation import FieldPanel
from compute.engine.spans import Rows, Spans
from domain.storage import writing_below

LARGEST_BYTES = 8_000_000_000
"""What the panels of all markets may take on the disk; the longest unused go first."""


@dataclass(slots=True)
class MarketPanels:
    """The fields of one snapshot.

    Args:
        directory: The snapshot's bars.
        folder: Where panels of fields are kept, for every process that reads this snapshot.
        require_unchanged: Raises if the files are no longer those of the snapshot. What was read
            is kept only if it does not.
    """

    directory: MarketDirectory
    folder: Path
    require_unchanged: Callable[[], None] = lambda: None
    symbols: tuple[str, ...] = field(init=False)
    _open: dict[str, FieldPanel] = field(default_factory=dict)
    _digests: dict[str, HistoryDigests] = field(default_factory=dict)
    _columns: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.symbols = tuple(self.directory.instruments)
        self._columns = {symbol: column for column, symbol in enumerate(self.symbols)}

    def panels(
        self, fields: Iterable[str], symbols: Sequence[str], days: int | None = None
    ) -> Mapping[str, FieldPanel]:
        """Fields of some instruments, float32 (days, instruments).

        Args:
            fields: Their names. A field that nobody has is NaN everywhere.
            symbols: The instruments; one that is not listed has no row.
            days: How many rows of the calendar, from its first; None for all.

        Raises:
            DataDirectoryError: A bin is short, odd-sized, or starts outside the calendar.
            SnapshotChangedError: The files are no longer those of the snapshot.
            StorageError: The disk does not take them.
        """
        names = list(fields)
        self._keep([name for name in names if not self._is_kept(name)])
        columns = self._places(symbols)
        return {name: _selected(self._panel(name), columns, days) for name in names}

    def history_digests(self, fields: Iterable[str], symbols: Sequence[str]) -> HistoryDigests:
        """Digests of what values of some instruments are made of, if made of these fields.

        Args:
            fields: Their names.
            symbols: The instruments. All that are not listed are alike.

        Returns:
            uint8 (instruments, 16 for each field). Where they are equal, in one snapshot or two, so
            are the bars, and their rows of the calendar.

        Raises:
            DataDirectoryError, SnapshotChangedError, StorageError: As `panels`.
        """
        names = sorted(fields)
        self._keep([name for name in names if not self._is_kept(name)])
        columns = self._places(symbols)
        listed = columns >= 0
        found = np.zeros((len(columns), len(names), DIGEST_BYTES), dtype=np.uint8)
        for place, name in enumerate(names):
            found[listed, place] = self._digest(name)[columns[listed]]
        return found.reshape(len(columns), -1)

    def _places(self, symbols: Sequence[str]) -> Rows:
        """The columns of instruments; -1 for one that is not listed."""
        return np.array([self._columns.get(symbol, -1) for symbol in symbols], dtype=np.int64)

    def _digest(self, name: str) -> HistoryDigests:
        if name not in self._digests:
            listings = self.directory.instruments
            have_bars = [name in listings[symbol].fields for symbol in self.symbols]
            self._digests[name] = history_digests(self._panel(name), have_bars)
        return self._digests[name]

    def _panel(self, name: str) -> FieldPanel:
        if name not in self._open:
            self._open[name] = _mapped(self._place(name))
        return self._open[name]

    def _is_kept(self, name: str) -> bool:
        return name in self._open or self._place(name).is_dir()

    def _place(self, name: str) -> Path:
        return self.folder / name

    def _keep(self, names: Collection[str]) -> None:
        """Read fields from the bins, and keep all or none of them."""
        if not names:
            return
        with writing_below(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            unfinished = TemporaryDirectory(prefix=".unfinished-", dir=self.folder)
        with unfinished as folder:
            self._write(names, Path(folder))
            self.require_unchanged()
            for name in names:
                _put(Path(folder) / name, self._place(name))

    def _write(self, names: Iterable[str], folder: Path) -> None:
        """Write fields below a folder, each while the next is read from its many small files."""
        writing: Future[None] | None = None
        with ThreadPoolExecutor(1) as writer:
            for name in names:
                panel = read_field_panel(self.directory, name, self.symbols)
                with writing_below(self.folder):
                    if writing:
                        writing.result()
                writing = writer.submit(_write, folder / name, panel)
        with writing_below(self.folder):
            if writing:
                writing.result()


def panel_folder(root: Path, directory: Path, stamp: str) -> Path:
    """Where the panels of a directory in a certain state belong."""
    name = blake2b(f"{directory}\0{stamp}".encode(), digest_size=16).hexdigest()
    return root / name


def make_room(root: Path, most_bytes: int = LARGEST_BYTES) -> None:
    """Remove the markets that were longest unused until the others take no more than `most_bytes`.

    Who has panels of them mapped keeps these; they are read anew when somebody asks again.
    """
    markets = sorted(
        (path for path in root.glob("*") if path.is_dir()), key=lambda path: -path.stat().st_mtime
    )
    total = 0
    for market in markets:
        total += sum(file.stat().st_size for file in market.rglob("*") if file.is_file())
        if total > most_bytes and market != markets[0]:
            shutil.rmtree(market, ignore_errors=True)


def _selected(panel: FieldPanel, columns: Rows, days: int | None) -> FieldPanel:
    rows = panel.values.shape[0] if days is None else days
    first, stop = panel.spans.first[columns], np.minimum(panel.spans.stop[columns], rows)
    first, stop = np.where(columns < 0, 0, first), np.where(columns < 0, 0, stop)
    if np.array_equal(columns, np.arange(panel.values.shape[1])):
        return FieldPanel(panel.values[:rows], Spans(first, stop))
    values = np.take(panel.values[:rows], columns, axis=1)
    values[:, columns < 0] = np.nan
    return FieldPanel(values, Spans(first, stop))


def _write(folder: Path, panel: FieldPanel) -> None:
    folder.mkdir()
    np.save(folder / "values.npy", np.ascontiguousarray(panel.values))
    np.save(folder / "spans.npy", np.stack([panel.spans.first, panel.spans.stop]))


def _put(written: Path, place: Path) -> None:
    """Put a panel in its place; somebody else may have done so at the same time."""
    try:
        written.rename(place)
    except OSError:
        if not place.is_dir():
            raise


def _mapped(place: Path) -> FieldPanel:
    first, stop = np.load(place / "spans.npy")
    values = np.load(place / "values.npy", mmap_mode="r")
    os.utime(place.parent)
    return FieldPanel(values, Spans(first, stop))
