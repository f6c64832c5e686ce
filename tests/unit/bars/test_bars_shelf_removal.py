"""Versions leave the shelf with what nobody else needs, and with nothing else."""

import shutil
from pathlib import Path

import pytest

from bars.shelf import shelf_of
from bars.shelf_removal import bytes_of, take_off_shelf


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    shelf = shelf_of(tmp_path / "home", "cn")
    shelf.mkdir(parents=True)
    return shelf


def version(shelf: Path, name: str, bins: str | None = None) -> Path:
    """A version, whose bins are its own or shared ones."""
    folder = shelf / name
    (folder / "calendars").mkdir(parents=True)
    (folder / "calendars" / "day.txt").write_text("2020-01-02\n")
    features = folder / "features"
    if bins is None:
        features.mkdir()
    else:
        (shelf / "bins" / bins).mkdir(parents=True, exist_ok=True)
        features.symlink_to(Path("..", "bins", bins))
    (features / "aaa").mkdir(exist_ok=True)
    (features / "aaa" / "close.day.bin").write_bytes(b"\0" * 1000)
    return folder


def left(shelf: Path) -> list[str]:
    return sorted(
        str(path.relative_to(shelf)) for path in (*shelf.glob("*"), *shelf.glob("bins/*"))
    )


def test_a_version_goes_and_another_stays(shelf: Path) -> None:
    gone, kept = version(shelf, "a"), version(shelf, "b")

    assert take_off_shelf(shelf, gone)

    assert left(shelf) == ["b"]
    assert (kept / "features" / "aaa" / "close.day.bin").is_file()


def test_shared_bins_go_with_the_last_version_that_has_them(shelf: Path) -> None:
    first, second, other = (
        version(shelf, name, bins) for name, bins in (("a", "x"), ("b", "x"), ("c", "y"))
    )

    assert take_off_shelf(shelf, first)
    assert left(shelf) == ["b", "bins", "bins/x", "bins/y", "c"]
    assert (second / "features" / "aaa" / "close.day.bin").is_file()
    assert take_off_shelf(shelf, second)
    assert left(shelf) == ["bins", "bins/y", "c"]
    assert take_off_shelf(shelf, other)
    assert not shelf.exists()


def test_bins_stay_for_a_version_that_is_being_built(shelf: Path) -> None:
    gone = version(shelf, "a", "x")
    building = shelf / ".new-1" / "market"
    building.mkdir(parents=True)
    (building / "features").symlink_to(shelf / "bins" / "x")

    assert take_off_shelf(shelf, gone)

    assert left(shelf) == [".new-1", "bins", "bins/x"]


def test_what_else_lies_on_the_shelf_stays(shelf: Path) -> None:
    gone = version(shelf, "a")
    (shelf / "import.lock").write_text("")

    assert take_off_shelf(shelf, gone)

    assert left(shelf) == ["import.lock"]


@pytest.mark.parametrize("place", ["elsewhere", "home/markets/us/a", "home/markets/cnn/a"])
def test_what_lies_elsewhere_is_left_alone(shelf: Path, tmp_path: Path, place: str) -> None:
    folder = version((tmp_path / place).parent, (tmp_path / place).name)

    assert not take_off_shelf(shelf, folder)
    assert (folder / "features" / "aaa" / "close.day.bin").is_file()


def test_neither_the_shelf_nor_its_bins_are_a_version(shelf: Path) -> None:
    version(shelf, "a", "x")

    for folder in (shelf, shelf / "bins", shelf / "bins" / "x", shelf / "a" / ".."):
        assert not take_off_shelf(shelf, folder)
    assert left(shelf) == ["a", "bins", "bins/x"]


def test_a_link_that_leads_off_the_shelf_is_not_followed(shelf: Path, tmp_path: Path) -> None:
    outside = version(tmp_path, "outside")
    inside = version(shelf, "a")
    shutil.rmtree(inside / "features")
    (inside / "features").symlink_to(outside / "features")
    (shelf / "b").symlink_to(outside)

    assert take_off_shelf(shelf, inside)
    assert not take_off_shelf(shelf, shelf / "b")
    assert (outside / "features" / "aaa" / "close.day.bin").is_file()


def test_files_that_are_gone_already_are_no_trouble(shelf: Path) -> None:
    assert take_off_shelf(shelf, shelf / "a")


def test_a_home_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "home").symlink_to(tmp_path / "real")
    shelf = shelf_of(tmp_path / "home", "cn")
    folder = version(shelf, "a")

    assert take_off_shelf(shelf, folder)
    assert not shelf.exists()


def test_the_size_is_that_of_all_files_and_of_shared_bins(shelf: Path) -> None:
    own, shared = version(shelf, "a"), version(shelf, "b", "x")

    assert bytes_of(own) == 1000 + len("2020-01-02\n")
    assert bytes_of(shared) == bytes_of(own)
    assert bytes_of(shelf / "none") == 0
