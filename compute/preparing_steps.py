"""The processors that a model's data goes through: Qlib's own, made from checked steps."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from qlib.data.dataset import processor as qlib_processors

from domain.processors import INFER_PROCESSORS, LEARN_PROCESSORS
from domain.specs import Processor

_FITTED = frozenset({"ZScoreNorm", "RobustZScoreNorm", "MinMaxNorm"})


def qlib_steps(
    steps: Iterable[Processor], fit_start: pd.Timestamp, fit_end: pd.Timestamp
) -> list[qlib_processors.Processor]:
    """Make Qlib's processors; those that are fitted see the days from one to the other."""
    return [_qlib_step(step, fit_start, fit_end) for step in steps]


def _qlib_step(
    step: Processor, fit_start: pd.Timestamp, fit_end: pd.Timestamp
) -> qlib_processors.Processor:
    if step.kind == "ProcessInf":
        return ProcessInf()
    if step.kind not in INFER_PROCESSORS and step.kind not in LEARN_PROCESSORS:
        raise LookupError(f"{step.kind} is no processor that was checked")
    fit = {"fit_start_time": fit_start, "fit_end_time": fit_end} if step.kind in _FITTED else {}
    return getattr(qlib_processors, step.kind)(**step.parameters, **fit)


class ProcessInf(qlib_processors.ProcessInf):  # type: ignore[misc]
    """Qlib's ProcessInf: an infinite value becomes the mean of its day's others.

    Qlib goes through every day and column, in processes of its own. This goes to those that have
    an infinite value and does there what Qlib does, so the values are the same to the last bit.
    """

    def __call__(self, df: pd.DataFrame) -> pd.DataFrame:
        """Replace the infinite values of features and labels, in place."""
        infinite = np.isinf(df.to_numpy())
        days = df.index.get_level_values("datetime")
        for column in np.flatnonzero(infinite.any(axis=0)):
            for day in days[infinite[:, column]].unique():
                rows = np.flatnonzero(days == day)
                values = df.iloc[rows, column]
                mean = values[~np.isinf(values)].mean()
                df.iloc[rows, column] = values.replace([np.inf, -np.inf], mean)
        return df
