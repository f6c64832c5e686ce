"""A script as users of Qlib write it: train LightGBM on Alpha158 and predict.

Reads the settings, as JSON, from the file that the first argument names; writes the predictions
of every segment to the `.npz` file that the second names.
"""

import json
import sys

import numpy as np
import qlib
from qlib.contrib.model import gbdt
from qlib.utils import init_instance_by_config


class Quiet:
    """Takes the place of Qlib's recorder, which the installed MLflow refuses."""

    def log_metrics(self, **_: object) -> None:
        """Nothing is recorded."""


def main(settings_path: str, target: str) -> None:
    with open(settings_path) as file:  # noqa: PTH123
        settings = json.load(file)
    qlib.init(provider_uri=settings["directory"], region="us", kernels=1, logging_level=40)
    gbdt.R = Quiet()
    segments = settings["segments"]
    handler = {
        "instruments": settings["market"],
        "start_time": segments["train"][0],
        "end_time": segments["test"][1],
        "fit_start_time": segments["train"][0],
        "fit_end_time": segments["train"][1],
        "infer_processors": settings["infer_processors"],
        "learn_processors": settings["learn_processors"],
    }
    dataset = init_instance_by_config(
        {
            "class": "DatasetH",
            "module_path": "qlib.data.dataset",
            "kwargs": {
                "handler": {
                    "class": "Alpha158",
                    "module_path": "qlib.contrib.data.handler",
                    "kwargs": handler,
                },
                "segments": segments,
            },
        }
    )
    model = init_instance_by_config(
        {
            "class": "LGBModel",
            "module_path": "qlib.contrib.model.gbdt",
            "kwargs": settings["model"],
        }
    )
    curves: dict[str, dict[str, list[float]]] = {}
    model.fit(dataset, evals_result=curves)
    found = {"curve": np.array(curves["valid"]["l2"]), "best": model.model.best_iteration}
    for name in segments:
        predictions = model.predict(dataset, segment=name)
        dates, symbols = (predictions.index.get_level_values(i) for i in (0, 1))
        found[f"{name}_values"] = predictions.to_numpy()
        found[f"{name}_dates"] = dates.to_numpy().astype("datetime64[D]")
        found[f"{name}_symbols"] = symbols.to_numpy().astype("U10")
    np.savez(target, **found)


if __name__ == "__main__":
    main(*sys.argv[1:])
