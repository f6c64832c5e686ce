"""Factor values: expressions over all instruments and the whole calendar, with Qlib's bits."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import partial

import numpy as np

from compute.earlier_panels import EarlierPanels, Panel
from compute.engine.panel_evaluation import Sink
from compute.engine.spans import Rows
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


def compute_panels(work: PanelsWork, store: ArtifactStore, report: Report) -> Outcome:
    """Compute each expression over every instrument and day of a snapshot, and keep the panels.

    An instrument's full history is what a value is computed from. Values are float32, NaN where
    an instrument has none; a field that an instrument lacks is NaN on all of its days. Instruments
    whose history is byte for byte that of an earlier snapshot have their values from there.

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
    earlier = _earlier(works[0].engine, ground, store)
    values = _kept(expressions, ground, earlier, store, report)
    return [_outcome(work, axes, values, ground, store) for work in works]


def _earlier(engine: str | None, ground: Ground, store: ArtifactStore) -> EarlierPanels | None:
    """What other snapshots had, where a value depends on nothing but the instrument's own bars."""
    return EarlierPanels(engine, ground, store) if engine and ground.universe is None else None


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
    expressions: Sequence[str],
    ground: Ground,
    earlier: EarlierPanels | None,
    store: ArtifactStore,
    report: Report,
) -> dict[str, str]:
    """The digests of the panels of expressions, each written while others are."""

    def keep(expression: str, panel: Panel) -> str:
        digest = store.put_array(panel)
        if earlier:
            earlier.note(expression, digest)
        return digest

    digests: dict[str, str] = {}
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as writers:
        for group, panels in _panels(expressions, ground, earlier, report):
            digests |= dict(zip(group, writers.map(keep, group, panels), strict=True))
    return digests


def _panels(
    expressions: Sequence[str], ground: Ground, earlier: EarlierPanels | None, report: Report
) -> Iterator[tuple[Sequence[str], list[Panel]]]:
    """The panels of the expressions, as many at a time as there is room for."""
    shape = ground.days, len(ground.symbols)
    size = max(1, _PANEL_CELLS // (shape[0] * shape[1]))
    firsts = range(0, len(expressions), size)
    share = Share(PHASE, len(firsts), len(ground.symbols), report)
    for turn, first in enumerate(firsts):
        group = expressions[first : first + size]
        panels = [np.empty(shape, dtype=np.float32) for _ in group]
        missing = [np.arange(shape[1])] * len(group)
        if earlier:
            missing = earlier.take_over(group, panels)
            _tell(missing, shape[1], share)
        _fill(group, panels, missing, ground, share.turn(turn))
        yield group, panels
    share.end()


def _tell(missing: Sequence[Rows], instruments: int, share: Share) -> None:
    """Tell of what is taken over, if anything is."""
    series = instruments * len(missing)
    if taken := series - sum(map(len, missing)):
        share.say(
            f"{taken:,} of {series:,} series, one for each expression and instrument, are taken "
            "over from earlier snapshots: their bars were the same."
        )


def _fill(
    expressions: Sequence[str],
    panels: Sequence[Panel],
    missing: Sequence[Rows],
    ground: Ground,
    done: Callable[[int], None],
) -> None:
    """Compute the columns that panels are missing, in one plan for all that miss the same."""
    alike: dict[bytes, list[int]] = {}
    for place, columns in enumerate(missing):
        if len(columns):
            alike.setdefault(columns.tobytes(), []).append(place)
    for turn, places in enumerate(alike.values()):
        columns = missing[places[0]]
        is_all = len(columns) == len(ground.symbols)

        def tell(begun: int, before: int = turn * len(ground.symbols)) -> None:
            done((before + begun) // len(alike))

        compute_values(
            [expressions[place] for place in places],
            ground if is_all else ground.only(columns),
            _sink([panels[place] for place in places], None if is_all else columns),
            tell,
        )


def _sink(panels: Sequence[Panel], columns: Rows | None) -> Sink:
    """Writes into panels: what is given of some instruments goes to these columns."""

    def keep(place: int, some: slice, series: Series) -> None:
        with np.errstate(over="ignore", invalid="ignore"):
            panels[place][:, some if columns is None else columns[some]] = series.values

    return keep
