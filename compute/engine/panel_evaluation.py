"""Evaluates a plan for all instruments: tile after tile, on as many threads as there are cores."""

import os
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np
import numpy.typing as npt

from compute.engine.plan import Plan
from compute.engine.schedule import Schedule, schedule
from compute.engine.spans import Spans
from compute.engine.tile import Fields, Tile
from compute.engine.turns import Series

LANES = 32
"""Instruments that are computed side by side: their buffers stay in the cache of one core."""
_TOLD_SECONDS = 0.2

Sink = Callable[[int, slice, Series], None]
"""Takes the values of an expression, by its place, for some instruments, over all days.

It is called from several threads, each time for other cells. What it is given is overwritten once
it returns.
"""


@dataclass(frozen=True, slots=True, eq=False)
class FieldPanel:
    """A field of all instruments, NaN outside the spans.

    Values have shape (days, instruments): float32 for bars, float64 for a cross-section.
    """

    values: npt.NDArray[np.floating[Any]]
    spans: Spans

    def until(self, days: int) -> "FieldPanel":
        """Its first days, as if there were no more."""
        first, stop = np.minimum(self.spans.first, days), np.minimum(self.spans.stop, days)
        return FieldPanel(self.values[:days], Spans(first, stop))


def evaluate(
    plan: Plan,
    panels: Mapping[str, FieldPanel],
    sink: Sink,
    threads: int | None = None,
    done: Callable[[int], None] = lambda _: None,
) -> None:
    """Compute the expressions of a plan over panels.

    Args:
        plan: What is computed.
        panels: The fields that it reads, all of one shape.
        sink: Is given what was computed.
        threads: How many tiles are computed at a time; None is one for each core.
        done: Is told now and then how many instruments have been begun, in the calling thread.
    """
    days, instruments = next(iter(panels.values())).values.shape
    slices = [slice(at, min(at + LANES, instruments)) for at in range(0, instruments, LANES)]
    workers = min(threads or len(os.sched_getaffinity(0)), len(slices))
    waiting: SimpleQueue[slice] = SimpleQueue()
    for columns in slices:
        waiting.put(columns)
    plans = schedule(plan)

    def work() -> None:
        tile: Tile | None = None
        while (columns := _taken(waiting)) is not None:
            tile = _fitting(tile, plans, days, columns)
            try:
                for place, series in enumerate(tile.roots(_tiled(panels, columns))):
                    sink(place, columns, series)
            except BaseException:  # the others need not go on
                while _taken(waiting) is not None:
                    pass
                raise

    with ThreadPoolExecutor(workers) as pool:
        working = {pool.submit(work) for _ in range(workers)}
        while working:
            finished, working = wait(working, timeout=_TOLD_SECONDS, return_when=FIRST_EXCEPTION)
            for future in finished:
                future.result()
            done(max(0, instruments - waiting.qsize() * LANES))


def _taken(waiting: SimpleQueue[slice]) -> slice | None:
    try:
        return waiting.get_nowait()
    except Empty:
        return None


def _fitting(tile: Tile | None, plans: Schedule, days: int, columns: slice) -> Tile:
    """The tile of before, if it has as many lanes as are needed."""
    lanes = columns.stop - columns.start
    return tile if tile and tile.lanes == lanes else Tile(plans, days, lanes)


def _tiled(panels: Mapping[str, FieldPanel], columns: slice) -> Fields:
    """The fields of some instruments, side by side in memory."""
    return {
        name: Series(
            np.ascontiguousarray(panel.values[:, columns]),
            Spans(panel.spans.first[columns], panel.spans.stop[columns]),
            panel.values.dtype,
        )
        for name, panel in panels.items()
    }


def panels_of(
    plan: Plan,
    panels: Mapping[str, FieldPanel],
    dtype: npt.DTypeLike = np.float32,
    threads: int | None = None,
    done: Callable[[int], None] = lambda _: None,
) -> list[FieldPanel]:
    """The values of each expression of a plan, with the rows over which it has a series.

    Args:
        plan: What is computed.
        panels: The fields that it reads, all of one shape.
        dtype: Of the values. Qlib's are float32, whatever is computed on the way.
        threads: As in `evaluate`.
        done: As in `evaluate`.
    """
    shape = next(iter(panels.values())).values.shape
    rows = np.empty((len(plan.roots), 2, shape[1]), dtype=np.int64)
    outs = [FieldPanel(np.empty(shape, dtype=dtype), Spans(*ends)) for ends in rows]

    def keep(place: int, columns: slice, series: Series) -> None:
        out = outs[place]
        with np.errstate(over="ignore", invalid="ignore"):
            out.values[:, columns] = series.values
        out.spans.first[columns] = series.spans.first
        out.spans.stop[columns] = series.spans.stop

    evaluate(plan, panels, keep, threads, done)
    return outs
