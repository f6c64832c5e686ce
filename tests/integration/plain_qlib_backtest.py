"""A script as users of Qlib write it: trade on scores by TopkDropout and look at the report.

Reads the settings, as JSON, from the file that the first argument names, and the scores from the
`.npz` file that the second names. Trades once for each of the settings' runs, and writes the
reports to the `.npz` file that the third names, a column as `<run>.<column>`.
"""

import json
import sys

import numpy as np
import pandas as pd
import qlib
from qlib.contrib.evaluate import backtest_daily


def ranked(stored: np.lib.npyio.NpzFile) -> pd.Series:
    """Scores as ranks without ties: of equals, the name that comes first ranks higher."""
    days = pd.DatetimeIndex(stored["dates"], name="datetime")
    frame = pd.DataFrame(stored["values"], days, pd.Index(stored["symbols"], name="instrument"))
    frame = frame[sorted(frame.columns, reverse=True)]
    return frame.rank(axis=1, method="first").stack().dropna()


def main(settings_path: str, signal_path: str, target: str) -> None:
    with open(settings_path) as file:  # noqa: PTH123
        settings = json.load(file)
    qlib.init(
        provider_uri=settings["directory"],
        region=settings["region"],
        kernels=1,
        logging_level=40,
    )
    signal = ranked(np.load(signal_path))
    found = {}
    for name, run in settings["runs"].items():
        report, _ = backtest_daily(
            start_time=settings["start"],
            end_time=settings["end"],
            strategy={
                "class": "TopkDropoutStrategy",
                "module_path": "qlib.contrib.strategy.signal_strategy",
                "kwargs": run["strategy"] | {"signal": signal},
            },
            account=settings["account"],
            benchmark=settings["benchmark"],
            exchange_kwargs=run["exchange"],
        )
        found[f"{name}.date"] = report.index.to_numpy().astype("datetime64[D]")
        found |= {f"{name}.{column}": report[column].to_numpy("f8") for column in report.columns}
    np.savez(target, **found)


if __name__ == "__main__":
    main(*sys.argv[1:])
