"""Our side of the engine's figures: plans, what they give, and what they cost."""

import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from benchmarks.engine_stock import Panels
from compute.engine.market_panels import MarketPanels
from compute.engine.panel_evaluation import FieldPanel, evaluate, panels_of
from compute.engine.plan import Plan, is_plannable, plan
from compute.engine.turns import Series
from domain.expression import parse

CLOCK = "CPU seconds"


def plan_of(texts: Sequence[str]) -> Plan:
    """Plan expressions, all of which the engine computes itself."""
    return plan([parse(text).tree for text in texts])


def plannable(texts: Sequence[str]) -> list[str]:
    """Those that the engine computes itself; Qlib is asked for the others."""
    return [text for text in texts if is_plannable(parse(text))]


def fields_of(
    planned: Plan, market: MarketPanels, symbols: Sequence[str]
) -> Mapping[str, FieldPanel]:
    """The fields that a plan reads, copied into memory."""
    found = market.panels(planned.fields or ("close",), symbols)
    return {
        name: FieldPanel(np.ascontiguousarray(panel.values), panel.spans)
        for name, panel in found.items()
    }


def our_panels(planned: Plan, fields: Mapping[str, FieldPanel]) -> Panels:
    """What the engine computes, (expressions, days, instruments)."""
    return np.stack([panel.values for panel in panels_of(planned, fields, threads=1)])


def compute_into(out: Panels, planned: Plan, fields: Mapping[str, FieldPanel]) -> None:
    """Compute all of a plan with one thread into an array that is there."""

    def keep(place: int, columns: slice, series: Series) -> None:
        out[place, :, columns] = series.values

    with np.errstate(all="ignore"):
        evaluate(planned, fields, keep, threads=1)


def compute_and_drop(planned: Plan, fields: Mapping[str, FieldPanel], threads: int | None) -> None:
    """Compute all of a plan and keep nothing."""
    with np.errstate(all="ignore"):
        evaluate(planned, fields, lambda *_: None, threads)


def cpu_seconds(work: Callable[[], object]) -> float:
    """What this process computes for a piece of work, on all cores together.

    Others who use the machine meanwhile show less in it than on a clock on the wall.
    """
    begun = time.process_time()
    work()
    return time.process_time() - begun


def wall_seconds(work: Callable[[], object]) -> float:
    """How long a piece of work takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
