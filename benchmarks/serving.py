"""The server as its clients feel it: starting, warm answers, and answers while it computes."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, median, percentile
from benchmarks.server import Server, home, running

WARM_ASKINGS = 100
ACCOUNTS = 9
BACKTESTS_OF_A_MODEL = 10
MODELS = 9

_MODEL = """mutation { createModel(input: {
  name: "%s", kind: LIGHTGBM, factorSet: "alpha20", universe: "sample/us5",
  parameters: {num_boost_round: 20, early_stopping_rounds: 10}
  segments: { train: {start: "2005-01-03", end: "2009-12-31"},
    valid: {start: "2010-01-04", end: "2010-12-31"},
    test: {start: "2011-01-03", end: "2012-12-31"} }
}) { __typename ... on Problem { message } } }"""

_BACKTEST = """mutation { createBacktest(input: {
  name: "%s", signal: "model/%s", account: %d, strategy: {topk: 2, nDrop: 1}
  period: {start: "2011-01-04", end: "2011-06-30"}
}) { __typename ... on Problem { message } } }"""

_WALK = """{ factor(name: "RESI5") { name models(first: 9) { nodes { name kind
  backtests(first: 10) { nodes { name period { start end }
    risk { sharpe excessReturnWithCost { annualizedReturn informationRatio maxDrawdown } }
  } } } } } }"""

_SERIES = """{ factor(name: "ROC20") { values(instruments: ["IBM"], start: "2005-03-01") {
  dates columns { name values } sourceCount provenance { fromCache } } } }"""

_TRIVIAL = "{ viewer { name } }"

_SLOW = """{ calculate(expressions: [%s], universe: "sample/us5") { id } }"""


def figures() -> Iterator[Figure]:
    """Start a server, fill it, and measure."""
    with home() as folder:
        yield from _starting(folder)
        with running(folder) as server:
            yield from _walking(server)
            yield from _series(server)
            yield from _busy(server)


def _starting(folder: Path) -> Iterator[Figure]:
    starts, sizes = [], []
    for _ in range(5):
        with running(folder) as server:
            starts.append(server.first_answer_seconds)
            sizes.append(server.resident_megabytes())
    yield Figure("server start to first answer", "s", median(starts), 2.0, note="median of 5")
    yield Figure(
        "resident memory before the first computation", "MB", median(sizes), 150, note="median of 5"
    )


def _walking(server: Server) -> Iterator[Figure]:
    for model in range(MODELS):
        _define(server, _MODEL % f"bench-{model}")
        for place in range(BACKTESTS_OF_A_MODEL):
            account = 1_000_000 + 1000 * (place % ACCOUNTS)
            name = f"bench-{model}-{place}"
            _define(server, _BACKTEST % (name, f"bench-{model}", account))
    answer = server.compute(_WALK)
    models = answer["factor"]["models"]["nodes"]
    entities = 1 + len(models) + sum(len(model["backtests"]["nodes"]) for model in models)
    assert entities == 1 + MODELS + MODELS * BACKTESTS_OF_A_MODEL, entities
    assert all(b["risk"]["sharpe"] for m in models for b in m["backtests"]["nodes"])
    samples = _timed(lambda: server.ask(_WALK))
    note = f"{entities} entities with risk, over HTTP on loopback, client's clock"
    yield Figure(
        "warm walk factor to models to backtests, p50", "ms", median(samples), 15, note=note
    )


def _series(server: Server) -> Iterator[Figure]:
    series = server.compute(_SERIES)["factor"]["values"]
    assert len(series["dates"]) == len(series["columns"][0]["values"]) == series["sourceCount"]
    samples = _timed(lambda: server.ask(_SERIES))
    note = f"{series['sourceCount']} points, over HTTP on loopback, client's clock"
    yield Figure("warm factor values of 2,000 points, p50", "ms", median(samples), 3, note=note)


def _busy(server: Server) -> Iterator[Figure]:
    """Ask for little while workers compute much."""
    windows = range(200, 215)
    expressions = ", ".join(
        f'"Quantile(Corr($close/Ref($close,{n}), Log($volume+1), {n}), {n}, 0.8)"' for n in windows
    )
    slow = threading.Thread(target=server.ask, args=(_SLOW % expressions,))
    samples: list[float] = []
    slow.start()
    while slow.is_alive() or len(samples) < WARM_ASKINGS:
        begun = time.perf_counter()
        answer = server.ask(_TRIVIAL)
        samples.append((time.perf_counter() - begun) * 1e3)
        assert answer["data"]["viewer"]["name"]
        time.sleep(0.02)
    slow.join()
    note = f"{len(samples)} askings while {len(windows)} expressions are computed"
    yield Figure(
        "a trivial query while workers compute, p99", "ms", percentile(samples, 0.99), 50, note=note
    )


def _define(server: Server, mutation: str) -> None:
    answer = server.ask(mutation)
    made = next(iter(answer["data"].values()))
    if "message" in made:
        raise RuntimeError(f"{made['message']} ({mutation})")


def _timed(ask: Callable[[], dict[str, Any]]) -> list[float]:
    samples = []
    for _ in range(WARM_ASKINGS):
        begun = time.perf_counter()
        answer = ask()
        samples.append((time.perf_counter() - begun) * 1e3)
        assert "errors" not in answer, answer["errors"]
    return samples
