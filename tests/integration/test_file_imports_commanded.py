"""An import as it is typed: strict, met by another one, and at a terminal."""

import os
import pty
import signal
import subprocess
import termios
from pathlib import Path

import pytest
from import_commands import COMMAND, ROOT, files, importing, left, newest
from import_ground import HEADER, put

from bars.directory import MarketDirectory
from bars.fingerprint import fingerprint_directory

BUSY = "qatlas: The market m is being changed by another command; try again when that has ended.\n"
LOW_ABOVE_HIGH = HEADER + "2024-01-02,1,1,2,1,1,1\n2024-01-03,1,2,1,1,1,1\n"


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A server's folder of its own for every test."""
    monkeypatch.setenv("QATLAS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("QATLAS_DATABASE_URL", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return tmp_path / "home"


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True)


def begun(command: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def at_terminal(command: list[str], columns: int) -> tuple[int, list[str]]:
    """How a command ends whose stderr is a terminal, and the lines that it wrote there."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, columns))
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=theirs) as process:
        os.close(theirs)
        written = b""
        try:
            while more := os.read(ours, 1 << 16):
                written += more
        except OSError:  # as Linux says that nobody writes any more
            pass
        os.close(ours)
    return process.returncode, written.decode().split("\r\n")


def test_strict_refuses_files_with_an_error_and_keeps_nothing(home: Path, tmp_path: Path) -> None:
    folder = put(files(tmp_path / "in", 10), {"Z.csv": LOW_ABOVE_HIGH})

    done = run(importing(folder, "--strict"))

    assert done.returncode == 1
    assert "LOW_ABOVE_HIGH     ERROR     1      Z 2024-01-02 (Z.csv, row 2)" in done.stdout
    assert done.stderr.splitlines()[-1].startswith(
        "qatlas: The files are refused, since --strict takes no errors. LOW_ABOVE_HIGH, once (Z "
    )
    assert "registering" not in done.stderr
    assert left(home) == []
    assert newest(home) is None


def test_without_strict_the_row_is_left_out_and_told(tmp_path: Path) -> None:
    folder = put(files(tmp_path / "in", 10), {"Z.csv": LOW_ABOVE_HIGH})

    done = run(importing(folder))

    assert done.returncode == 0
    assert "LOW_ABOVE_HIGH     ERROR     1      Z 2024-01-02 (Z.csv, row 2)" in done.stdout
    assert "2,522 rows in " in done.stdout
    assert "2,521 became bars" in done.stdout


def test_strict_takes_files_that_only_have_warnings(home: Path, tmp_path: Path) -> None:
    done = run(importing(files(tmp_path / "in", 10), "--strict"))

    assert done.returncode == 0
    assert "STALE_PRICES       WARNING" in done.stdout
    assert newest(home) is not None


def test_a_strict_append_leaves_the_market_as_it_was(home: Path, tmp_path: Path) -> None:
    assert run(importing(files(tmp_path / "in", 10))).returncode == 0
    before = newest(home)
    more = put(tmp_path / "more", {"Z.csv": LOW_ABOVE_HIGH})

    done = run([*COMMAND, "append", "m", str(more), "--strict"])

    assert done.returncode == 1
    assert "The files are refused, since --strict takes no errors." in done.stderr
    assert newest(home) == before
    assert run([*COMMAND, "append", "m", str(more)]).returncode == 0


def test_a_second_import_of_a_market_is_refused_while_the_first_goes_on(
    home: Path, tmp_path: Path
) -> None:
    first = begun(importing(files(tmp_path / "one", 10)))
    assert first.stderr is not None
    assert first.stderr.readline() == "reading: 0 of 30\n"
    first.send_signal(signal.SIGSTOP)
    try:
        second = run(importing(files(tmp_path / "two", 20)))
    finally:
        first.send_signal(signal.SIGCONT)
    first.communicate(timeout=60)

    assert (second.returncode, second.stdout, second.stderr) == (1, "", BUSY)
    assert first.returncode == 0
    kept = newest(home)
    assert kept is not None
    assert kept.version == 1
    assert run(importing(tmp_path / "two")).returncode == 0


def test_imports_of_several_markets_go_on_at_once(tmp_path: Path) -> None:
    first = begun(importing(files(tmp_path / "one", 10)))
    assert first.stderr is not None
    first.stderr.readline()
    first.send_signal(signal.SIGSTOP)
    try:
        other = run([*COMMAND, "import", "n", str(files(tmp_path / "two", 20)), "--region", "us"])
    finally:
        first.send_signal(signal.SIGCONT)
    first.communicate(timeout=60)

    assert (other.returncode, first.returncode) == (0, 0)


def test_two_imports_that_begin_together_on_an_empty_folder_end_with_a_whole_market(
    home: Path, tmp_path: Path
) -> None:
    folders = [files(tmp_path / "one", 10), files(tmp_path / "two", 20)]

    both = [begun(importing(folder)) for folder in folders]
    said = [process.communicate(timeout=120)[1] for process in both]

    refused = [told for process, told in zip(both, said, strict=True) if process.returncode]
    assert refused in ([], [BUSY])  # none, if one had ended before the other came so far
    kept = newest(home)
    assert kept is not None
    assert kept.version == 2 - len(refused)
    assert fingerprint_directory(MarketDirectory.open(Path(kept.directory))) == kept.fingerprint
    assert run(importing(folders[0])).returncode == 0


@pytest.mark.parametrize("columns", [0, 40])
def test_a_terminal_shows_a_bar_for_each_phase(tmp_path: Path, columns: int) -> None:
    code, lines = at_terminal(importing(files(tmp_path / "in", 10)), columns)

    assert code == 0
    *phases, end = lines
    assert end == ""
    shown = [phase.split("\r")[-1] for phase in phases]
    assert [bar.split("|")[0] for bar in shown] == [
        "reading: 100%", "writing: 100%", "judging: 100%", "registering: 100%",
    ]  # fmt: skip
    drawn = [bar for phase in phases for bar in phase.split("\r")]
    assert max(map(len, drawn)) <= (columns or 80)


def test_what_ends_an_import_at_a_terminal_is_told_below_the_bars(tmp_path: Path) -> None:
    folder = put(files(tmp_path / "in", 10), {"Z.csv": LOW_ABOVE_HIGH})

    code, lines = at_terminal(importing(folder, "--strict"), 100)

    assert code == 1
    assert lines[-3].split("\r")[-1].startswith("judging: 100%|")
    assert lines[-2].startswith("qatlas: The files are refused, since --strict takes no errors.")


def test_elsewhere_progress_is_plain_lines(tmp_path: Path) -> None:
    done = run(importing(files(tmp_path / "in", 10)))

    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        "reading: 0 of 30", "reading: 30 of 30",
        *(f"writing: {count} of 30" for count in range(0, 31, 3)),
        "judging: 0 of 1", "judging: 1 of 1", "registering: 0 of 1", "registering: 1 of 1",
    ]  # fmt: skip
