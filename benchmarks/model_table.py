"""Writes the table of docs/models.md: `python -m benchmarks.model_table [KIND ...]`.

Every kind of model is trained on the shares of CSI 300 by a real server, judged on its test segment
and traded; beside it stands the row that Qlib publishes for the kind. `QATLAS_TEST_DATA` names the
data. Kinds that are not named keep the rows that they have.
"""

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.engine_real import FOLDER, real_directory
from benchmarks.reference_run import PARAMETERS, SEGMENTS
from benchmarks.server import Server, folder_with, running

PAGE = Path(__file__).parents[1] / "docs" / "models.md"
_BEGIN, _END = "<!-- results -->", "<!-- end of results -->"
_HEAD = (
    "| kind | trained on | | IC | ICIR | rank IC | rank ICIR | excess a year | IR | drawdown "
    "| seconds |"
)
_TREES = {name: PARAMETERS[name] for name in list(PARAMETERS)[1:8]}
_SHORT = {"train": ("2014-01-01", "2014-12-31"), "valid": ("2015-01-01", "2015-12-31")}
_SHORT |= {"test": SEGMENTS["test"]}
_SCALED = {
    "infer": [
        {"kind": "RobustZScoreNorm", "parameters": {"clip_outlier": True}},
        {"kind": "Fillna"},
    ],
    "learn": [{"kind": "DropnaLabel"}, {"kind": "CSRankNorm"}],
}
_LONGEST_SECONDS = 3600
_NETWORK = {"n_epochs": 5, "early_stop": 5}

Published = tuple[float, float, float, float, float, float, float]
"""IC, ICIR, rank IC, rank ICIR, annualised excess with cost, its ratio, its drawdown."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A kind, how it is trained here, and what Qlib publishes for it.

    The published rows are means of 20 runs, trained from 2008 on another vendor's data, traded from
    2017 to 2020-08-01 (microsoft/qlib, examples/benchmarks/README.md).
    """

    kind: str
    factor_set: str
    parameters: Mapping[str, Any]
    published: Published
    processors: Mapping[str, Any] | None = None
    segments: Mapping[str, tuple[str, str]] = field(default_factory=lambda: SEGMENTS)


TRIALS = (
    Trial(
        "LIGHTGBM",
        "Alpha158",
        PARAMETERS,
        (0.0448, 0.3660, 0.0469, 0.3877, 0.0901, 1.0164, -0.1038),
    ),
    Trial(
        "XGBOOST",
        "Alpha158",
        {"eta": 0.0421, "max_depth": 8, "colsample_bytree": 0.8879, "subsample": 0.8789}
        | {"num_boost_round": 647},
        (0.0498, 0.3779, 0.0505, 0.4131, 0.0780, 0.9070, -0.1168),
    ),
    Trial(
        "CATBOOST",
        "Alpha158",
        {"learning_rate": 0.0421, "subsample": 0.8789, "max_depth": 6, "num_leaves": 100}
        | {"grow_policy": "Lossguide", "bootstrap_type": "Bernoulli"},
        (0.0481, 0.3366, 0.0454, 0.3311, 0.0765, 0.8032, -0.1092),
    ),
    Trial(
        "LINEAR",
        "Alpha158",
        {"estimator": "ols"},
        (0.0397, 0.3000, 0.0472, 0.3531, 0.0692, 0.9209, -0.1509),
        _SCALED,
    ),
    Trial(
        "DOUBLE_ENSEMBLE",
        "Alpha158",
        {"num_models": 6, "epochs": 28, **_TREES},
        (0.0544, 0.4340, 0.0523, 0.4284, 0.1168, 1.3384, -0.1036),
    ),
    Trial(
        "LSTM",
        "Alpha360",
        _NETWORK,
        (0.0448, 0.3474, 0.0549, 0.4366, 0.0647, 0.8963, -0.0875),
        _SCALED,
        _SHORT,
    ),
    Trial(
        "GRU",
        "Alpha360",
        _NETWORK,
        (0.0493, 0.3772, 0.0584, 0.4638, 0.0720, 0.9730, -0.0821),
        _SCALED,
        _SHORT,
    ),
)
_DEFINE = """mutation Define($model: CreateModelInput!, $backtest: CreateBacktestInput!) {
  createModel(input: $model) { __typename ... on Problem { message } }
  createBacktest(input: $backtest) { __typename ... on Problem { message } } }"""
