"""What a worker does with a piece of work: finds who computes it, and lets them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from time import perf_counter
from typing import Any

from compute.progress import Report
from domain.artifacts import ArtifactStore
from domain.work import (
    BacktestWork,
    DecayWork,
    EvaluationWork,
    Outcome,
    PanelsWork,
    TrainingWork,
)

Perform = Callable[[Any, ArtifactStore, Report], Outcome]
Performers = Mapping[type, str]
"""`module:function` by type of work. Names, so that only a worker imports what computes."""

PERFORMERS: Performers = {
    PanelsWork: "compute.panels:compute_panels",
    EvaluationWork: "compute.judging:evaluate",
    DecayWork: "compute.judging:decay",
    TrainingWork: "compute.training:train",
    BacktestWork: "compute.backtesting:backtest",
}


def perform(
    work: object, store: ArtifactStore, report: Report, performers: Performers = PERFORMERS
) -> Outcome:
    """Do a piece of work in this process and say how long it took.

    Raises:
        LookupError: Nobody performs this type of work.
        Exception: Whatever the computation raises.
    """
    module, _, function = performers[type(work)].partition(":")
    compute: Perform = getattr(import_module(module), function)
    started = perf_counter()
    outcome = compute(work, store, report)
    return replace(outcome, seconds=perf_counter() - started)
