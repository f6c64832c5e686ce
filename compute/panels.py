"""Factor values: expressions over all instruments and the whole calendar, with Qlib's bits."""

from collections.abc import Iterator, Sequence
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
from domain.work import Outcome, PanelsWork, StoredPanel

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
    require_symbols(work.symbols)
    market = open_panels(work.bars, store)
    calendar = market.directory.calendar
    universe = universe_of(work.peers, work.symbols, calendar)
    start_qlib = partial(qlib_on, work.bars, store)
    ground = Ground(market, start_qlib, tuple(work.symbols), len(calendar), universe)
    expressions = tuple(dict.fromkeys(work.expressions))
    dates, symbols = store.put_array(calendar), store.put_array(np.array(work.symbols))
    values = [store.put_array(panel) for panel in _panels(expressions, ground, report)]
    told = {"panels": _stored(expressions, values, dates, symbols), **ground.shadowed}
    names = ["values"] if len(values) == 1 else [f"values:{place}" for place in range(len(values))]
    artifacts = dict(zip(names, values, strict=True)) | {"dates": dates, "symbols": symbols}
    return outcome(told, artifacts, store)


def _panels(expressions: Sequence[str], ground: Ground, report: Report) -> Iterator[Panel]:
    """The panels of the expressions, in order, as many at a time as there is room for."""
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
        yield from panels
    share.end()


def _stored(
    expressions: Sequence[str], values: Sequence[str], dates: str, symbols: str
) -> dict[str, dict[str, str]]:
    return {
        expression: asdict(StoredPanel(digest, dates, symbols))
        for expression, digest in zip(expressions, values, strict=True)
    }
