"""A new version of a market: values taken over from the one before, beside all computed anew."""

import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from bars.directory import MarketDirectory
from bars.stamp import stamp
from benchmarks.figures import Figure, median
from benchmarks.server import Server, folder_with, running
from catalog.artifacts import LocalArtifacts
from compute.open_market import open_panels
from compute.panels import compute_panels
from compute.progress import unheard
from compute.qlib_factor_sets import alpha158
from compute.versions import engine
from domain.expression import parse
from domain.runs import RunKind
from domain.work import Bars, PanelsWork

ROUNDS = 6
_EACH = 4
"""Of the factors of Alpha158, one in so many."""
_LEFT_TO_QLIB = "Log(Gt($close,$open))"
_MEMBER = "sh600000"
_ASKED = (5, 10, 20, 30, 60)
_LEFT_ALONE_SECONDS = 15


def figures(directory: Path) -> Iterator[Figure]:
    """Both ways side by side, and how long an answer takes of which this is a part."""
    factors = tuple(parse(text).canonical for _, text in alpha158())[::_EACH]
    everyone = sorted(path.name for path in (directory / "features").iterdir())
    for expressions, changing in (
        (factors, [_MEMBER]),
        (factors, everyone),
        ((_LEFT_TO_QLIB,), [_MEMBER]),
    ):
        with TemporaryDirectory(prefix="qatlas-bench-") as name:
            yield _beside_computing_anew(expressions, changing, directory, Path(name))
    with TemporaryDirectory(prefix="qatlas-bench-") as name:
        yield _asked_again(directory, Path(name))


def _beside_computing_anew(
    expressions: tuple[str, ...], changing: Sequence[str], directory: Path, folder: Path
) -> Figure:
    """Panels of versions in which some instruments have another last close than before."""
    market = Path(shutil.copytree(directory, folder / "0"))
    ours, theirs = LocalArtifacts(folder / "ours"), LocalArtifacts(folder / "theirs")
    seconds: list[tuple[float, float]] = []
    for version in range(ROUNDS + 1):
        market = market.rename(folder / f"{version}")
        work = _work(market, expressions)
        ways = [(work, ours), (replace(work, engine=None), theirs)]
        turns = reversed(ways) if version % 2 else ways
        (one, kept), (other, kept_too) = [_computed(*way) for way in turns]
        assert kept == kept_too
        if version:  # the first has nothing to take over
            seconds.append((other, one) if version % 2 else (one, other))
        for instrument in changing:
            _correct(market, instrument)
    took, peer = (median(times) for times in zip(*seconds, strict=True))
    all_of_them = len(work.symbols)
    return Figure(
        f"{_named(expressions)} on a new version with {len(changing)} of {all_of_them} instruments "
        "changed",
        "s",
        took,
        peer=peer,
        peer_name="all computed anew",
        note=f"median of {len(seconds)} versions, in turn, all cores; computed or "
        "taken over, hashed and written; fields read beforehand; all bytes equal",
    )


def _named(expressions: Sequence[str]) -> str:
    count = len(expressions)
    return f"panels of {count} of Alpha158" if count > 1 else f"a panel of {expressions[0]}"


def _work(market: Path, expressions: tuple[str, ...]) -> PanelsWork:
    symbols = tuple(MarketDirectory.open(market).instruments)
    bars = Bars(str(market), "cn", stamp(market))
    return PanelsWork(bars, expressions, symbols, engine=engine(RunKind.FACTOR_VALUES))


def _computed(work: PanelsWork, store: LocalArtifacts) -> tuple[float, object]:
    """How long the panels take, the fields being read, and their digests."""
    fields = {name for text in work.expressions for name in parse(text).fields}
    open_panels(work.bars, store).panels(fields, work.symbols)
    begun = time.perf_counter()
    outcome = compute_panels(work, store, unheard)
    return time.perf_counter() - begun, outcome.document["panels"]


def _asked_again(directory: Path, folder: Path) -> Figure:
    """Factors on a second version of a market, in which one instrument changed."""
    first, second = folder / "first", folder / "second"
    for copy in (first, second):
        shutil.copytree(directory, copy)
    _correct(second, _MEMBER)
    commands = [
        ["market", "adopt", "real", str(version), "--region", "cn"] for version in (first, second)
    ]
    with folder_with(["market", "sample"], *commands, ["seed"]) as home, running(home) as server:
        for days in _ASKED:
            _ask(server, days, 1)
        time.sleep(_LEFT_ALONE_SECONDS)
        _ask(server, 1, 2)  # opens the version
        seconds = [_ask(server, days, 2) for days in _ASKED]
    return Figure(
        "a factor of real instruments on a new version that changed one of them",
        "s",
        median(seconds),
        note=f"{len(seconds)} factors one after the other, median; from the question to a year of "
        "values of all members through GraphQL, panels over the whole history kept on the way",
    )


def _correct(version: Path, instrument: str) -> None:
    """Change the last close of an instrument."""
    path = version / "features" / instrument / "close.day.bin"
    values = np.fromfile(path, "<f4")
    values[-1] *= np.float32(1.01)
    values.tofile(path)


def _ask(server: Server, days: int, version: int) -> float:
    """How long it takes until a factor has values on a version."""
    begun = time.perf_counter()
    answer = server.compute(
        f'{{ calculate(expressions: ["Mean($close,{days})/$close"], universe: "real/csi300", '
        f'snapshot: "real:{version}", start: "2025-05-01") '
        "{ series { sourceCount columns { values } provenance { fromCache } } } }"
    )
    seconds = time.perf_counter() - begun
    assert not answer["calculate"][0]["series"]["provenance"]["fromCache"]
    return seconds
