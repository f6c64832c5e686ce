"""Alpha158 by other engines, one thread each, on the same instruments as ours.

They are no dependency: where one is not installed, its figure is left out.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt

from bars.directory import MarketDirectory
from benchmarks.engine_core import CLOCK, compute_into, cpu_seconds, fields_of, plan_of
from benchmarks.engine_stock import Panels
from benchmarks.figures import Figure, median
from compute.engine.market_panels import MarketPanels
from compute.engine.spans import Spans
from compute.qlib_factor_sets import alpha158

FASTER = 4
ROUNDS = 3
CLOSE_ENOUGH, NEAR_ZERO = 1e-4, 1e-6
"""By how much, relative and absolute, another engine's value may be off to count as Qlib's."""
_FIELDS = ("open", "high", "low", "close", "volume", "vwap")
_ONE_THREAD = ("POLARS_MAX_THREADS", "RAYON_NUM_THREADS", "OMP_NUM_THREADS")

Columns = Mapping[str, npt.NDArray[np.float64]]
"""Fields by name, shape (days, instruments)."""


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """What an engine is made ready for; `folder` lasts as long as that takes."""

    columns: Columns
    spans: Spans
    names: Sequence[str]
    folder: Path


@dataclass(frozen=True, slots=True)
class Prepared:
    """Another engine, ready to compute: its input is laid out and its code compiled."""

    run: Callable[[], Any]
    panels: Callable[[Any], npt.NDArray[np.float64]]
    """From what `run` gives to values by factor, day and instrument."""
    how: str


def figures(directory: Path, symbols: Sequence[str]) -> Iterator[Figure]:
    """Each engine that is installed beside ours, in a process of its own with one thread."""
    for package, (module, version, _) in _ENGINES.items():
        if find_spec(module) is None:
            print(f"{package} is not measured: pip install {package}=={version}", flush=True)
            continue
        if module == "KunQuant" and which("g++") is None:
            print(
                f"{package} is not measured: it compiles with g++, which is not there", flush=True
            )
            continue
        with (
            _environment(dict.fromkeys(_ONE_THREAD, "1")),
            ProcessPoolExecutor(1, get_context("spawn")) as process,
        ):
            yield process.submit(_measure, package, directory, tuple(symbols)).result()


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Variables for the processes that begin meanwhile."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _measure(package: str, directory: Path, symbols: Sequence[str]) -> Figure:
    _, version, prepare = _ENGINES[package]
    names, texts = zip(*alpha158(), strict=True)
    with TemporaryDirectory(prefix="qatlas-bench-") as folder:
        market = MarketPanels(MarketDirectory.open(directory), Path(folder))
        planned = plan_of(texts)
        fields = fields_of(planned, market, symbols)
        columns = {name: fields[name].values.astype(np.float64) for name in _FIELDS}
        spans = fields["close"].spans
        days = len(columns["close"])
        peer = prepare(Given(columns, spans, names, Path(folder)))
    ours = np.zeros((len(texts), days, len(symbols)), dtype=np.float32)
    compute_into(ours, planned, fields)
    equal, cells = _equal_cells(ours, peer.panels(peer.run()), spans)
    work = partial(compute_into, ours, planned, fields)
    pairs = [(cpu_seconds(work), cpu_seconds(peer.run)) for _ in range(ROUNDS)]
    seconds, theirs = (median(one) for one in zip(*pairs, strict=True))
    return Figure(
        f"Alpha158 of {len(symbols)} instruments x {days} days beside {package}",
        "s",
        seconds,
        theirs / FASTER,
        theirs,
        f"{package} {version}",
        f"{CLOCK} of one thread each, median of {ROUNDS} in turn, values kept by both, "
        f"ours in float32; {peer.how}; "
        f"it has {equal / cells:.1%} of our cells, which are Qlib's, within {CLOSE_ENOUGH:g}",
    )


def _equal_cells(ours: Panels, theirs: npt.NDArray[np.float64], spans: Spans) -> tuple[int, int]:
    """How many cells of instruments' own days agree, and how many there are."""
    row = np.arange(ours.shape[1])[:, None]
    is_there = (row >= spans.first) & (row < spans.stop)
    equal = 0
    for one, other in zip(ours, theirs, strict=True):
        close = np.isclose(one, other, CLOSE_ENOUGH, NEAR_ZERO, equal_nan=True)
        equal += int(np.count_nonzero(close & is_there))
    return equal, int(np.count_nonzero(is_there)) * len(ours)


