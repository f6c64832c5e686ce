"""The `qatlas` command, as it is typed."""

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from server.cli import main
from server.home import Home, HomeError

HEAVY = ("sqlalchemy", "strawberry", "uvicorn", "numpy", "alembic", "starlette")


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder of its own for every test."""
    home = tmp_path / "home"
    monkeypatch.setenv("QATLAS_HOME", str(home))
    for name in ("QATLAS_DATABASE_URL", "QATLAS_PORT", "QATLAS_HOST"):
        monkeypatch.delenv(name, raising=False)
    return home


@pytest.fixture
def market(sample_directory: Path, tmp_path: Path) -> Path:
    """A Qlib data directory that a test may spoil."""
    return Path(shutil.copytree(sample_directory, tmp_path / "market"))


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a command that fails says on stderr: one sentence, and no traceback."""
    assert main(arguments) == 1
    said = capsys.readouterr().err
    assert said.startswith("qatlas: ")
    assert said.endswith(".\n")
    assert said.count("\n") == 1
    return said


def test_settings_are_listed_without_loading_anything_else() -> None:
    program = f"""
import sys
from server.cli import main
main(["settings"])
loaded = [name for name in {HEAVY} if name in sys.modules]
assert not loaded, loaded
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, "")
    assert "QATLAS_PORT" in done.stdout


def test_a_bad_setting_ends_every_command_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QATLAS_HOST", "0.0.0.0")

    for command in (["serve"], ["settings"], ["market", "list"]):
        assert "QATLAS_HOST is '0.0.0.0'" in refusal(capsys, *command)


@pytest.mark.parametrize("arguments", [[], ["market"], ["market", "adopt", "us"], ["fly"]])
def test_what_is_no_command_is_explained(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 2
    assert "usage: qatlas" in capsys.readouterr().err


def test_the_database_is_made_where_there_is_none(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["migrate"]) == 0

    assert "is at revision" in capsys.readouterr().out
    assert (home / "qatlas.db").is_file()


def test_the_sample_market_is_imported_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["market", "sample"]) == 0
    first = capsys.readouterr().out
    assert main(["market", "sample"]) == 0
    again = capsys.readouterr().out
    assert main(["market", "list"]) == 0
    listed = capsys.readouterr().out

    assert "VWAP_ESTIMATED  INFO" in first
    assert "sample:1 is registered, with the universes us5." in first
    assert "there is no new version" in again
    (row,) = listed.splitlines()[2:]
    assert row.split()[:7] == ["sample", "us", "1", "2000-03-01", "2013-03-01", "SPX", "us5"]


def test_a_market_is_adopted_where_it_lies(
    market: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["market", "adopt", "mine", str(market), "--region", "us", "--benchmark", "SPX"]

    assert main(arguments) == 0

    assert "mine:1 is registered" in capsys.readouterr().out
    assert main(["market", "list"]) == 0
    assert str(market) in capsys.readouterr().out


def test_a_market_is_shown_with_all_that_is_known_of_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["market", "sample"])
    capsys.readouterr()

    assert main(["market", "show", "sample"]) == 0
    shown = capsys.readouterr().out
    assert main(["market", "show", "sample:1"]) == 0
    assert capsys.readouterr().out == shown

    lines = [line.split() for line in shown.splitlines()]
    assert ["sample", "us", "USD", "SPX", "us5"] in lines
    [snapshot] = [line for line in lines if line[:3] == ["1", "2000-03-01", "2013-03-01"]]
    assert snapshot[3:7] == ["3,270", "6", "516.8", "kB"]
    assert "change, close, factor, high, low, open, volume, vwap" in shown
    assert ["us5", "1", "5", "5"] in lines
    assert ["Information", "Technology", "3"] in lines
    assert "The checks of sample:1: 6 instruments, 15,424 rows." in shown
    assert "VWAP_ESTIMATED  INFO" in shown


def test_what_cannot_be_shown_or_dropped_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert "There is none yet" in refusal(capsys, "market", "show", "sample")
    main(["market", "sample"])
    capsys.readouterr()

    for verb in ("show", "drop"):
        assert "Near to it: sample" in refusal(capsys, "market", verb, "Sampel")
        assert "has version 1 only" in refusal(capsys, "market", verb, "sample:2")
        assert "write a name" in refusal(capsys, "market", verb, "sample/us5")
    assert "`qatlas market drop sample`" in refusal(capsys, "market", "drop", "sample:1")


def test_a_market_is_dropped_with_the_files_that_were_made_for_it(
    home: Path, market: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["market", "sample"])
    main(["market", "adopt", "mine", str(market), "--region", "us"])
    capsys.readouterr()

    assert "`qatlas universe default`" in refusal(capsys, "market", "drop", "sample")
    assert main(["universe", "default", "mine/us5"]) == 0
    assert main(["market", "drop", "sample"]) == 0
    said = capsys.readouterr().out
    assert "The market sample is dropped." in said
    assert "Dropped snapshots: sample:1." in said
    assert "Dropped universes: sample/us5:1." in said
    assert not (home / "markets" / "sample").exists()
    assert main(["market", "drop", "mine"]) == 0
    said = capsys.readouterr().out
    assert f"The files in {market} are left alone: they were adopted where they lie." in said
    assert (market / "calendars" / "day.txt").is_file()
    assert main(["market", "list"]) == 0
    assert "There is no market yet" in capsys.readouterr().out


def test_models_of_a_market_are_named_when_it_is_not_dropped(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["market", "sample"])
    main(["seed"])
    capsys.readouterr()

    said = refusal(capsys, "market", "drop", "sample", "--with-results")

    assert "1 model (demo-lightgbm:1) and 2 backtests (demo-lightgbm-top2:1, " in said


def test_a_market_that_misleads_qlib_is_refused_with_the_report(
    market: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (market / "features" / "aapl").rename(market / "features" / "AAPL")

    assert main(["market", "adopt", "mine", str(market), "--region", "us"]) == 1

    said = capsys.readouterr()
    assert "UPPER_CASE_FOLDERS  ERROR     1      " in said.out
    assert "is refused" in said.err
    assert main(["market", "list"]) == 0
    assert "There is no market yet" in capsys.readouterr().out


def test_bad_input_is_named(market: Path, capsys: pytest.CaptureFixture[str]) -> None:
    directory = str(market)

    assert "/nowhere" in refusal(capsys, "market", "adopt", "a", "/nowhere", "--region", "us")
    assert "'xx'" in refusal(capsys, "market", "adopt", "a", directory, "--region", "xx")
    assert "'a b'" in refusal(capsys, "market", "adopt", "a b", directory, "--region", "us")
    benchmark = ["--region", "us", "--benchmark", "NOPE"]
    main(["market", "adopt", "a", directory, *benchmark])
    assert "NOPE" in capsys.readouterr().err


def test_the_default_universe_is_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    main(["market", "sample"])

    assert main(["universe", "default", "sample/us5"]) == 0
    assert "sample/us5 is the default universe now." in capsys.readouterr().out
    assert "sample/other" in refusal(capsys, "universe", "default", "sample/other")
    assert "market/name" in refusal(capsys, "universe", "default", "us5")
    assert "market/name" in refusal(capsys, "universe", "default", "sample/us5:1")


def test_a_folder_that_cannot_be_made_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("QATLAS_HOME", str(tmp_path / "file" / "home"))

    assert str(tmp_path / "file" / "home") in refusal(capsys, "migrate")


@pytest.mark.parametrize("content", [b"no database, however long one looks at it " * 50])
def test_a_file_that_is_no_database_is_named(
    home: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    home.mkdir()
    (home / "qatlas.db").write_bytes(content)

    assert "file is not a database" in refusal(capsys, "market", "list")


def test_a_database_that_is_not_there_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QATLAS_DATABASE_URL", "postgresql://me:secret@127.0.0.1:9/name")

    said = refusal(capsys, "migrate")

    assert "postgresql://me:***@127.0.0.1:9/name" in said
    assert "secret" not in said


def test_a_database_of_a_newer_version_is_left_alone(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["migrate"])
    with sqlite3.connect(home / "qatlas.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    assert "9999" in refusal(capsys, "market", "list")


def test_one_server_serves_one_folder(home: Path) -> None:
    with Home(home).claimed() as claim:
        claim.announce("http://127.0.0.1:8000")
        with (
            pytest.raises(HomeError, match=r"Another server at http://127\.0\.0\.1:8000"),
            Home(home).claimed(),
        ):
            pass

    with Home(home).claimed():
        pass


def test_the_owner_of_runs_is_the_same_after_a_restart(tmp_path: Path) -> None:
    one, other = Home(tmp_path / "one"), Home(tmp_path / "other")

    assert one.owner == Home(tmp_path / "x" / ".." / "one").owner
    assert one.owner != other.owner
