"""The engine by size: what an output costs, and what memory a stored factor set takes."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from bars.directory import MarketDirectory
from bars.stamp import stamp
from benchmarks import engine_market
from benchmarks.engine_core import CLOCK, compute_and_drop, cpu_seconds, fields_of, plan_of
from benchmarks.figures import Figure, median
from compute.engine.market_panels import MarketPanels
from compute.qlib_factor_sets import NamedExpressions, alpha158
from domain.expression import parse
from domain.period import Period
from domain.work import Bars, MatrixWork

SIZES = ((128, 1250), (256, 2500), (512, 2500))
ROUNDS = 5
NEARLY = 1.25
"""How much more an output may cost on the largest market than on the smallest."""


def figures(folder: Path) -> Iterator[Figure]:
    """Each size, then the memory of the largest; `folder` is for markets and what is stored."""
    named = alpha158()
    costs: list[float] = []
    for instruments, days in SIZES:
        directory = engine_market.write(folder / f"of-{instruments}-{days}", instruments, days)
        market = MarketPanels(MarketDirectory.open(directory), folder / f"panels-{instruments}")
        costs.append(_cost(market, named))
        yield Figure(
            f"Alpha158 of {instruments} instruments x {days} days",
            "s per million outputs",
            costs[-1],
            costs[0] * NEARLY,
            note=f"{CLOCK} of one thread, median of {ROUNDS}; the target is {NEARLY:g} times the "
            "smallest size's, since cost should be linear",
        )
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        peak, before = process.submit(_peak, directory, folder / "store", named).result()
    outputs = instruments * days * len(named) * 4 / 1e6
    yield Figure(
        f"peak memory of storing Alpha158 of {instruments} instruments x {days} days",
        "MB",
        peak,
        note=f"a process of its own with Qlib in it, {before:.0f} MB before; resident, of which "
        f"the mapped values, {outputs:.0f} MB, are the system's to take back",
    )


def _cost(market: MarketPanels, named: NamedExpressions) -> float:
    planned = plan_of([text for _, text in named])
    fields = fields_of(planned, market, market.symbols)
    compute_and_drop(planned, fields, 1)
    work = partial(compute_and_drop, planned, fields, 1)
    seconds = median([cpu_seconds(work) for _ in range(ROUNDS)])
    outputs = len(named) * fields["close"].values.size
    return seconds / outputs * 1e6


def _peak(directory: Path, place: Path, named: NamedExpressions) -> tuple[float, float]:
    """Megabytes at the most while a factor set is stored, and before."""
    from catalog.artifacts import LocalArtifacts
    from compute.matrix import compute_matrix
    from compute.progress import unheard
    from compute.qlib_session import qlib_on

    place.mkdir()
    market, store = MarketDirectory.open(directory), LocalArtifacts(place)
    days = market.calendar[[0, -1]].astype("datetime64[D]").tolist()
    bars = Bars(str(directory), "us", stamp(directory))
    qlib_on(bars, store)
    before = _most_resident()
    work = MatrixWork(
        bars,
        tuple((name, parse(text).canonical) for name, text in named),
        dict.fromkeys(market.instruments, ((days[0], None),)),
        Period(*days),
    )
    compute_matrix(work, store, unheard)
    return _most_resident(), before


def _most_resident() -> float:
    """Of this process alone: what `getrusage` says goes on from the one that started it."""
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
