"""Markets made of the files that a test writes."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from import_ground import Files, Market, make, put

Bring = Callable[..., Market]


@pytest.fixture
def bring(tmp_path: Path) -> Bring:
    """Makes a market of files, given by name; `beside` holds those that are no bars."""
    numbers = count()

    def brought(files: Files, *, beside: Files | None = None, **said: object) -> Market:
        target = tmp_path / f"market{next(numbers)}"
        folder = put(target / "files", files)
        aside = put(target / "beside", beside or {})
        for name in ("calendar", "descriptions", "benchmark_file"):
            if name in said:
                said[name] = aside / str(said[name])
        if "universes" in said:
            said["universes"] = {one: aside / file for one, file in said["universes"].items()}
        return make(target, [folder], **said)

    return brought
