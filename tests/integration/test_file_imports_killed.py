"""An import that is killed, interrupted or met by another keeps nothing and harms nothing."""

import fcntl
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from import_commands import ROOT, files, importing, left, newest
from import_ground import HEADER, put

from bars.directory import MarketDirectory
from bars.fingerprint import fingerprint_directory
from bars.stamp import stamp
from server.cli import main


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A server's folder of its own for every test."""
    monkeypatch.setenv("QATLAS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("QATLAS_DATABASE_URL", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return tmp_path / "home"


def bring(folder: Path, *said: str) -> int:
    return main(["market", "import", "m", str(folder), "--region", "us", *said])


def killed_after(line: int, folder: Path) -> None:
    """Kill an import once it has told so many lines of progress."""
    process = subprocess.Popen(importing(folder), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert process.stderr is not None
    told = [process.stderr.readline() for _ in range(line)]
    process.kill()
    process.communicate()
    assert b": " in told[-1]
    assert process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("line", [1, 2, 3, 5, 8, 11, 13, 14, 15, 16])
def test_a_killed_import_leaves_the_old_snapshot_and_the_next_one_cleans_up(
    home: Path, tmp_path: Path, line: int
) -> None:
    assert bring(files(tmp_path / "old", 10)) == 0
    old = newest(home)
    assert old is not None
    shelf = home / "markets" / "m"

    killed_after(line, files(tmp_path / "new", 20))

    kept = newest(home)
    assert kept is not None
    assert (kept.version, kept.fingerprint) == (1, old.fingerprint)
    assert stamp(Path(old.directory)) == old.stamp
    assert fingerprint_directory(MarketDirectory.open(Path(old.directory))) == old.fingerprint
    assert bring(files(tmp_path / "third", 30)) == 0
    third = newest(home)
    assert third is not None
    assert third.version == 2
    bins = {(Path(one.directory) / "features").readlink().name for one in (old, third)}
    assert {one.name for one in shelf.iterdir()} == {
        "bins", Path(old.directory).name, Path(third.directory).name,
    }  # fmt: skip
    assert {one.name for one in (shelf / "bins").iterdir()} == bins


def test_an_interrupted_import_ends_soon_and_leaves_nothing(home: Path, tmp_path: Path) -> None:
    command = importing(files(tmp_path / "in", 10))
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stderr is not None
    process.stderr.readline()

    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)

    assert process.returncode == 130
    assert "Error" not in said
    assert "registering" not in said
    assert left(home) == []
    assert newest(home) is None


def test_two_imports_of_one_market_at_once_are_refused(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = files(tmp_path / "in", 10)
    assert bring(folder) == 0
    capsys.readouterr()

    with (home / "markets" / ".m.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert bring(folder) == 1

    said = capsys.readouterr().err
    assert said == (
        "qatlas: The market m is being changed by another command; try again when that has ended.\n"
    )
    assert bring(folder) == 0


@pytest.mark.parametrize("said", [(), ("--dry-run",)])
def test_what_was_refused_or_tried_leaves_no_folder_and_no_row(
    home: Path, tmp_path: Path, said: tuple[str, ...]
) -> None:
    folder = files(tmp_path / "in", 10)
    if not said:
        put(folder, {"Z.csv": HEADER + "2024-01-02,x,1,1,1,1,1\n"})

    assert bring(folder, *said) == (0 if said else 1)

    assert left(home) == []
    assert newest(home) is None


def test_a_disk_that_fills_is_told_and_nothing_kept(home: Path, tmp_path: Path) -> None:
    assert main(["migrate"]) == 0
    program = (
        "import resource, sys\n"
        "from server.cli import main\n"
        "import resolvers.file_imports as imports\n"
        "made = imports._made\n"
        "def limited(*given):\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (200, resource.RLIM_INFINITY))\n"
        "    try:\n"
        "        return made(*given)\n"
        "    finally:\n"
        "        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)\n"
        "imports._made = limited\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    arguments = ["market", "import", "m", str(files(tmp_path / "in", 10)), "--region", "us"]

    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True
    )

    assert done.returncode == 1
    assert "The market cannot be written below" in done.stderr.splitlines()[-1]
    assert "File too large; nothing was kept." in done.stderr.splitlines()[-1]
    assert left(home) == []
    assert newest(home) is None
