"""The factor engine beside stock Qlib, in one run, on one market, found equal before."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt

from bars.directory import MarketDirectory
from benchmarks import engine_market, engine_peers, engine_real, engine_scale
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
from benchmarks.engine_operators import operators_alone
from benchmarks.engine_random import random_equality
from benchmarks.engine_stock import (
    MOST_DIFFERENT,
    Equality,
    Panels,
    require_equal,
    standing,
    stock_frame,
    stock_panels,
)
from benchmarks.figures import Figure, median
from compute.engine.market_panels import MarketPanels
from compute.qlib_factor_sets import alpha158, alpha360

INSTRUMENTS, DAYS = 512, 2500
OF_QLIB = 64
"""Instruments that Qlib computes, too: all would take it a minute each time."""
OF_OPERATORS = 16
ROUNDS = 3
CORE_FASTER, FRAME_FASTER = 50, 30
_AT_ONCE = 60
"""Expressions that are compared at a time, for the sake of memory."""


@dataclass(frozen=True, slots=True)
class Ground:
    """A market, and those of its instruments that both compute."""

    market: MarketPanels
    symbols: Sequence[str]
    texts: Sequence[str]
    """Alpha158."""


def figures() -> Iterator[Figure]:
    """Equality and time beside Qlib, then beside others, by size, and on real shares."""
    with TemporaryDirectory(prefix="qatlas-bench-") as name:
        folder = Path(name)
        directory = engine_market.write(folder / "market", INSTRUMENTS, DAYS)
        market = MarketPanels(MarketDirectory.open(directory), folder / "panels")
        symbols = engine_market.some_symbols(INSTRUMENTS, OF_QLIB)
        ground = Ground(market, symbols, [text for _, text in alpha158()])
        with standing(directory, folder):
            yield from _core(ground)
            yield _frame(ground)
            yield _equality("Alpha360", [text for _, text in alpha360()], ground, OF_QLIB)
            yield _equality("every operator alone", operators_alone(), ground, OF_OPERATORS)
        yield random_equality(folder)
        yield from engine_peers.figures(directory, market.symbols)
        yield from engine_scale.figures(folder)
    yield from engine_real.figures()


def _core(ground: Ground) -> Iterator[Figure]:
    """Panels of Alpha158 that nobody keeps, beside Qlib's dataset of it."""
    planned = plan_of(ground.texts)
    fields = fields_of(planned, ground.market, ground.symbols)
    theirs = _stock_panels(ground, ground.symbols, ground.texts)
    found = require_equal(our_panels(planned, fields), theirs)
    ours, peer = _in_turn(
        partial(compute_and_drop, planned, fields, 1),
        partial(stock_frame, ground.symbols, ground.texts),
    )
    how = f"{CLOCK} of one thread, median of {ROUNDS} in turn"
    yield Figure(
        f"Alpha158 of {OF_QLIB} instruments x {DAYS} days, one core",
        "s",
        ours,
        peer / CORE_FASTER,
        peer,
        "Qlib's dataset",
        f"{how}; fields in memory and nothing kept on our side; {found}",
    )
    fields = fields_of(planned, ground.market, ground.market.symbols)
    compute_and_drop(planned, fields, 1)
    seconds = median(
        [cpu_seconds(partial(compute_and_drop, planned, fields, 1)) for _ in range(ROUNDS)]
    )
    outputs = len(ground.texts) * DAYS * INSTRUMENTS
    yield Figure(
        f"Alpha158 of {INSTRUMENTS} instruments x {DAYS} days, one core",
        "s",
        seconds,
        peer * INSTRUMENTS / OF_QLIB / CORE_FASTER,
        note=f"{how.replace(' in turn', '')}; {seconds / outputs * 1e9:.2f} ns per output; the "
        f"target is from Qlib's time for {OF_QLIB} of these instruments",
    )


def _frame(ground: Ground) -> Figure:
    """What `D.features` gives, by the engine's provider and by Qlib's own."""
    from compute.engine.provider import PanelDatasetProvider

    provider = PanelDatasetProvider(ground.market)

    def ask() -> Any:
        return provider.dataset(list(ground.symbols), list(ground.texts))

    ours, theirs = ask(), stock_frame(ground.symbols, ground.texts)
    assert ours.index.equals(theirs.index)
    assert ours.columns.equals(theirs.columns)
    assert list(ours.dtypes) == list(theirs.dtypes)
    found = require_equal(_numbers(ours), _numbers(theirs))
    seconds, peer = _in_turn(ask, partial(stock_frame, ground.symbols, ground.texts))
    wall = median([wall_seconds(ask) for _ in range(ROUNDS)])
    return Figure(
        f"Alpha158 of {OF_QLIB} instruments x {DAYS} days as D.features gives it",
        "s",
        seconds,
        peer / FRAME_FASTER,
        peer,
        "Qlib's provider",
        f"{CLOCK}, all threads together, median of {ROUNDS} in turn; {wall:.3g} s on the clock; "
        f"index and columns equal; {found}",
    )


def _equality(name: str, texts: Sequence[str], ground: Ground, instruments: int) -> Figure:
    """How many cells have Qlib's bits; nothing is timed."""
    symbols = engine_market.some_symbols(INSTRUMENTS, instruments)
    computed = plannable(texts)
    found = Equality()
    for at in range(0, len(computed), _AT_ONCE):
        some = computed[at : at + _AT_ONCE]
        planned = plan_of(some)
        ours = our_panels(planned, fields_of(planned, ground.market, symbols))
        found += require_equal(ours, _stock_panels(ground, symbols, some))
    left = len(texts) - len(computed)
    return Figure(
        f"{name} against Qlib: {len(computed)} expressions",
        "share of cells not bit-equal",
        found.share,
        MOST_DIFFERENT,
        note=f"{instruments} instruments x {DAYS} days; NaN masks and infinities equal; {found}"
        + (f"; {left} are left to Qlib itself" if left else ""),
    )


def _stock_panels(ground: Ground, symbols: Sequence[str], texts: Sequence[str]) -> Panels:
    frame = stock_frame(symbols, texts)
    return stock_panels(frame, symbols, ground.market.directory.calendar)


def _in_turn(ours: Callable[[], object], peers: Callable[[], object]) -> tuple[float, float]:
    """CPU seconds of both, each the median of several rounds; both have run before."""
    pairs = [(cpu_seconds(ours), cpu_seconds(peers)) for _ in range(ROUNDS)]
    one, other = zip(*pairs, strict=True)
    return median(one), median(other)


def _numbers(frame: Any) -> npt.NDArray[np.float32]:
    return np.ascontiguousarray(frame.to_numpy(dtype=np.float32))
