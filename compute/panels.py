"""Factor values: expressions over all instruments and the whole calendar, with Qlib's bits."""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import partial

import numpy as np
import numpy.typing as npt

from compute.engine.turns import Series
from compute.open_market import open_panels
from compute.outcomes import outcome
from compute.progress import Report, Share
from compute.qlib_session import qlib_on
from compute.values import PHASE, Ground, compute_values, require_symbols, universe_of
from domain.artifacts import ArtifactStore
from domain.work import Outcome, PanelsTogether, PanelsWork, StoredPanel

_PANEL_CELLS = 200_000_000
"""Values of finished panels that are held in memory at a time."""

Panel = npt.NDArray[np.float32]
"""Shape (days, instruments)."""


def compute_panels(work: PanelsWork, store: ArtifactStore, report: Report) -> Outcome:
    """Compute each expression over every instrument and day of a snapshot, and keep the panels.

    An instrument's full history is what a value is computed from. Values are float32, NaN where
    an instrument has none; a field that an instrument lacks is NaN on all of its days.

    Returns:
        `panels` in the document tells the digests of values, dates and symbols by expression.
        Artifacts are `dates`, `symbols` and `values`, or `values:0` and so on where there are
        several expressions. `shadow` in the document tells how many pairs of expression and
        instrument Qlib computed again, and how many differed, if any were.

    Raises:
        BadInputError: An expression is not in its canonical form, or a symbol cannot be one.
        EmptyDataError: There are no instruments.
        SnapshotChangedError: The files are not those that were registered.
    """
    return _computed([work], _ground(work, store), store, report)[0]


def compute_together(work: PanelsTogether, store: ArtifactStore, report: Report) -> Outcome:
    """Compute the panels of several works in one plan.

    Returns:
        `each` is what `compute_panels` makes of each work, or what it raises for it: where
        one fails, the others do not.

    Raises:
        BadInputError, EmptyDataError, SnapshotChangedError: As `compute_panels`, where all fail
            of it: of the instruments, or the files.
    """
    ground = _ground(work.works[0], store)
    return Outcome({}, {}, 0, 0.0, each=tuple(_ended(work.works, ground, store, report)))


def _ground(work: PanelsWork, store: ArtifactStore) -> Ground:
    """What the expressions of a work are computed on."""
    require_symbols(work.symbols)
    market = open_panels(work.bars, store)
    calendar = market.directory.calendar
    universe = universe_of(work.peers, work.symbols, calendar)
    start_qlib = partial(qlib_on, work.bars, store)
    return Ground(market, start_qlib, tuple(work.symbols), len(calendar), universe)


def _ended(
    works: Sequence[PanelsWork], ground: Ground, store: ArtifactStore, report: Report
) -> list[Outcome | Exception]:
    """What becomes of each work: where they fail, each half is tried, until one fails alone."""
    try:
        return [*_computed(works, ground, store, report)]
    except Exception as error:
        if len(works) == 1:
            return [error]
    half = len(works) // 2
    return [
        *_ended(works[:half], ground, store, report),
        *_ended(works[half:], ground, store, report),
    ]


def _computed(
    works: Sequence[PanelsWork], ground: Ground, store: ArtifactStore, report: Report
) -> list[Outcome]:
    """The outcomes of works over a ground."""
    calendar, symbols = ground.market.directory.calendar, np.array(ground.symbols)
    axes = {"dates": store.put_array(calendar), "symbols": store.put_array(symbols)}
    expressions = tuple(dict.fromkeys(one for work in works for one in work.expressions))
    values = _kept(expressions, ground, store, report)
    return [_outcome(work, axes, values, ground, store) for work in works]


def _outcome(
    work: PanelsWork,
    axes: Mapping[str, str],
    values: Mapping[str, str],
    ground: Ground,
    store: ArtifactStore,
) -> Outcome:
    expressions = tuple(dict.fromkeys(work.expressions))
    panels = {one: asdict(StoredPanel(values[one], **axes)) for one in expressions}
    names = ["values"] if len(panels) == 1 else [f"values:{place}" for place in range(len(panels))]
    artifacts = {name: values[one] for name, one in zip(names, expressions, strict=True)} | dict(
        axes
    )
    return outcome({"panels": panels, **ground.shadowed_of(expressions)}, artifacts, store)


def _kept(
    expressions: Sequence[str], ground: Ground, store: ArtifactStore, report: Report
) -> dict[str, str]:
    """The digests of the panels of expressions, each written while others are."""
    digests: dict[str, str] = {}
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as writers:
        for group, panels in _panels(expressions, ground, report):
            digests |= dict(zip(group, writers.map(store.put_array, panels), strict=True))
    return digests


def _panels(
    expressions: Sequence[str], ground: Ground, report: Report
) -> Iterator[tuple[Sequence[str], list[Panel]]]:
    """The panels of the expressions, as many at a time as there is room for."""
    shape = ground.days, len(ground.symbols)
    size = max(1, _PANEL_CELLS // (shape[0] * shape[1]))
    firsts = range(0, len(expressions), size)
    share = Share(PHASE, len(firsts), len(ground.symbols), report)
    for turn, first in enumerate(firsts):
        group = expressions[first : first + size]
        panels = [np.empty(shape, dtype=np.float32) for _ in group]

        def keep(
            place: int, columns: slice, series: Series, panels: Sequence[Panel] = panels
        ) -> None:
            with np.errstate(over="ignore", invalid="ignore"):
                panels[place][:, columns] = series.values

        compute_values(group, ground, keep, share.turn(turn))
        yield group, panels
    share.end()
