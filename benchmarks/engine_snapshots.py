"""A new version of a market: values computed anew, beside those of before taken over.

What is the same in both versions could be copied from the panels of before, and only the rest be
computed. How much of an answer's time that would save is what these figures tell.
"""

import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from bars.directory import MarketDirectory
from benchmarks.engine_core import fields_of, plan_of, wall_seconds
from benchmarks.engine_stock import Panels
from benchmarks.figures import Figure, median
from benchmarks.server import Server, folder_with, running
from catalog.artifacts import LocalArtifacts
from compute.engine.market_panels import MarketPanels
from compute.engine.panel_evaluation import FieldPanel, panels_of
from compute.engine.plan import Plan
from compute.engine.spans import Spans
from compute.qlib_factor_sets import alpha158

ROUNDS = 5
_EACH = 4
"""Of the factors of Alpha158, one in so many."""
_MEMBER = "sh600000"
_ASKED = (5, 10, 20, 30, 60)
_LEFT_ALONE_SECONDS = 15
_CORES = 2

Fields = Mapping[str, FieldPanel]


def figures(directory: Path) -> Iterator[Figure]:
    """Both ways side by side, and how long an answer takes of which this is a part."""
    with TemporaryDirectory(prefix="qatlas-bench-") as name:
        yield _beside_taking_over(MarketPanels(MarketDirectory.open(directory), Path(name)))
    with TemporaryDirectory(prefix="qatlas-bench-") as name:
        yield _asked_again(directory, Path(name))


def _beside_taking_over(market: MarketPanels) -> Figure:
    """Panels of which one instrument has another last close than before."""
    texts = [text for _, text in alpha158()][::_EACH]
    planned = plan_of(texts)
    before = fields_of(planned, market, market.symbols)
    store = LocalArtifacts(market.folder / "artifacts")
    kept = [store.put_array(panel.values) for panel in panels_of(planned, before)]
    now, changed = _corrected(before)
    anew = partial(_anew, planned, now)
    take_over = partial(_taken_over, planned, _only(now, changed), changed, kept, store)
    for ours, theirs in zip(anew(), take_over(), strict=True):
        assert ours.tobytes() == theirs.tobytes()
    pairs = [(wall_seconds(anew), wall_seconds(take_over)) for _ in range(ROUNDS)]
    seconds, peer = (median(times) for times in zip(*pairs, strict=True))
    keeping = wall_seconds(lambda: [store.put_array(panel + np.float32(1)) for panel in anew()])
    days, instruments = now["close"].values.shape
    return Figure(
        f"{len(texts)} panels of {instruments} instruments x {days} days, one of which changed",
        "s",
        seconds,
        peer=peer,
        peer_name="all but one taken over from kept panels",
        note=f"on the clock, {_CORES} cores, median of {ROUNDS} in turn, in memory; kept panels "
        "are verified, as nothing may be copied for good that a disk has changed; all bytes "
        f"equal; computing and then keeping them takes {keeping:.2g} s",
    )


def _corrected(fields: Fields) -> tuple[Fields, int]:
    """The fields with another last close of one instrument, and which that is."""
    close = fields["close"]
    instrument = int(np.argmax(close.spans.stop - close.spans.first))
    values = close.values.copy()
    values[close.spans.stop[instrument] - 1, instrument] *= np.float32(1.01)
    return {**fields, "close": FieldPanel(values, close.spans)}, instrument


def _only(fields: Fields, instrument: int) -> Fields:
    one = slice(instrument, instrument + 1)
    return {
        name: FieldPanel(
            np.ascontiguousarray(panel.values[:, one]),
            Spans(panel.spans.first[one], panel.spans.stop[one]),
        )
        for name, panel in fields.items()
    }


def _anew(planned: Plan, fields: Fields) -> list[Panels]:
    return [panel.values for panel in panels_of(planned, fields, threads=_CORES)]


def _taken_over(
    planned: Plan, fields: Fields, instrument: int, kept: Sequence[str], store: LocalArtifacts
) -> list[Panels]:
    """The kept panels with one instrument computed, over its own fields."""

    def taken(digest: str, column: Panels) -> Panels:
        panel = np.array(store.open_array(digest, verified=True))
        panel[:, instrument] = column[:, 0]
        return panel

    with ThreadPoolExecutor(_CORES) as threads:
        return list(threads.map(taken, kept, _anew(planned, fields)))


def _asked_again(directory: Path, folder: Path) -> Figure:
    """Factors on a second version of a market, in which one instrument changed."""
    first, second = folder / "first", folder / "second"
    for copy in (first, second):
        shutil.copytree(directory, copy)
    _correct(second)
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


def _correct(version: Path) -> None:
    """Change the last close of a member."""
    path = version / "features" / _MEMBER / "close.day.bin"
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
