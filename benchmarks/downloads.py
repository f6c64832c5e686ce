"""A large matrix fetched over HTTP, and what the web process holds of it meanwhile."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow.parquet as parquet

from bars.universes import Span
from bars.writing import write_market
from benchmarks.figures import Figure
from benchmarks.server import Server, folder_with, running

INSTRUMENTS, DAYS, FACTORS = 500, 1200, 90
SAMPLE_SECONDS = 0.005

_FACTOR = """mutation { createFactor(input: { name: "%s", expression: "%s" }) {
  __typename ... on Problem { message } } }"""
_FACTOR_SET = """mutation { createFactorSet(input: { name: "wide", factors: [%s] }) {
  __typename ... on Problem { message } } }"""
_MATRIX = '{ factorSet(name: "wide") { matrix { rows downloadUrl } } }'


def figures() -> Iterator[Figure]:
    """Compute a matrix of about 200 MB, fetch it twice, and watch the web process."""
    with TemporaryDirectory(prefix="qatlas-bench-market-") as place:
        market = _market(Path(place) / "market")
        adopt = ["market", "adopt", "synthetic", str(market), "--region", "us"]
        with folder_with(adopt) as folder, running(folder) as server:
            _define(server)
            matrix = server.compute(_MATRIX)["factorSet"]["matrix"]
            yield from _fetching(server, matrix["downloadUrl"], matrix["rows"], Path(place))


@dataclass(slots=True)
class _Watch:
    """The memory of the web process, sampled."""

    before: float
    samples: list[float] = field(default_factory=list)

    @property
    def peak(self) -> float:
        return max(self.samples)


def _fetching(server: Server, url: str, rows: int, folder: Path) -> Iterator[Figure]:
    target = folder / "matrix.parquet"
    with _watching(server) as watch:
        written = _fetch(server, url, target)
        seconds = _fetch(server, url, target)
    megabytes = target.stat().st_size / 1e6
    assert parquet.read_metadata(target).num_rows == rows == INSTRUMENTS * DAYS
    how = f"{megabytes:.0f} MB of Parquet fetched twice, {len(watch.samples)} samples"
    yield Figure(
        "growth of the web process while a matrix is downloaded",
        "MB",
        watch.peak - watch.before,
        100,
        note=f"{how}; the target is on growth, since the process has {watch.before:.0f} MB before",
    )
    yield Figure(
        "peak resident memory of the web process while a matrix is downloaded",
        "MB",
        watch.peak,
        note=how,
    )
    yield Figure(
        "rate of a download",
        "MB/s",
        megabytes / seconds,
        note=f"more is better; loopback. The first took {written:.1f} s, a worker writing the file",
    )


def _fetch(server: Server, url: str, target: Path) -> float:
    """Fetch a file in pieces and return the seconds it took."""
    begun = time.perf_counter()
    with server.client.stream("GET", url) as response, target.open("wb") as file:
        response.raise_for_status()
        for chunk in response.iter_raw(1 << 20):
            file.write(chunk)
    assert target.stat().st_size == int(response.headers["content-length"])
    return time.perf_counter() - begun


@contextmanager
def _watching(server: Server) -> Iterator[_Watch]:
    """Sample the memory of a server for as long as the block goes on."""
    watch, is_over = _Watch(server.resident_megabytes()), threading.Event()

    def sample() -> None:
        while not is_over.wait(SAMPLE_SECONDS):
            watch.samples.append(server.resident_megabytes())

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield watch
    finally:
        is_over.set()
        thread.join()


def _define(server: Server) -> None:
    """As many factors as it takes, all cheap, and the set of them."""
    lags = range(1, FACTORS // 2 + 1)
    factors = {f"lag{lag}": f"Ref($close,{lag})/$close" for lag in lags}
    factors |= {f"mean{lag}": f"Mean($close,{lag})/$close" for lag in lags}
    for name, expression in factors.items():
        _change(server, _FACTOR % (name, expression))
    _change(server, _FACTOR_SET % ", ".join(f'"{name}"' for name in factors))


def _change(server: Server, mutation: str) -> None:
    [made] = server.ask(mutation)["data"].values()
    if "message" in made:
        raise RuntimeError(f"{made['message']} ({mutation})")


def _market(target: Path) -> Path:
    """Shares that wander, as a Qlib data directory."""
    days = np.busday_offset(np.datetime64("2015-01-01"), np.arange(DAYS), roll="forward")
    numbers = np.random.default_rng(7)
    symbols = [f"S{number:04d}" for number in range(INSTRUMENTS)]
    always = (Span(date(2015, 1, 1)),)
    bars = {symbol: _bars(numbers) for symbol in symbols}
    write_market(target, days, bars, {"all": dict.fromkeys(symbols, always)})
    return target


def _bars(numbers: np.random.Generator) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    close = 50 * np.cumprod(1 + numbers.normal(0.0003, 0.01, DAYS))
    return {
        "open": close * 1.001,
        "high": close * 1.01,
        "low": close * 0.99,
        "close": close,
        "vwap": close,
        "volume": np.round(numbers.uniform(1e5, 1e6, DAYS)),
        "factor": np.ones(DAYS),
        "change": np.append(np.nan, close[1:] / close[:-1] - 1),
    }