_ASK = """{{
  model(name: "{name}") {{
    training {{ provenance {{ computeSeconds }} }} evaluation {{ ic icir rankIc rankIcir }} }}
  backtest(name: "{name}") {{
    risk {{ excessReturnWithCost {{ annualizedReturn informationRatio maxDrawdown }} }} }} }}"""


def main(kinds: Sequence[str]) -> int:
    """Train the kinds named, or all, and write their rows."""
    directory = real_directory()
    if directory is None:
        print(f"QATLAS_TEST_DATA names no {FOLDER}.")
        return 1
    adopt = ["market", "adopt", "real", str(directory), "--region", "cn"]
    with (
        folder_with([*adopt, "--benchmark", "SH000300"], ["seed"]) as folder,
        running(folder) as server,
    ):
        for trial in TRIALS:
            if not kinds or trial.kind in kinds:
                rows = _rows(trial, server)
                print("\n".join(rows), flush=True)
                write(trial.kind, rows)
    return 0


def write(kind: str, rows: Sequence[str]) -> None:
    """Put the rows of a kind into the page, in the order of the trials."""
    page = PAGE.read_text()
    before, rest = page.split(_BEGIN)
    table, after = rest.split(_END)
    found = {one.kind: _rows_of(one.kind, table) for one in TRIALS} | {kind: list(rows)}
    lines = [_HEAD, "|---" * _HEAD.strip("|").count("|") + "|---|"]
    lines += [row for one in TRIALS for row in found[one.kind]]
    PAGE.write_text(f"{before}{_BEGIN}\n" + "\n".join(lines) + f"\n{_END}{after}")


def _rows_of(kind: str, table: str) -> list[str]:
    found = re.search(rf"^\| {kind} \|.*\n\| \|.*$", table, re.MULTILINE)
    return found[0].splitlines() if found else []


def _rows(trial: Trial, server: Server) -> list[str]:
    """What was found here, and what Qlib publishes."""
    name = trial.kind.lower()
    segments = {part: {"start": a, "end": b} for part, (a, b) in trial.segments.items()}
    model: dict[str, Any] = {"name": name, "kind": trial.kind, "factorSet": trial.factor_set}
    model |= {"parameters": dict(trial.parameters), "universe": "real/csi300"}
    model |= {"segments": segments, "processors": trial.processors}
    backtest = {"name": name, "signal": f"model/{name}", "strategy": {"topk": 50, "nDrop": 5}}
    answer = server.ask(_DEFINE, variables={"model": model, "backtest": backtest})
    for one in answer["data"].values():
        assert "message" not in one, one["message"]
    data = server.compute(_ASK.format(name=name), _LONGEST_SECONDS)
    judged, traded = data["model"]["evaluation"], data["backtest"]["risk"]["excessReturnWithCost"]
    figures = [judged[key] for key in ("ic", "icir", "rankIc", "rankIcir")]
    figures += [traded[key] for key in ("annualizedReturn", "informationRatio", "maxDrawdown")]
    seconds = data["model"]["training"]["provenance"]["computeSeconds"]
    first, last = trial.segments["train"][0][:4], trial.segments["valid"][1][:4]
    trained = f"{trial.factor_set}, {first} to {last}"
    return [
        f"| {trial.kind} | {trained} | here | {_shown(figures)} | {seconds:.0f} |",
        f"| | {trial.factor_set}, 2008 to 2016 | published | {_shown(trial.published)} | |",
    ]


def _shown(figures: Sequence[float]) -> str:
    return " | ".join(f"{figure:.4f}" for figure in figures)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
