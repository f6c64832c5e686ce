"""A worker opens a market once for all work in a row, and never one that is not as registered."""

import os
from pathlib import Path
from shutil import copytree

import pytest

from bars.directory import MarketDirectory
from bars.stamp import stamp
from compute import open_market as module
from compute.open_market import open_market
from domain.errors import SnapshotChangedError
from domain.work import Bars


@pytest.fixture(autouse=True)
def nothing_open() -> None:
    module._standing.clear()


@pytest.fixture
def bars(sample_directory: Path, tmp_path: Path) -> Bars:
    path = copytree(sample_directory, tmp_path / "market")
    return Bars(str(path), "us", stamp(path))


def test_work_on_one_market_opens_it_once(bars: Bars, sample_directory: Path) -> None:
    market = open_market(bars)
    assert open_market(bars) is market
    other = open_market(Bars(str(sample_directory), "us", stamp(sample_directory)))
    assert other.path == sample_directory
    assert open_market(bars) is not market


def test_a_market_that_changed_is_refused_though_it_is_open(bars: Bars) -> None:
    open_market(bars)
    (Path(bars.directory) / "features" / "aapl" / "close.day.bin").unlink()
    with pytest.raises(SnapshotChangedError):
        open_market(bars)


def test_a_market_that_changes_while_it_is_opened_is_not_remembered(
    bars: Bars, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(bars.directory) / "qatlas.json"
    noted = path.read_bytes(), path.stat()
    whole = MarketDirectory.open

    def disturbed(root: Path) -> MarketDirectory:
        path.write_text('{"estimated": ["close"]}')
        return whole(root)

    with monkeypatch.context() as patch:
        patch.setattr(MarketDirectory, "open", disturbed)
        with pytest.raises(SnapshotChangedError):
            open_market(bars)
    path.write_bytes(noted[0])
    os.utime(path, ns=(noted[1].st_atime_ns, noted[1].st_mtime_ns))
    assert open_market(bars).estimated == ("vwap",)
