"""The guide from a vendor's files to the first factor is walked, and says what one sees."""

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

import httpx
import numpy as np
import pytest
from daily_files import made_up, write
from live_server import ROOT, live_server

GUIDE = ROOT / "docs" / "data.md"
ARCHIVE = ROOT.parent / "shared" / "data" / "us_stocknet88.tar.xz"
BLOCK = re.compile(r"^```(console|graphql|json)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
VARYING = (
    (r"[\d.]+ s\b", "# s"),
    (r"[\d,]+ a second", "# a second"),
    (r"[\d,.]+ MB of memory", "# MB of memory"),
    (r"\S*/markets/", "…/markets/"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?( UTC)?", "####-##-## ##:##"),
    (r"[ ]{2,}", "  "),
    (r"-{3,}", "---"),
)
"""What differs from run to run, and what stands for it."""


@dataclass(frozen=True)
class Walk:
    """What was seen on the way: for each block of the guide, what it says and what came."""

    said: list[str]
    came: list[str]


def blocks() -> list[tuple[str, str]]:
    """The blocks of the guide's first part, in order."""
    walked = GUIDE.read_text().partition("<!-- walked -->")[2].partition("\n## ")[0]
    return BLOCK.findall(walked)


def run(command: str, folder: Path) -> str:
    """What a command prints, its progress left out."""
    environment = {
        **os.environ,
        "QATLAS_HOME": str(folder / "home"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def ask(query: str, folder: Path) -> str:
    """What a server over the folder answers to a query."""
    with live_server(folder / "home", "serve") as server:
        headers = {"Prefer": "wait=300"}
        body = {"query": query}
        answer = httpx.post(f"{server.url}/graphql", json=body, headers=headers, timeout=320)
    return json.dumps(answer.json(), indent=2)


def walk(folder: Path) -> Walk:
    """Do what the guide says, one thing after the other."""
    said, came = [], []
    for kind, text in blocks():
        if kind == "console":
            command, _, output = text.partition("\n")
            said.append(output)
            came.append(run(command.removeprefix("$ "), folder))
        elif kind == "graphql":
            came.append(ask(text, folder))
        else:
            said.append(text)
    return Walk(said, came)


def plain(text: str) -> list[str]:
    """Lines without what differs from run to run."""
    for pattern, stands in VARYING:
        text = re.sub(pattern, stands, text)
    return [line.rstrip() for line in text.strip().splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the S&P 500, which a package of the tests carries."""
    carried = distribution("arch").locate_file("arch/data/sp500/sp500.csv.gz")
    shutil.copy(str(carried), tmp_path / "sp500.csv.gz")
    return tmp_path


@pytest.fixture
def stocknet(folder: Path) -> Iterator[Path]:
    """The same folder with 88 US shares."""
    given = os.environ.get("QATLAS_TEST_STOCKNET")
    if given:
        (folder / "us_stocknet88").symlink_to(given)
    elif ARCHIVE.is_file():
        with tarfile.open(ARCHIVE) as archive:
            archive.extractall(folder, filter="data")
    else:
        pytest.skip("no US shares: set QATLAS_TEST_STOCKNET to their folder")
    return folder


def test_the_guide_says_what_one_sees(stocknet: Path) -> None:
    seen = walk(stocknet)

    *said, numbers = seen.said
    *came, answer = seen.came
    assert len(said) == len(came) == 4
    for expected, found in zip(said, came, strict=True):
        assert plain(found) == plain(expected)
    expected, found = flat(json.loads(numbers)), flat(json.loads(answer))
    assert found.keys() == expected.keys()
    for place, value in expected.items():
        is_number = isinstance(value, float)
        assert found[place] == (pytest.approx(value, rel=1e-6) if is_number else value)


def flat(value: object, place: str = "") -> dict[str, object]:
    """The leaves of a document by where they stand."""
    if isinstance(value, dict):
        parts = [flat(part, f"{place}.{name}") for name, part in value.items()]
    elif isinstance(value, list):
        parts = [flat(part, f"{place}.{number}") for number, part in enumerate(value)]
    else:
        return {place: value}
    return {name: leaf for part in parts for name, leaf in part.items()}


def test_the_guide_can_be_walked_with_any_folder_of_that_form(folder: Path) -> None:
    days = np.arange("2013-01-01", "2014-12-31", dtype="datetime64[D]")
    symbols = [f"M{number}" for number in range(10)]
    lines = made_up(symbols, [str(day) for day in days if np.is_busday(day)])
    write(folder / "us_stocknet88" / "price" / "raw", lines)
    table = "".join(f"Sector {name[1]}\t${name}\tCompany {name}\n" for name in symbols)
    (folder / "us_stocknet88" / "StockTable").write_text(f"Sector\tSymbol\tCompany\n{table}")

    seen = walk(folder)

    assert "us88:1 is registered, with the universes all." in seen.came[1]
    assert "us88:1 holds the same data already" in seen.came[2]
    evaluation = json.loads(seen.came[-1])["data"]["createFactor"]["evaluation"]
    assert evaluation["days"] > 400
    assert all(isinstance(evaluation[name], float) for name in ("ic", "icir", "rankIc"))
