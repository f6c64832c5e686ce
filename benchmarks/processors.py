"""The steps that prepare features and labels, beside Qlib's processors on the same numbers."""

import os
import time
import warnings
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.figures import Figure, median
from benchmarks.frames import table_of
from compute.preparing.steps import fit_steps
from compute.preparing.table import Table
from domain.period import Period
from domain.processors import check_processors
from domain.specs import Processor

DAYS = 798
"""A quarter of those of the reference run."""
FEW_DAYS = 16
"""For processors that take Qlib seconds a day."""
NAMES = 300
FEATURES = 158
ROUNDS = 5
CORES = len(os.sched_getaffinity(0))
FASTER = 20

STEPS: tuple[tuple[str, str, dict[str, object], int], ...] = (
    ("infer", "ProcessInf", {}, FEW_DAYS),
    ("infer", "CSZFillna", {}, FEW_DAYS),
    ("infer", "CSZScoreNorm", {}, DAYS),
    ("infer", "CSZScoreNorm", {"method": "robust"}, DAYS),
    ("learn", "CSZScoreNorm", {}, DAYS),
    ("infer", "CSRankNorm", {}, DAYS),
    ("infer", "ZScoreNorm", {}, DAYS),
    ("infer", "RobustZScoreNorm", {}, DAYS),
    ("infer", "Fillna", {}, DAYS),
)


def figures() -> Iterator[Figure]:
    """Run each step both ways, on days of their own kind."""
    for where, kind, parameters, days in STEPS:
        asked = {where: [{"kind": kind, "parameters": parameters}]}
        (step,) = getattr(check_processors(asked), where)
        frame = _frame(days)
        train = Period(*(frame.index[place][0].date() for place in (0, len(frame) * 7 // 10)))
        ours, cpu, peer = _seconds(step, frame, train)
        yield Figure(
            f"{_name(step)} of {days} days x {NAMES} names x {_columns(step)}",
            "ms",
            ours * 1e3,
            peer * 1e3 / FASTER,
            peer * 1e3,
            "Qlib",
            f"median of {ROUNDS}, in turn; ours on up to {CORES} cores, as in training, "
            f"{cpu * 1e3:.4g} ms of them together, Qlib's pandas on one; equal to the last bit of "
            "float32",
        )


def _seconds(step: Processor, frame: pd.DataFrame, train: Period) -> tuple[float, float, float]:
    """Our time, that of all our threads together, and Qlib's."""
    ours, cpu, peers = [], [], []
    for turn in range(ROUNDS + 1):
        table = table_of(frame)
        begun, computed = time.perf_counter(), time.process_time()
        table, _ = fit_steps([step], table, train)
        between, taken = time.perf_counter(), time.process_time() - computed
        peer_begun, peer = _peer(step, frame.copy(), train)
        if turn:  # the first turn compiles
            ours.append(between - begun)
            cpu.append(taken)
            peers.append(time.perf_counter() - peer_begun)
        else:
            _require_equal(table, peer)
    return median(ours), median(cpu), median(peers)


def _peer(step: Processor, frame: pd.DataFrame, train: Period) -> tuple[float, pd.DataFrame]:
    """When Qlib's processor began, and what it made."""
    from qlib.data.dataset import processor as qlib_processors

    # Starting processes takes longer than they save here.
    in_process: Any = partial(qlib_processors.datetime_groupby_apply, n_jobs=1)
    kept, qlib_processors.datetime_groupby_apply = (
        qlib_processors.datetime_groupby_apply,
        in_process,
    )
    is_fitted = step.kind in ("ZScoreNorm", "RobustZScoreNorm")
    days = {"fit_start_time": str(train.start), "fit_end_time": str(train.end)}
    given = dict(step.parameters) | (days if is_fitted else {})
    processor = getattr(qlib_processors, step.kind)(**given)
    begun = time.perf_counter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            processor.fit(frame)
            return begun, processor(frame)
    finally:
        qlib_processors.datetime_groupby_apply = kept


def _frame(days: int) -> pd.DataFrame:
    """Rows as Qlib's handlers have them, with gaps, a few infinities, and columns of few values."""
    chance = np.random.default_rng(7)
    values = chance.normal(size=(days * NAMES, FEATURES + 1)).astype(np.float32)
    values[chance.random(values.shape) < 0.02] = np.nan
    values[:, ::8] = np.round(values[:, ::8], 1)
    values[chance.integers(0, len(values), days // 2), 1] = np.inf
    dates = pd.bdate_range("2008-01-02", periods=days)
    symbols = [f"S{place:03}" for place in range(NAMES)]
    columns = [("feature", f"F{place}") for place in range(FEATURES)] + [("label", "LABEL0")]
    return pd.DataFrame(
        values,
        pd.MultiIndex.from_product([dates, symbols], names=["datetime", "instrument"]),
        pd.MultiIndex.from_tuples(columns),
    ).copy()


def _require_equal(table: Table, peer: pd.DataFrame) -> None:
    for ours, theirs in (
        (table.features, peer["feature"].to_numpy(dtype=np.float32)),
        (table.label, peer["label"].to_numpy(dtype=np.float32)[:, 0]),
    ):
        assert np.array_equal(ours, theirs, equal_nan=True)


def _name(step: Processor) -> str:
    is_robust = step.parameters.get("method") == "robust"
    return f"{step.kind} robust" if is_robust else step.kind


def _columns(step: Processor) -> str:
    is_label = step.parameters.get("fields_group") == "label"
    return "the label" if is_label else f"{FEATURES} features"
