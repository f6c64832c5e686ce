"""The market that a worker reads, opened once for all work on it that comes in a row."""

from functools import partial
from pathlib import Path

from bars.directory import MarketDirectory
from bars.stamp import require_unchanged
from compute.engine.market_panels import MarketPanels, make_room, panel_folder
from domain.artifacts import ArtifactStore
from domain.work import Bars

_standing: list[tuple[Bars, MarketDirectory]] = []
"""What was opened last; at most one."""
_panels: list[tuple[MarketDirectory, MarketPanels]] = []
"""The panels of what was opened last."""
_PANELS = "panels"


def open_market(bars: Bars) -> MarketDirectory:
    """Open the market of a snapshot; costs a look at its files where it is open already.

    Raises:
        DataDirectoryError: The directory is not there or cannot be read.
        SnapshotChangedError: Its files are not those that were registered.
    """
    root = Path(bars.directory)
    require_unchanged(root, bars.stamp)
    for standing, market in _standing:
        if standing == bars:
            return market
    _standing.clear()
    market = MarketDirectory.open(root)
    require_unchanged(root, bars.stamp)  # what is remembered was read from these files
    _standing.append((bars, market))
    return market


def open_panels(bars: Bars, store: ArtifactStore) -> MarketPanels:
    """Open the fields of a snapshot, which all workers share.

    Raises:
        DataDirectoryError, SnapshotChangedError: As `open_market`.
    """
    market = open_market(bars)
    for directory, panels in _panels:
        if directory is market:
            return panels
    _panels.clear()
    root, path = store.scratch(_PANELS), Path(bars.directory)
    make_room(root)
    panels = MarketPanels(
        market,
        panel_folder(root, path, bars.stamp),
        partial(require_unchanged, path, bars.stamp),
    )
    _panels.append((market, panels))
    return panels
