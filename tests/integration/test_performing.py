"""What a worker makes sure of, whatever it computes."""

from pathlib import Path
from shutil import copytree

import pytest

from bars.stamp import stamp
from catalog.artifacts import LocalArtifacts
from compute.outcomes import outcome
from compute.performing import perform
from compute.progress import Report, unheard
from domain.artifacts import ArtifactStore
from domain.errors import SnapshotChangedError
from domain.work import Bars, Outcome, PanelsWork


def idle(_work: PanelsWork, store: ArtifactStore, _report: Report) -> Outcome:
    return outcome({"done": True}, {}, store)


def disturb(work: PanelsWork, store: ArtifactStore, report: Report) -> Outcome:
    with (Path(work.bars.directory) / "features" / "aapl" / "close.day.bin").open("ab") as bin_:
        bin_.write(b"four")
    return idle(work, store, report)


@pytest.fixture
def work(sample_directory: Path, tmp_path: Path) -> PanelsWork:
    market = copytree(sample_directory, tmp_path / "market")
    return PanelsWork(Bars(str(market), "us", stamp(market)), ("Abs($close)",), ("AAPL",))


def test_what_was_computed_from_registered_files_is_an_outcome(
    work: PanelsWork, tmp_path: Path
) -> None:
    store = LocalArtifacts(tmp_path / "artifacts")

    assert perform(work, store, unheard, {PanelsWork: f"{__name__}:idle"}).document["done"]


def test_files_that_change_while_they_are_read_make_no_outcome(
    work: PanelsWork, tmp_path: Path
) -> None:
    store = LocalArtifacts(tmp_path / "artifacts")

    with pytest.raises(SnapshotChangedError, match="register the directory again"):
        perform(work, store, unheard, {PanelsWork: f"{__name__}:disturb"})