def _kunquant(given: Given) -> Prepared:
    """Compiled C++ over float64, a vector of instruments at a time."""
    cfake, driver = import_module("KunQuant.jit.cfake"), import_module("KunQuant.Driver")
    runner = import_module("KunQuant.runner.KunRunner")
    has_wide_vectors = "avx512dq" in Path("/proc/cpuinfo").read_text()
    settings = driver.KunCompilerConfig(
        dtype="double",
        blocking_len=8 if has_wide_vectors else 4,
        input_layout="TS",
        output_layout="TS",
        options={"no_fast_stat": "no_warn"},
    )
    library = cfake.compileit(
        [("alpha158", _kunquant_function(given.names), settings)],
        "alpha158",
        cfake.CppCompilerConfig(),
        tempdir=str(given.folder),
    )
    module, executor = library.getModule("alpha158"), runner.createSingleThreadExecutor()
    days, instruments = given.columns["close"].shape
    kept = np.zeros((len(given.names), days, instruments))
    outs = dict(zip(given.names, kept, strict=True))
    fields = dict(given.columns)

    def run() -> Any:
        assert library is not None  # its code is gone with it
        return runner.runGraph(executor, module, fields, 0, days, outs)

    return Prepared(run, lambda _: kept, "its own in float64, its compiling left out")


def _kunquant_function(names: Sequence[str]) -> Any:
    op, ready = import_module("KunQuant.Op"), import_module("KunQuant.predefined.Alpha158")
    builder = op.Builder()
    with builder:
        fields = {name: op.Input(name) for name in _FIELDS}
        shown = [(name.upper(), fields[name]) for name in ("open", "high", "low", "vwap")]
        bars = {name: fields[name] for name in ("open", "high", "low", "close", "volume")}
        data = ready.AllData(**bars, amount=fields["vwap"])  # of which it reads nothing here
        asked = {"kbar": {}, "price": {"windows": [0], "feature": shown}, "rolling": {}}
        factors, named = data.build(asked)
        assert sorted(named) == sorted(names)
        for factor, name in zip(factors, named, strict=True):
            op.Output(factor, name)
    return import_module("KunQuant.Stage").Function(builder.ops)


def _qweave(given: Given) -> Prepared:
    """Compiled Rust over a table of one row for each instrument and day that it has."""
    import polars

    qweave = import_module("qweave")
    days, instruments = given.columns["close"].shape
    ends = zip(given.spans.first, given.spans.stop, strict=True)
    rows = [np.arange(first, stop) for first, stop in ends]
    row = np.concatenate(rows)
    column = np.repeat(np.arange(instruments), [len(one) for one in rows])
    fields = {name: values[row, column] for name, values in given.columns.items()}
    table = polars.DataFrame({"instrument": column, "day": row, **fields})
    factors = qweave.qlib_alpha158({})

    def panels(result: Any) -> npt.NDArray[np.float64]:
        found = np.full((len(given.names), days, instruments), np.nan)
        where = result["day"].to_numpy(), result["instrument"].to_numpy()
        for panel, name in zip(found, given.names, strict=True):
            panel[where] = result[name].to_numpy()
        return found

    def run() -> Any:
        return qweave.compute_alphas(table, "instrument", "day", factors)

    return Prepared(run, panels, "its own in float64, its table sorted beforehand")


_ENGINES: Mapping[str, tuple[str, str, Callable[[Given], Prepared]]] = {
    "KunQuant": ("KunQuant", "0.1.12", _kunquant),
    "qweave": ("qweave", "0.6.2", _qweave),
}
"""By package: what is imported, which version was tried, and how it is made ready."""
