"""Files that change are noticed."""

import os

import pytest

from bars.stamp import require_unchanged, stamp
from domain.errors import DataDirectoryError, SnapshotChangedError


def rewrite(path):
    (path / "calendars" / "day.txt").write_text("2020-01-01\n")


def touch(path):
    os.utime(path / "features" / "aaa" / "close.day.bin", ns=(1, 1))


def add(path):
    (path / "instruments" / "other.txt").write_text("AAA\t2020-01-01\t2020-01-02\n")


def remove(path):
    (path / "features" / "bbb" / "vwap.day.bin").unlink()


def rename(path):
    (path / "features" / "bbb").rename(path / "features" / "ccc")


def mark(path):
    (path / "qatlas.json").write_text('{"estimated": ["vwap"]}')


def test_files_that_nobody_touched_pass(market):
    path = market()
    registered = stamp(path)

    require_unchanged(path, registered)
    (path / "dataset_cache").mkdir()
    (path / "SOURCE.txt").write_text("what else lies there does not matter")
    require_unchanged(path, registered)


@pytest.mark.parametrize("change", [rewrite, touch, add, remove, rename, mark])
def test_a_change_is_told_with_the_directory(market, change):
    path = market()
    registered = stamp(path)

    change(path)

    with pytest.raises(SnapshotChangedError, match=f"{path} changed after"):
        require_unchanged(path, registered)


def test_the_file_that_was_written_last_is_told(market):
    path = market()
    registered = stamp(path)
    short = path / "features" / "aaa" / "close.day.bin"

    short.write_bytes(short.read_bytes()[:-4])
    later = max(one.stat().st_mtime_ns for one in path.rglob("*")) + 1_000_000_000
    os.utime(short, ns=(later, later))

    with pytest.raises(SnapshotChangedError, match=f"last written: {short}"):
        require_unchanged(path, registered)


def test_a_directory_that_is_gone_is_told(tmp_path):
    with pytest.raises(DataDirectoryError, match="is not there"):
        stamp(tmp_path / "gone")
