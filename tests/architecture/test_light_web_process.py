"""The web process is light: it imports nothing that computes."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("qlib", "pandas", "lightgbm", "numba", "distributed", "dask", "pyarrow", "scipy", "mlflow")
HEAVY += ("torch", "xgboost", "catboost", "sklearn")
LIGHT = (
    "bars.bins",
    "bars.directory",
    "bars.stamp",
    "catalog.artifacts",
    "compute.analysis",
    "compute.analysis.report",
    "compute.executor",
    "compute.kept_report",
    "compute.performing",
    "compute.versions",
    "compute.zoo.modules",
    "resolvers.export_files",
    "server.app",
    "server.downloads",
)
LOOK = """
import importlib, sys
importlib.import_module(sys.argv[1])
print(*sorted({name.partition(".")[0] for name in sys.modules} & set(sys.argv[2:])))
"""


@pytest.mark.parametrize("module", LIGHT)
def test_importing_it_imports_nothing_heavy(module: str) -> None:
    if find_spec(module) is None:
        pytest.skip(f"there is no {module}")
    look = [sys.executable, "-c", LOOK, module, *HEAVY]
    done = subprocess.run(look, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_the_look_finds_what_is_heavy() -> None:
    look = [sys.executable, "-c", LOOK, "pandas", *HEAVY]
    done = subprocess.run(look, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "pandas" in done.stdout.split()


def test_naming_versions_imports_nothing_heavy() -> None:
    code = f"""
import sys
from compute.versions import engine
from domain.runs import RunKind
for kind in RunKind:
    engine(kind)
print(*(set({HEAVY!r}) & sys.modules.keys()))
"""
    look = [sys.executable, "-c", code]
    done = subprocess.run(look, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
