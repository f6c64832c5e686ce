"""What a worker does with a piece of work: finds who computes it, and lets them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any

from bars.stamp import require_unchanged
from compute.progress import Report
from domain.artifacts import ArtifactStore
from domain.exports import ExportWork
from domain.factor_files import FactorFileWork
from domain.work import (
    BacktestWork,
    CorrelationsWork,
    DecaysWork,
    DecayWork,
    EvaluationsWork,
    EvaluationWork,
    ImportedWork,
    MatrixWork,
    Outcome,
    PanelsTogether,
    PanelsWork,
    PredictionWork,
    StitchingWork,
    TrainingWork,
    Work,
)

Perform = Callable[[Any, ArtifactStore, Report], Outcome]
Performers = Mapping[type, str]
"""`module:function` by type of work. Names, so that only a worker imports what computes."""

PERFORMERS: Performers = {
    PanelsWork: "compute.panels:compute_panels",
    ImportedWork: "compute.imported:look_up",
    PanelsTogether: "compute.panels:compute_together",
    MatrixWork: "compute.matrix:compute_matrix",
    EvaluationWork: "compute.judging:evaluate",
    DecayWork: "compute.judging:decay",
    EvaluationsWork: "compute.judging_many:evaluate_many",
    DecaysWork: "compute.judging_many:decay_many",
    CorrelationsWork: "compute.judging_many:correlate",
    TrainingWork: "compute.training:train",
    StitchingWork: "compute.stitching:stitch",
    PredictionWork: "compute.predicting:predict_later",
    BacktestWork: "compute.backtesting:backtest",
    FactorFileWork: "intake.factor_files:read_factors",
    ExportWork: "compute.exporting:export",
}


def perform(
    work: object, store: ArtifactStore, report: Report, performers: Performers = PERFORMERS
) -> Outcome:
    """Do a piece of work in this process and say how long it took.

    Raises:
        LookupError: Nobody performs this type of work.
        SnapshotChangedError: The files that were read are no longer those that were registered.
        Exception: Whatever the computation raises.
    """
    module, _, function = performers[type(work)].partition(":")
    compute: Perform = getattr(import_module(module), function)
    started = perf_counter()
    outcome = compute(work, store, report)
    if isinstance(
        work, Work | PanelsTogether
    ):  # what was read may have been changed while it was read
        require_unchanged(Path(work.bars.directory), work.bars.stamp)
    return _lasting(outcome, perf_counter() - started)


def _lasting(outcome: Outcome, seconds: float) -> Outcome:
    """An outcome with the time that it took, of which each part has an equal share."""
    share = seconds / max(1, len(outcome.each))
    each = [one if isinstance(one, Exception) else _lasting(one, share) for one in outcome.each]
    return replace(outcome, seconds=seconds, each=tuple(each))
