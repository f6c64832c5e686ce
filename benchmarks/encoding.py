"""A long series, from arrays to bytes: columns as leaves beside lists of floats."""

import asyncio
import json
import time
from collections.abc import Iterator

import numpy as np
import orjson
import strawberry
from strawberry.schema.config import StrawberryConfig

from benchmarks.figures import Figure, median
from schema.scalars import SCALARS, FloatColumn

ROWS = 100_000
COLUMNS = 2
ROUNDS = 7
_VALUES = np.random.default_rng(7).normal(size=(ROWS, COLUMNS))
_QUERY = "{ " + " ".join(f"c{place}: column(place: {place})" for place in range(COLUMNS)) + " }"


@strawberry.type
class Columns:
    """Ours: a column is one leaf."""

    @strawberry.field
    def column(self, place: int) -> FloatColumn:
        """One column."""
        return FloatColumn(_VALUES[:, place])


@strawberry.type
class Lists:
    """The peer: a column is a list, as GraphQL has it."""

    @strawberry.field
    def column(self, place: int) -> list[float]:
        """One column."""
        return _VALUES[:, place].tolist()  # type: ignore[no-any-return]


def figures() -> Iterator[Figure]:
    """Execute and encode the same numbers both ways."""
    ours = strawberry.Schema(Columns, config=StrawberryConfig(scalar_map=SCALARS))
    peer = strawberry.Schema(Lists)
    assert json.loads(_ours(ours)) == json.loads(_peer(peer))
    ours_ms, peer_ms = [], []
    for _ in range(ROUNDS):
        ours_ms.append(_milliseconds(lambda: _ours(ours)))
        peer_ms.append(_milliseconds(lambda: _peer(peer)))
    yield Figure(
        f"{ROWS:,} x {COLUMNS} series, execute and encode",
        "ms",
        median(ours_ms),
        15,
        median(peer_ms),
        "[Float!] and json",
        f"median of {ROUNDS}, in process",
    )


def _ours(schema: strawberry.Schema) -> bytes:
    answer = asyncio.run(schema.execute(_QUERY))
    return orjson.dumps(answer.data, option=orjson.OPT_SERIALIZE_NUMPY)


def _peer(schema: strawberry.Schema) -> bytes:
    return json.dumps(asyncio.run(schema.execute(_QUERY)).data).encode()


def _milliseconds(work) -> float:  # type: ignore[no-untyped-def]
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1e3
