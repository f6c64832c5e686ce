"""Rows of a model that tests prepare, and what Qlib's own processors make of them."""

import warnings
from collections.abc import Iterable, Sequence
from functools import partial

import numpy as np
import pandas as pd
from qlib.data.dataset import processor as qlib_processors

from compute.preparing.fitting import FITTED
from compute.preparing.table import Table
from domain.period import Period
from domain.specs import Processor

ANY_DAY = Period(pd.Timestamp("1990-01-01").date(), pd.Timestamp("2090-01-01").date())
_in_process = partial(qlib_processors.datetime_groupby_apply, n_jobs=1)


def table_of_days(days: Sequence[np.ndarray]) -> Table:
    """A table of the days' values, shape (members, features + 1) each, the label last."""
    values = np.concatenate(days).astype(np.float32)
    sizes = [len(day) for day in days]
    dates = np.array("2020-01-01", "datetime64[D]") + np.arange(len(days))
    return Table(
        features=np.ascontiguousarray(values[:, :-1]),
        label=values[:, -1].copy(),
        dates=dates,
        starts=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        places=np.concatenate([np.arange(size) for size in sizes]).astype(np.int32),
        symbols=tuple(f"S{place:03}" for place in range(max(sizes))),
        names=tuple(f"F{column}" for column in range(values.shape[1] - 1)),
    )


def frame_of(table: Table) -> pd.DataFrame:
    """The same rows as Qlib's handlers have them: a block of columns, each in one piece."""
    dates = np.repeat(table.dates.astype("datetime64[ns]"), np.diff(table.starts))
    symbols = np.array(table.symbols, dtype=object)[table.places]
    columns = [("feature", name) for name in table.names] + [("label", "LABEL0")]
    return pd.DataFrame(
        np.column_stack([table.features, table.label]),
        pd.MultiIndex.from_arrays([dates, symbols], names=["datetime", "instrument"]),
        pd.MultiIndex.from_tuples(columns),
    ).copy()


def after_qlib(steps: Iterable[Processor], table: Table, train: Period = ANY_DAY) -> pd.DataFrame:
    """What Qlib makes of a table, which stays as it is; its ProcessInf starts no processes."""
    frame = frame_of(table)
    kept, qlib_processors.datetime_groupby_apply = (
        qlib_processors.datetime_groupby_apply,
        _in_process,
    )
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            for step in steps:
                processor = _processor(step, train)
                processor.fit(frame)
                frame = processor(frame)
    finally:
        qlib_processors.datetime_groupby_apply = kept
    return frame


def _processor(step: Processor, train: Period) -> qlib_processors.Processor:
    days = {
        "fit_start_time": pd.Timestamp(train.start),
        "fit_end_time": pd.Timestamp(train.end),
    }
    given = dict(step.parameters) | (days if step.kind in FITTED else {})
    return getattr(qlib_processors, step.kind)(**given)


def require_same(found: Table, expected: pd.DataFrame) -> None:
    """The same rows, with the same float32 values to the last bit."""
    rows = frame_of(found)
    assert rows.index.to_list() == expected.index.to_list()
    np.testing.assert_array_equal(rows.to_numpy(), expected.to_numpy(dtype=np.float32))
