"""Rows go through their steps as through Qlib's handler, and later rows go the same way."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from preparing_ground import after_qlib, frame_of, require_same, table_of_days

from benchmarks.frames import table_of
from compute.preparing.fitting import Fitted
from compute.preparing.prepared import prepare
from compute.preparing.steps import apply_steps, fit_steps
from compute.preparing.table import Table
from domain.period import Period, Segments
from domain.processors import check_processors
from domain.specs import Processor, Processors

START = date(2020, 1, 1)


def days(first: int, last: int) -> Period:
    return Period(START + timedelta(first), START + timedelta(last))


SEGMENTS = Segments(days(0, 11), days(13, 17), days(18, 23))


@pytest.fixture
def table() -> Table:
    """Two dozen days with gaps and a few infinities; one day has one member."""
    chance = np.random.default_rng(11)
    found = []
    for day in range(24):
        values = chance.normal(day / 5, 2, size=(1 if day == 4 else 30, 5))
        values[chance.random(values.shape) < 0.1] = np.nan
        values[chance.random(values.shape) < 0.01] = np.inf
        found.append(values)
    return table_of_days(found)


def asked(infer: list[str], learn: list[str]) -> Processors:
    return check_processors(
        {"infer": [{"kind": kind} for kind in infer], "learn": [{"kind": kind} for kind in learn]}
    )


def copied(table: Table) -> Table:
    return replace(table, features=table.features.copy(), label=table.label.copy())


PIPELINES = {
    "default": Processors(),
    "nothing": asked([], []),
    "robust": asked(["ProcessInf", "RobustZScoreNorm", "Fillna"], ["DropnaLabel", "CSRankNorm"]),
    "dropped": asked(["DropnaProcessor", "ZScoreNorm"], ["DropnaProcessor", "CSZScoreNorm"]),
    "fitted twice": asked(
        ["ProcessInf", "ZScoreNorm", "CSZFillna", "MinMaxNorm"], ["DropnaLabel", "ZScoreNorm"]
    ),
    "ranked": asked(["CSZScoreNorm", "TanhProcess"], ["RobustZScoreNorm"]),
}


@pytest.mark.parametrize("name", PIPELINES)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_segments_are_those_of_qlibs_handler(name: str, table: Table) -> None:
    processors = PIPELINES[name]
    inferred = after_qlib(processors.infer, table, SEGMENTS.train)
    learned = after_qlib(processors.learn, table_of(inferred), SEGMENTS.train)

    found = prepare(copied(table), processors, SEGMENTS)

    require_same(found.every, inferred)
    for part, period in ((found.train, SEGMENTS.train), (found.valid, SEGMENTS.valid)):
        span = slice(pd.Timestamp(period.start), pd.Timestamp(period.end))
        require_same(part, learned.loc[span])


def test_steps_of_learning_leave_what_is_predicted_from_alone(table: Table) -> None:
    infer_only = prepare(copied(table), asked(["Fillna"], []), SEGMENTS)

    both = prepare(copied(table), asked(["Fillna"], ["DropnaLabel", "CSRankNorm"]), SEGMENTS)

    require_same(both.every, frame_of(infer_only.every))
    assert len(both.train) < len(infer_only.train)


@pytest.mark.parametrize("kind", ["ZScoreNorm", "RobustZScoreNorm", "MinMaxNorm"])
def test_days_after_the_train_segment_change_nothing_that_is_fitted(
    kind: str, table: Table
) -> None:
    finite = replace(table, features=np.clip(table.features, -9, 9))
    other = copied(finite)
    later = slice(table.starts[12], None)
    other.features[later] += 1000
    steps = asked([kind], []).infer

    first, learned = fit_steps(steps, copied(finite), SEGMENTS.train)
    second, again = fit_steps(steps, other, SEGMENTS.train)

    (one,), (two,) = learned, again
    assert one is not None
    assert two is not None
    np.testing.assert_array_equal(one.as_array(), two.as_array())
    np.testing.assert_array_equal(
        first.between(SEGMENTS.train).features, second.between(SEGMENTS.train).features
    )
    assert not np.array_equal(first.features, second.features, equal_nan=True)


@pytest.mark.parametrize("name", PIPELINES)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_what_was_learned_takes_new_rows_the_same_way(name: str, table: Table) -> None:
    steps = PIPELINES[name].infer
    whole, learned = fit_steps(steps, copied(table), SEGMENTS.train)
    kept = tuple(one and Fitted.of_array(one.kind, one.as_array()) for one in learned)

    alone = apply_steps(steps, kept, copied(table.between(SEGMENTS.test)))

    require_same(alone, frame_of(whole.between(SEGMENTS.test)))


def test_a_fitted_step_is_a_shift_and_a_divisor_of_each_column(table: Table) -> None:
    finite = replace(table, features=np.nan_to_num(table.features, posinf=0))
    train = finite.between(SEGMENTS.train).features.astype(np.float64)

    _, (fitted,) = fit_steps(asked(["ZScoreNorm"], []).infer, copied(finite), SEGMENTS.train)

    assert fitted is not None
    assert fitted.kind == "ZScoreNorm"
    np.testing.assert_allclose(fitted.as_array(), [train.mean(axis=0), train.std(axis=0)], 1e-5)


def test_a_day_is_a_slice_and_a_period_a_view(table: Table) -> None:
    part = table.between(days(3, 5))

    assert np.shares_memory(part.features, table.features)
    assert part.dates.tolist() == [START + timedelta(day) for day in (3, 4, 5)]
    assert np.diff(part.starts).tolist() == [30, 1, 30]
    assert len(table.between(days(100, 200))) == 0
    require_same(part, frame_of(table).loc["2020-01-04":"2020-01-06"])


def test_rows_that_are_dropped_leave_days_without_any(table: Table) -> None:
    days_of_rows = np.repeat(np.arange(24), np.diff(table.starts))

    part = table.where(days_of_rows % 2 == 1)

    assert np.diff(part.starts).tolist() == [0 if day % 2 == 0 else 30 for day in range(24)]
    assert part.dates is table.dates
    require_same(part, frame_of(table)[days_of_rows % 2 == 1])


def test_what_qlib_loads_becomes_the_same_rows(table: Table) -> None:
    frame = frame_of(table)

    found = table_of(frame)

    require_same(found, frame)
    assert found.features.flags.c_contiguous
    np.testing.assert_array_equal(found.starts, table.starts)
    assert (found.symbols, found.names) == (table.symbols, table.names)


def test_a_step_that_was_not_checked_is_no_step(table: Table) -> None:
    with pytest.raises(LookupError, match="HashStockFormat"):
        fit_steps([Processor("HashStockFormat")], table, SEGMENTS.train)
