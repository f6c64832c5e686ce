"""The engine of a result: which versions and which of our own code it names."""

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from compute import versions
from compute.performing import PERFORMERS
from compute.versions import cpu_class, engine, matrix_engine, modules, reached, writer
from compute.zoo.modules import LIBRARIES
from domain.exports import ExportWork
from domain.runs import RunKind
from domain.specs import ModelKind
from domain.work import MatrixWork

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("kind", RunKind)
def test_an_engine_names_the_installed_versions(kind: RunKind) -> None:
    names = ["qlib", "pandas", "numpy", "numba"]
    packages = ["pyqlib" if name == "qlib" else name for name in names]
    text = ", ".join(f"{name} {version(of)}" for name, of in zip(names, packages, strict=True))
    assert re.fullmatch(rf"{re.escape(text)} on {cpu_class()} · [0-9a-f]{{8}}", engine(kind))


@pytest.mark.parametrize("model", ModelKind)
def test_an_engine_of_training_names_the_library_of_its_kind_and_no_other(
    model: ModelKind,
) -> None:
    libraries = {"lightgbm", "xgboost", "catboost", "scikit-learn", "torch"}

    named = {name for name in libraries if f"{name} " in engine(RunKind.TRAINING, model)}

    assert named == libraries & set(LIBRARIES[model])
    others = {engine(RunKind.TRAINING, other) for other in ModelKind if other is not model}
    assert engine(RunKind.TRAINING, model) not in others


def test_a_library_that_is_not_installed_is_named_as_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def absent(package: str) -> str:
        if package == "torch":
            raise PackageNotFoundError(package)
        return version(package)

    before = engine(RunKind.TRAINING, ModelKind.LIGHTGBM)
    forget()
    monkeypatch.setattr(versions, "version", absent)

    assert ", torch missing on " in engine(RunKind.TRAINING, ModelKind.GRU)
    assert engine(RunKind.TRAINING, ModelKind.LIGHTGBM) == before


def test_the_code_behind_a_kind_is_followed_through_its_imports() -> None:
    values, judging = set(modules(RunKind.FACTOR_VALUES)), set(modules(RunKind.EVALUATION))
    assert {"compute.panels", "compute.qlib_session", "compute.qlib_gaps"} <= values
    assert {"compute.judging", "compute.analysis.ranks", "bars.binfile"} <= judging
    assert values <= judging
    assert not any(name.startswith(("domain", "numpy")) for name in judging)
    assert "compute.executor" not in judging


def test_every_performer_counts_for_what_it_makes() -> None:
    counted = {module for kind in RunKind for module in modules(kind)}
    counted |= {*reached(MatrixWork), *reached(ExportWork)}
    counted.add("intake.factor_files")  # what it reads is data, kept by content and not by engine
    assert {name.partition(":")[0] for name in PERFORMERS.values()} <= counted


def test_matrices_rest_on_what_makes_factor_values() -> None:
    makers = {"compute.values", "compute.engine.tile", "compute.engine.kernels.sums"}
    assert makers <= set(modules(RunKind.FACTOR_VALUES)) & set(reached(MatrixWork))
    assert makers <= set(modules(RunKind.TRAINING))
    assert matrix_engine() != engine(RunKind.FACTOR_VALUES)


def test_the_writer_of_files_names_what_writes_them() -> None:
    assert re.fullmatch(rf"pyarrow {re.escape(version('pyarrow'))} · [0-9a-f]{{8}}", writer())
    assert {"compute.exporting", "compute.export_tables", "bars.bins"} <= set(reached(ExportWork))


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The module that computes factor values, in a tree of its own."""
    (tmp_path / "compute").mkdir()
    monkeypatch.setattr(versions, "_ROOT", tmp_path)
    path = tmp_path / "compute" / "panels.py"
    path.write_text('"""Panels."""\nWINDOW = 5\n')
    return path


def forget() -> None:
    for remembered in (engine, matrix_engine, writer, versions._code, versions._imports):
        remembered.cache_clear()


def uncached_engine() -> str:
    forget()
    return engine(RunKind.FACTOR_VALUES)


@pytest.fixture(autouse=True)
def forgetting() -> Iterator[None]:
    """What was read of another tree is not remembered."""
    yield
    forget()


def test_an_engine_changes_with_the_code(source: Path) -> None:
    before = uncached_engine()
    source.write_text('"""Panels."""\nWINDOW = 6\n')
    assert uncached_engine() != before


def test_an_engine_does_not_change_with_what_is_written_for_people(source: Path) -> None:
    before = uncached_engine()
    source.write_text('"""Panels of values."""\n\nWINDOW = 5  # days\n"""Rows of a window."""\n')
    assert uncached_engine() == before


def test_an_engine_changes_with_code_that_is_imported(source: Path) -> None:
    source.write_text("from compute.windows import WINDOW\n")
    windows = source.with_name("windows.py")
    windows.write_text("WINDOW = 5\n")
    before = uncached_engine()
    windows.write_text("WINDOW = 6\n")
    assert uncached_engine() != before
