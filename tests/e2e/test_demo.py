"""The demo as a person meets it: numbers that were computed now, and kept from then on."""

import json
import math
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from live_server import ROOT, live_server

WALK = (ROOT / "web" / "examples" / "walk.graphql").read_text()
WAIT_SECONDS = 300
FIGURES = ("ic", "rankIc", "annualizedReturn", "informationRatio", "maxDrawdown")


def ask(url: str) -> dict[str, Any]:
    """The answer to the walk, waited for."""
    response = httpx.post(
        f"{url}/graphql",
        json={"query": WALK},
        headers={"Prefer": f"wait={WAIT_SECONDS}"},
        timeout=WAIT_SECONDS,
    )
    answer: dict[str, Any] = response.json()
    assert "errors" not in answer, answer["errors"]
    return answer


def values(answer: dict[str, Any], name: str) -> list[Any]:
    """Everything of one name in an answer."""
    return [json.loads(text) for text in re.findall(rf'"{name}": ([^,}}]+)', json.dumps(answer))]


def test_the_walk_is_computed_once_and_kept(demo_url: str) -> None:
    first = ask(demo_url)
    again = ask(demo_url)

    for name in FIGURES:
        assert values(first, name), name
        assert all(math.isfinite(value) for value in values(first, name)), name
        assert values(again, name) == values(first, name)
    assert set(values(again, "fromCache")) == {True}


def test_the_demo_shows_its_walk_before_it_says_where_to_go(tmp_path: Path) -> None:
    with live_server(tmp_path / "home", "demo") as server:
        said = server.output.read_text()

    assert "fromCache: false" in said
    assert "fromCache: true" in said
    assert said.index("informationRatio") < said.index("Open http://")
    assert "The walk failed" not in said


@pytest.mark.parametrize("name", ["Browse", "Evaluate", "Calculate", "Lineage"])
def test_every_example_of_the_page_runs_as_it_is(demo_url: str, name: str) -> None:
    query = (ROOT / "web" / "examples" / f"{name.lower()}.graphql").read_text()

    response = httpx.post(
        f"{demo_url}/graphql",
        json={"query": query},
        headers={"Prefer": f"wait={WAIT_SECONDS}"},
        timeout=WAIT_SECONDS,
    )

    assert "errors" not in response.json(), response.json()["errors"]
