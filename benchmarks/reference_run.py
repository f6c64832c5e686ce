"""The reference run of docs/reference-run.md, from nothing computed to metrics, beside stock Qlib.

`QATLAS_TEST_DATA` names the data directory. LightGBM's own time is left out on both sides; ours is
asked of a real server that has just been started, whose workers are yet to come.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow.parquet

from benchmarks.engine_real import FOLDER, real_directory
from benchmarks.figures import Figure
from benchmarks.server import Server, folder_with, running

SEGMENTS = {
    "train": ("2010-01-04", "2014-12-31"),
    "valid": ("2015-01-01", "2016-12-31"),
    "test": ("2017-01-01", "2020-07-31"),
}
PARAMETERS = {
    "loss": "mse",
    "learning_rate": 0.2,
    "num_leaves": 210,
    "max_depth": 8,
    "colsample_bytree": 0.8879,
    "subsample": 0.8789,
    "lambda_l1": 205.6999,
    "lambda_l2": 580.9768,
    "data_random_seed": 1,
    "feature_fraction_seed": 2,
    "bagging_seed": 3,
    "extra_seed": 6,
    "deterministic": True,
    "force_col_wise": True,
}
_STOCK = {
    "universe": "csi300",
    "segments": SEGMENTS,
    "parameters": PARAMETERS | {"seed": 0, "num_threads": 2},
    "strategy": {"topk": 50, "n_drop": 5},
    "account": 1e8,
    "benchmark": "SH000300",
    "exchange": {
        "freq": "day",
        "limit_threshold": 0.095,
        "deal_price": "close",
        "open_cost": 0.0005,
        "close_cost": 0.0015,
        "min_cost": 5,
        "trade_unit": 100,
        "impact_cost": 0.0,
    },
}
_DEFINE = """mutation Define($model: CreateModelInput!, $backtest: CreateBacktestInput!) {
  createModel(input: $model) { __typename ... on Problem { message } }
  createBacktest(input: $backtest) { __typename ... on Problem { message } } }"""
_ASK = """{
  model(name: "reference") {
    training { phases { name seconds } provenance { computeSeconds } }
    evaluation { ic rankIc provenance { computeSeconds } }
    predictions(maxPoints: 4) { downloadUrl } }
  backtest(name: "reference") {
    report(maxPoints: 4) { downloadUrl provenance { computeSeconds } }
    risk { excessReturnWithCost { annualizedReturn informationRatio maxDrawdown } } } }"""
_TARGET = 0.1
_OVERHEAD = 0.1


@dataclass(frozen=True, slots=True)
class _Ours:
    """What the server answered, and after how many seconds."""

    seconds: float
    data: dict[str, Any]
    predictions: "pyarrow.Table"
    report: "pyarrow.Table"

    @property
    def phases(self) -> dict[str, float]:
        """Seconds of each part of the training."""
        return {one["name"]: one["seconds"] for one in self.data["model"]["training"]["phases"]}


def figures() -> Iterator[Figure]:
    """Both runs, found equal, and where our time went."""
    directory = real_directory()
    if directory is None:
        print(f"No reference run: QATLAS_TEST_DATA names no {FOLDER}.", flush=True)
        return
    adopt = ["market", "adopt", "real", str(directory), "--region", "cn"]
    with folder_with([*adopt, "--benchmark", "SH000300"], ["seed"]) as folder:
        begun = time.perf_counter()
        with running(folder) as server:
            ours = _ours(server, begun)
    with TemporaryDirectory(prefix="qatlas-bench-") as name:
        peer_seconds, stock = _stock(directory, Path(name))
    _require_equal(ours, stock)
    yield from _compared(ours, peer_seconds, float(stock["lightgbm_seconds"]))


def _ours(server: Server, begun: float) -> _Ours:
    segments = {name: {"start": a, "end": b} for name, (a, b) in SEGMENTS.items()}
    model: dict[str, Any] = {
        "name": "reference",
        "factorSet": "Alpha158",
        "universe": "real/csi300",
    }
    model |= {"parameters": PARAMETERS, "segments": segments}
    backtest: dict[str, Any] = {"name": "reference", "signal": "model/reference"}
    backtest |= {"strategy": {"topk": 50, "nDrop": 5}}
    answer = server.ask(_DEFINE, variables={"model": model, "backtest": backtest})
    kinds = [one["__typename"] for one in answer["data"].values()]
    assert kinds == ["Model", "Backtest"], answer
    data = server.compute(_ASK)
    seconds = time.perf_counter() - begun
    tables = [
        pyarrow.parquet.read_table(BytesIO(server.client.get(where["downloadUrl"]).content))
        for where in (data["model"]["predictions"], data["backtest"]["report"])
    ]
    return _Ours(seconds, data, *tables)


def _stock(directory: Path, folder: Path) -> tuple[float, Any]:
    settings, target = folder / "settings.json", folder / "found.npz"
    settings.write_text(json.dumps(_STOCK | {"directory": str(directory)}))
    script = [sys.executable, "-m", "benchmarks.reference_stock"]
    begun = time.perf_counter()
    subprocess.run([*script, settings, target], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun, np.load(target)


def _require_equal(ours: _Ours, stock: Any) -> None:
    """Predictions bit by bit, correlations to 1e-12, and what trading earned, day by day.

    Raises:
        AssertionError: They differ.
    """
    rows = {
        (day, symbol): value
        for day, symbol, value in zip(
            stock["prediction.dates"].tolist(),
            stock["prediction.symbols"].tolist(),
            stock["prediction.values"].tolist(),
            strict=True,
        )
    }
    found = _cells(ours.predictions)
    assert found == rows, "The predictions differ."
    evaluation = ours.data["model"]["evaluation"]
    for name, figure in (("ic", evaluation["ic"]), ("rank_ic", evaluation["rankIc"])):
        assert abs(np.nanmean(stock[name]) - figure) < 1e-12, name
    columns = {"return": "portfolioReturn", "cost": "cost", "turnover": "turnover"}
    for theirs, our in columns.items():
        difference = np.abs(ours.report[our].to_numpy() - stock[f"report.{theirs}"]).max()
        assert difference < 1e-12, f"{our} differs by {difference}"


def _cells(table: "pyarrow.Table") -> dict[tuple[Any, str], float]:
    days = table["date"].to_pylist()
    return {
        (day, name): value
        for name in table.column_names[1:]
        for day, value in zip(days, table[name].to_pylist(), strict=True)
        if value is not None and not np.isnan(value)
    }


def _compared(ours: _Ours, peer_seconds: float, peer_fit: float) -> Iterator[Figure]:
    phases = ours.phases
    fit = phases["training"]
    stock = peer_seconds - peer_fit
    evaluation = ours.data["model"]["evaluation"]["provenance"]["computeSeconds"]
    traded = ours.data["backtest"]["report"]["provenance"]["computeSeconds"]
    spent = [f"{name} {seconds:.2f} s" for name, seconds in phases.items()]
    spent += [f"judging {evaluation:.2f} s", f"trading {traded:.2f} s"]
    yield Figure(
        "the reference run from nothing to metrics, LightGBM itself left out",
        "s",
        ours.seconds - fit,
        _TARGET * stock,
        stock,
        "stock Qlib",
        f"through GraphQL, the server's start in it; {'; '.join(spent)}; predictions bit-equal; "
        f"LightGBM itself {fit:.1f} s here, {peer_fit:.1f} s there",
    )
    beside = sum(seconds for name, seconds in phases.items() if name != "training")
    yield Figure(
        "training beside LightGBM's own time, factors and predictions in it",
        "s",
        beside,
        _OVERHEAD * fit,
        note=f"{beside / fit:.0%} of LightGBM's {fit:.1f} s",
    )
