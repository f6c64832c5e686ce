"""The market that a worker reads, opened once for all work on it that comes in a row."""

from pathlib import Path

from bars.directory import MarketDirectory
from bars.stamp import require_unchanged
from domain.work import Bars

_standing: list[tuple[Bars, MarketDirectory]] = []
"""What was opened last; at most one."""


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
