"""A script as users of Qlib write it: values of a factor, its IC, and what trading on it earned.

Reads the settings, as JSON, from the file that the first argument names, and writes what it finds
to the `.npz` file that the second names.
"""

import json
import sys

import numpy as np
import pandas as pd
import qlib
from plain_qlib_backtest import ranked
from qlib.contrib.eva.alpha import calc_ic
from qlib.contrib.evaluate import backtest_daily, risk_analysis
from qlib.data import D

LABEL = "Ref($close,-2)/Ref($close,-1)-1"


def main(settings_path: str, target: str) -> None:
    with open(settings_path) as file:  # noqa: PTH123
        settings = json.load(file)
    qlib.init(
        provider_uri=settings["directory"], region=settings["region"], kernels=1, logging_level=40
    )
    members = D.instruments(settings["universe"])
    frame = D.features(members, [settings["factor"], LABEL], freq="day")
    frame = frame.swaplevel().sort_index()
    values, returns = frame[settings["factor"]], frame[LABEL]
    found = panel(values, "values")
    found |= ic("factor", values, returns, settings["evaluated"])
    predicted = predictions(settings["predictions"])
    found |= ic("model", predicted, returns.reindex(predicted.index), [None, None])
    report = traded(values, settings)
    found |= {f"report.{name}": report[name].to_numpy("f8") for name in report.columns}
    excess = report["return"] - report["bench"] - report["cost"]
    for mode in ("sum", "product"):
        risk = risk_analysis(excess, freq="day", mode=mode)["risk"]
        found |= {f"risk.{mode}.{name}": np.float64(figure) for name, figure in risk.items()}
    np.savez(target, **found)


def panel(series: pd.Series, name: str) -> dict[str, np.ndarray]:
    """A series as days times instruments."""
    table = series.unstack()
    return {
        name: table.to_numpy(),
        f"{name}.dates": table.index.to_numpy().astype("datetime64[D]"),
        f"{name}.symbols": table.columns.to_numpy().astype(str),
    }


def ic(
    name: str, values: pd.Series, returns: pd.Series, days: list[str | None]
) -> dict[str, np.ndarray]:
    """The daily correlations that are defined."""
    between = slice(*(pd.Timestamp(day) if day else None for day in days))
    pearson, rank = calc_ic(values.loc[between], returns.loc[between], dropna=True)
    return {f"{name}.ic": pearson.to_numpy("f8"), f"{name}.rank_ic": rank.to_numpy("f8")}


def predictions(path: str) -> pd.Series:
    """What a model predicted, as it was told."""
    stored = np.load(path)
    days = pd.DatetimeIndex(stored["dates"], name="datetime")
    columns = pd.Index(stored["symbols"], name="instrument")
    return pd.DataFrame(stored["values"], days, columns).stack().dropna()


def traded(values: pd.Series, settings: dict) -> pd.DataFrame:
    """The report of trading on the values."""
    signal = {
        "values": values.unstack().to_numpy(),
        "dates": values.unstack().index,
        "symbols": values.unstack().columns,
    }
    report, _ = backtest_daily(
        start_time=settings["start"],
        end_time=settings["end"],
        strategy={
            "class": "TopkDropoutStrategy",
            "module_path": "qlib.contrib.strategy.signal_strategy",
            "kwargs": settings["strategy"] | {"signal": ranked(signal)},
        },
        account=settings["account"],
        benchmark=settings["benchmark"],
        exchange_kwargs=settings["exchange"],
    )
    return report


if __name__ == "__main__":
    main(*sys.argv[1:])
