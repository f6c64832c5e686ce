"""The reference run as users of Qlib write it, a process of its own: factors, model, IC, backtest.

Reads the settings, as JSON, from the file that the first argument names, and writes what it finds
to the `.npz` file that the second names: predictions, daily correlations, the report, and how long
LightGBM itself took.
"""

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lightgbm
import numpy as np

if TYPE_CHECKING:
    import pandas as pd


class _Quiet:
    """Takes the place of Qlib's recorder, which the installed MLflow refuses."""

    def log_metrics(self, **_: object) -> None:
        """Nothing is recorded."""


class _Stopwatch:
    """LightGBM's training, timed."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._train = lightgbm.train

    def __call__(self, *arguments: Any, **named: Any) -> lightgbm.Booster:
        begun = time.perf_counter()
        booster = self._train(*arguments, **named)
        self.seconds += time.perf_counter() - begun
        return booster


def main(settings_path: str, target: str) -> None:
    """Run it."""
    settings = json.loads(Path(settings_path).read_text())
    lightgbm.train = stopwatch = _Stopwatch()
    predicted, label = _predictions(settings)
    found = _told("prediction", predicted) | _correlations(predicted, label)
    found |= _traded(predicted, settings)
    np.savez(target, lightgbm_seconds=np.float64(stopwatch.seconds), **found)


def _predictions(settings: dict[str, Any]) -> "tuple[pd.Series, pd.Series]":
    import qlib
    from qlib.contrib.data.handler import Alpha158
    from qlib.contrib.model import gbdt
    from qlib.data.dataset import DatasetH
    from qlib.data.dataset.handler import DataHandlerLP

    qlib.init(provider_uri=settings["directory"], region="cn", logging_level=40)
    gbdt.R = _Quiet()
    segments = settings["segments"]
    handler = Alpha158(
        instruments=settings["universe"],
        start_time=segments["train"][0],
        end_time=segments["test"][1],
        fit_start_time=segments["train"][0],
        fit_end_time=segments["train"][1],
    )
    dataset = DatasetH(handler, segments)
    model = gbdt.LGBModel(**settings["parameters"])
    model.fit(dataset, verbose_eval=0)
    label = dataset.prepare("test", col_set="label", data_key=DataHandlerLP.DK_R)
    return model.predict(dataset, segment="test"), label.iloc[:, 0]


def _correlations(predicted: "pd.Series", label: "pd.Series") -> dict[str, Any]:
    from qlib.contrib.eva.alpha import calc_ic

    ic, rank_ic = calc_ic(predicted, label, dropna=True)
    return {"ic": ic.to_numpy("f8"), "rank_ic": rank_ic.to_numpy("f8")}


def _traded(predicted: "pd.Series", settings: dict[str, Any]) -> dict[str, Any]:
    from qlib.contrib.evaluate import backtest_daily, risk_analysis

    report, _ = backtest_daily(
        start_time=settings["segments"]["test"][0],
        end_time=settings["segments"]["test"][1],
        strategy={
            "class": "TopkDropoutStrategy",
            "module_path": "qlib.contrib.strategy.signal_strategy",
            "kwargs": settings["strategy"] | {"signal": _ranked(predicted)},
        },
        account=settings["account"],
        benchmark=settings["benchmark"],
        exchange_kwargs=settings["exchange"],
    )
    excess = report["return"] - report["bench"] - report["cost"]
    risk = risk_analysis(excess, freq="day")["risk"]
    columns = {f"report.{name}": report[name].to_numpy("f8") for name in report.columns}
    return columns | {f"risk.{name}": np.float64(figure) for name, figure in risk.items()}


def _ranked(predicted: "pd.Series") -> "pd.Series":
    """Scores as ranks without ties, of equals the name that comes first ranking higher.

    Qlib's own order of ties differs between processors, and a fifth of this model's scores tie.
    """
    frame = predicted.unstack()
    frame = frame[sorted(frame.columns, reverse=True)]
    return frame.rank(axis=1, method="first").stack().dropna()


def _told(name: str, values: "pd.Series") -> dict[str, Any]:
    days, symbols = (values.index.get_level_values(level) for level in (0, 1))
    return {
        f"{name}.values": values.to_numpy(),
        f"{name}.dates": days.to_numpy().astype("datetime64[D]"),
        f"{name}.symbols": symbols.to_numpy().astype("U10"),
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
