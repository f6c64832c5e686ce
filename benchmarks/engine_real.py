"""Shares of CSI 300: Alpha158 beside stock Qlib and through a real server, and random expressions.

`QATLAS_TEST_DATA` names the data directory, and `QATLAS_BENCH_ALL` has Qlib compute every
instrument, and a thousand random expressions, not only some.
"""

import os
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bars.directory import MarketDirectory
from benchmarks import engine_snapshots
from benchmarks.engine_core import (
    CLOCK,
    compute_and_drop,
    cpu_seconds,
    fields_of,
    our_panels,
    plan_of,
    plannable,
    wall_seconds,
)
from benchmarks.engine_stock import (
    MOST_DIFFERENT,
    Equality,
    require_equal,
    standing,
    stock_frame,
    stock_panels,
)
from benchmarks.figures import Figure, median
from benchmarks.random_texts import random_texts
from benchmarks.server import Server, folder_with, running
from compute.engine.market_panels import MarketPanels
from compute.qlib_factor_sets import alpha158

FOLDER = "cn_csi300_qlib_ready"
SOME = 150
ROUNDS = 3
_AT_ONCE = 30
"""Instruments that Qlib is asked for at a time, for the sake of memory."""
_LEFT_ALONE_SECONDS = 15
FEW_TEXTS, FEW_SHARES = 100, 10
MANY_TEXTS, MANY_SHARES = 1_000, 40

_MATRIX = """{ factorSet(name: "Alpha158") {
  matrix(universe: "real/csi300", start: "2010-01-04", end: "2020-12-31") { rows } } }"""
_TRIVIAL = '{{ factor(name: "{name}") {{ values(instruments: ["IBM"]) {{ dates }} }} }}'


def figures() -> Iterator[Figure]:
    """Equality on real shares and our time for all of them, then the same through GraphQL."""
    directory = real_directory()
    if directory is None:
        print(f"No figures of real shares: QATLAS_TEST_DATA names no {FOLDER}.", flush=True)
        return
    with TemporaryDirectory(prefix="qatlas-bench-") as name:
        market = MarketPanels(MarketDirectory.open(directory), Path(name) / "panels")
        texts = [text for _, text in alpha158()]
        with standing(directory, Path(name), "cn"):
            yield _equality(market, texts)
            yield random_equality(market)
        yield _all(market, texts)
    yield from _through_graphql(directory)
    yield from engine_snapshots.figures(directory)


def real_directory() -> Path | None:
    """The directory of real shares, if there is one."""
    if not (named := os.environ.get("QATLAS_TEST_DATA")):
        return None
    places = (Path(named), Path(named) / FOLDER)
    return next((place.resolve() for place in places if (place / "calendars").is_dir()), None)


def _spread(market: MarketPanels, count: int) -> list[str]:
    """So many of a market's instruments, from its first on."""
    every = market.symbols
    count = min(count, len(every))
    return [every[place * len(every) // count] for place in range(count)]


def _equality(market: MarketPanels, texts: Sequence[str]) -> Figure:
    """How many cells have Qlib's bits, over the full calendar."""
    every = market.symbols
    symbols = _spread(market, len(every) if os.environ.get("QATLAS_BENCH_ALL") else SOME)
    planned, found = plan_of(texts), Equality()
    for at in range(0, len(symbols), _AT_ONCE):
        some = symbols[at : at + _AT_ONCE]
        ours = our_panels(planned, fields_of(planned, market, some))
        frame = stock_frame(some, texts)
        found += require_equal(ours, stock_panels(frame, some, market.directory.calendar))
        print(f"{at + len(some)} of {len(symbols)} instruments: {found}", flush=True)
    return Figure(
        f"Alpha158 of {len(symbols)} real instruments against Qlib",
        "share of cells not bit-equal",
        found.share,
        MOST_DIFFERENT,
        note=f"of {len(every)}, all {len(market.directory.calendar)} days; NaN masks and "
        f"infinities equal; {found}",
    )


def random_equality(market: MarketPanels) -> Figure:
    """How many cells of expressions drawn at random have Qlib's bits, over the full calendar."""
    is_all = bool(os.environ.get("QATLAS_BENCH_ALL"))
    symbols = _spread(market, MANY_SHARES if is_all else FEW_SHARES)
    texts = random_texts(MANY_TEXTS if is_all else FEW_TEXTS)
    computed, found = plannable(texts), Equality()
    for at in range(0, len(computed), _AT_ONCE):
        some = computed[at : at + _AT_ONCE]
        planned = plan_of(some)
        ours = our_panels(planned, fields_of(planned, market, symbols))
        frame = stock_frame(symbols, some)
        found += require_equal(ours, stock_panels(frame, symbols, market.directory.calendar))
        print(f"{at + len(some)} of {len(computed)} expressions: {found}", flush=True)
    left = len(texts) - len(computed)
    return Figure(
        f"{len(computed)} random expressions on {len(symbols)} real instruments against Qlib",
        "share of cells not bit-equal",
        found.share,
        MOST_DIFFERENT,
        note=f"all {len(market.directory.calendar)} days; NaN masks and infinities equal; {found}"
        + (f"; {left} more are left to Qlib itself" if left else ""),
    )


def _all(market: MarketPanels, texts: Sequence[str]) -> Figure:
    """What all of it costs us."""
    planned = plan_of(texts)
    fields = fields_of(planned, market, market.symbols)
    alone = partial(compute_and_drop, planned, fields, 1)
    together = partial(compute_and_drop, planned, fields, None)
    alone()
    seconds = median([cpu_seconds(alone) for _ in range(ROUNDS)])
    wall = median([wall_seconds(together) for _ in range(ROUNDS)])
    days, instruments = fields["close"].values.shape
    return Figure(
        f"Alpha158 of {instruments} real instruments x {days} days, one core",
        "s",
        seconds,
        note=f"{CLOCK}, median of {ROUNDS}, nothing kept; {wall:.3g} s on the clock with all cores",
    )


def _warm(server: Server) -> None:
    """Have workers start, and leave them alone until they have loaded what they may need."""
    server.compute(_TRIVIAL.format(name="ROC5"))
    time.sleep(_LEFT_ALONE_SECONDS)


def _through_graphql(directory: Path) -> Iterator[Figure]:
    """From asking for a factor set that nobody computed to the answer that it is stored."""
    adopt = ["market", "adopt", "real", str(directory), "--region", "cn"]
    seconds, peaks = [], []
    for _ in range(ROUNDS):
        with folder_with(["market", "sample"], adopt, ["seed"]) as home, running(home) as server:
            _warm(server)
            begun = time.perf_counter()
            rows = server.compute(_MATRIX)["factorSet"]["matrix"]["rows"]
            seconds.append(time.perf_counter() - begun)
            peaks.append(server.peak_worker_megabytes())
            assert rows > 0
    megabytes = rows * len(alpha158()) * 4 / 1e6
    each = ", ".join(f"{one:.2f}" for one in seconds)
    yield Figure(
        "Alpha158 on CSI 300, 2010 to 2020, through GraphQL",
        "s",
        median(seconds),
        3,
        note=f"{rows:,} rows, {megabytes:.0f} MB, stored; median of {each}, each of a new server "
        f"that computed one factor of the sample market {_LEFT_ALONE_SECONDS} s before, and has "
        "read nothing of this one",
    )
    yield Figure(
        "peak memory of a worker that did so",
        "MB",
        max(peaks),
        3000,
        note=f"resident, files mapped into memory counted; the most of {ROUNDS}",
    )
