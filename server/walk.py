"""Asks the walk, from a factor over its models to their backtests, as any client would."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

from domain.errors import QatlasError
from server.tables import table

WALK = Path(__file__).parents[1] / "web" / "examples" / "walk.graphql"
_LONGEST_SECONDS = 600


class WalkError(QatlasError):
    """The walk has no answer."""

    code = "WALK"


@dataclass(frozen=True, slots=True)
class Walked:
    """One answer to the walk, and how long it took."""

    data: dict[str, Any]
    seconds: float

    @property
    def numbers(self) -> str:
        """Every number of the answer, and where it stands."""
        rows = [
            (" ".join(path), f"{value:.4f}" if isinstance(value, float) else str(value))
            for path, value in leaves(self.data)
            if path[-1] != "computeSeconds" and type(value) in (int, float)
        ]
        return table(("walked to", "number"), rows)

    @property
    def timing(self) -> str:
        """How long it took, and what was kept from before."""
        kept = [bool(value) for path, value in leaves(self.data) if path[-1] == "fromCache"]
        return f"{self.seconds:.2f} s, fromCache: {str(all(kept)).lower()}"


def read_walk() -> str:
    """The walk query, the same that the page opens with."""
    return WALK.read_text()


def walk(address: str, query: str) -> Walked:
    """Ask until everything is computed.

    Raises:
        WalkError: The server gives no answer, or one with errors, or it takes over ten minutes.
    """
    begun = time.monotonic()
    while True:
        answer = _ask(f"{address}/graphql", query)
        seconds = time.monotonic() - begun
        errors = answer.get("errors", [])
        if not errors:
            return Walked(answer["data"], seconds)
        codes = {error.get("extensions", {}).get("code") for error in errors}
        if codes != {"COMPUTING"} or seconds > _LONGEST_SECONDS:
            raise WalkError(str(errors[0]["message"]))


def leaves(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every leaf of an answer; the members of lists go by their names where they have one."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, path if key == "nodes" else (*path, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            name = inner.get("name", place) if isinstance(inner, dict) else place
            yield from leaves(inner, (*path, str(name)))
    else:
        yield path, value


def _ask(url: str, query: str) -> dict[str, Any]:
    headers = {"Content-Type": "application/json", "Prefer": f"wait={_LONGEST_SECONDS}"}
    request = Request(url, json.dumps({"query": query}).encode(), headers)
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=_LONGEST_SECONDS) as response:
            answer: dict[str, Any] = json.load(response)
    except HTTPError as error:
        raise WalkError(f"The server answers {error.code}: {error.read().decode()}") from None
    except (URLError, OSError) as error:
        raise WalkError(f"The server at {url} does not answer ({error}).") from None
    return answer
