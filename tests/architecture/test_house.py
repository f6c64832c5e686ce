"""The house stands as it was drawn."""

import importlib
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("server", "schema", "resolvers", "catalog", "compute", "bars", "domain")
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}


@pytest.mark.parametrize("package", PACKAGES)
def test_each_package_is_the_one_of_this_repository(package: str) -> None:
    file = importlib.import_module(package).__file__

    assert file is not None
    assert Path(file).parent == ROOT / package


def test_no_distribution_ships_one_of_our_names() -> None:
    """What is installed as a folder or module of such a name would hide ours, or be hidden."""
    installed = Path(sysconfig.get_path("purelib")), Path(sysconfig.get_path("platlib"))

    shipped = [
        place / file
        for place in installed
        for name in PACKAGES
        for file in (name, f"{name}.py")
        if (place / file).exists()
    ]

    assert shipped == []


def test_modules_are_nouns_of_the_field() -> None:
    modules = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]

    assert [path for path in modules if path.stem in VAGUE] == []


def test_migrations_are_no_package() -> None:
    assert list((ROOT / "alembic").rglob("__init__.py")) == []
