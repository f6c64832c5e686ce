"""When loading machine code takes moments, and when a minute."""

from pathlib import Path

import pytest

import compute.warming
from compute import idling
from compute.engine import compiled


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> set[Path]:
    """Where the machine code of this state of the sources belongs."""
    folders = {tmp_path / "kernels-engine-1", tmp_path / "kernels-trading-1"}
    monkeypatch.setattr(compiled, "_COMPILED", tmp_path)
    monkeypatch.setattr(compiled, "_current_folders", lambda: folders)
    return folders


@pytest.mark.usefixtures("folders")
def test_all_are_compiled_once_that_was_noted() -> None:
    assert not compiled.are_all_compiled()
    compiled.note_that_all_are_compiled()
    assert compiled.are_all_compiled()


def test_a_changed_source_takes_that_back_and_its_old_code_goes(
    folders: set[Path], tmp_path: Path
) -> None:
    compiled.note_that_all_are_compiled()
    folders.remove(tmp_path / "kernels-trading-1")
    folders.add(tmp_path / "kernels-trading-2")
    assert not compiled.are_all_compiled()
    compiled.forget_older_kernels()
    assert [path.name for path in tmp_path.iterdir()] == ["kernels-engine-1"]


@pytest.mark.usefixtures("folders")
def test_idle_workers_compile_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []
    monkeypatch.setattr(compute.warming, "warm_operators", lambda: loaded.append("operators"))
    monkeypatch.setattr(compute.warming, "warm_the_rest", lambda: loaded.append("the rest"))
    idling.load_operators()
    idling.load_kernels()
    assert not loaded
    compiled.note_that_all_are_compiled()
    idling.load_operators()
    idling.load_kernels()
    assert loaded == ["operators", "the rest"]
