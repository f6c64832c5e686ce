"""The lock fits what the project asks for, and gives nothing away."""

import re
import tomllib
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text()
PINNED = re.compile(r"^([a-z0-9.-]+)==(\S+)(?: ; (.*?))?(?= \\$)", re.MULTILINE)
PYTHONS = ("3.11", "3.12")


def asked() -> list[Requirement]:
    """What the project and its tests ask for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    texts = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    return [Requirement(text) for text in texts]


def pinned(python: str) -> dict[str, Version]:
    """What the lock installs here, on one Python."""
    here = default_environment() | {"python_version": python, "python_full_version": f"{python}.0"}
    found = {}
    for name, version, marker in PINNED.findall(LOCK):
        line = Requirement(f"{name}=={version}" + (f"; {marker}" if marker else ""))
        if line.marker is None or line.marker.evaluate({**here}):
            found[name] = Version(version)
    return found


def test_every_dependency_is_locked_at_a_version_that_fits() -> None:
    for python in PYTHONS:
        versions = pinned(python)
        for requirement in asked():
            name = canonicalize_name(requirement.name)
            assert name in versions, f"{name} is not locked for Python {python}"
            assert versions[name] in requirement.specifier, requirement


def test_every_locked_distribution_has_hashes() -> None:
    blocks = re.split(r"\n(?=\S)", LOCK.strip())

    assert blocks
    assert [block for block in blocks if "--hash=sha256:" not in block] == []


def test_the_locks_hold_no_address() -> None:
    assert "://" not in LOCK
    assert '"resolved"' not in (ROOT / "web" / "package-lock.json").read_text()
