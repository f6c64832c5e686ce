"""Every step leaves what Qlib's processor of its name leaves, to the last bit of float32."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from preparing_ground import ANY_DAY, after_qlib, require_same, table_of_days

from compute.preparing.steps import fit_steps
from compute.preparing.table import Table
from domain.processors import check_processors
from domain.specs import Processor

COLUMNS = 6


def step(where: str, kind: str, **parameters: object) -> Processor:
    asked = {where: [{"kind": kind, "parameters": parameters}]}
    (checked,) = getattr(check_processors(asked), where)
    return checked


STEPS = {
    "ProcessInf": step("infer", "ProcessInf"),
    "TanhProcess": step("infer", "TanhProcess"),
    "Fillna": step("infer", "Fillna"),
    "Fillna of the label": step("learn", "Fillna", fill_value=-1.5),
    "ZScoreNorm": step("infer", "ZScoreNorm"),
    "ZScoreNorm of the label": step("learn", "ZScoreNorm"),
    "RobustZScoreNorm": step("infer", "RobustZScoreNorm"),
    "RobustZScoreNorm not clipped": step("infer", "RobustZScoreNorm", clip_outlier=False),
    "RobustZScoreNorm of the label": step("learn", "RobustZScoreNorm"),
    "MinMaxNorm": step("infer", "MinMaxNorm"),
    "MinMaxNorm of the label": step("learn", "MinMaxNorm"),
    "CSZScoreNorm": step("infer", "CSZScoreNorm"),
    "CSZScoreNorm of the label": step("learn", "CSZScoreNorm"),
    "CSZScoreNorm robust": step("infer", "CSZScoreNorm", method="robust"),
    "CSZScoreNorm robust of the label": step("learn", "CSZScoreNorm", method="robust"),
    "CSRankNorm": step("infer", "CSRankNorm"),
    "CSRankNorm of the label": step("learn", "CSRankNorm"),
    "CSZFillna": step("infer", "CSZFillna"),
    "CSZFillna of the label": step("learn", "CSZFillna"),
    "DropnaProcessor": step("infer", "DropnaProcessor"),
    "DropnaProcessor of the label": step("learn", "DropnaProcessor", fields_group="label"),
    "DropnaLabel": step("learn", "DropnaLabel"),
}


def usual(chance: np.random.Generator) -> list[np.ndarray]:
    """Days of one member to several hundred, columns far from zero and close to it."""
    scale = 10.0 ** np.arange(-3, COLUMNS - 3)
    sizes = [1, 2, 3, 7, 8, 9, 120, 128, 129, 137, 300, 301, 600]
    days = [chance.normal(size=(size, COLUMNS + 1)) * np.append(scale, 0.02) for size in sizes]
    return [day + np.append(100 * np.arange(COLUMNS), 0.001) for day in days]


def gapped(chance: np.random.Generator) -> list[np.ndarray]:
    """With values missing here and there."""
    days = usual(chance)
    for day in days:
        day[chance.random(day.shape) < 0.15] = np.nan
    return days


def sparse(chance: np.random.Generator) -> list[np.ndarray]:
    """Without any value on some days, and without any of a column."""
    days = gapped(chance)
    days[3][:] = days[6][:, 1] = np.nan
    for day in days:
        day[:, 2] = np.nan
    days[8][1:, -1] = np.nan
    return days


def infinite(chance: np.random.Generator) -> list[np.ndarray]:
    """With infinities of both signs, up to all of a day's values."""
    days = sparse(chance)
    for day in days[3:]:
        day[chance.random(day.shape) < 0.05] = np.inf
        day[chance.random(day.shape) < 0.05] = -np.inf
    days[4][:, 0] = [np.inf, -np.inf, np.nan, np.inf, np.inf, np.inf, np.nan, np.inf]
    return days


def tied(chance: np.random.Generator) -> list[np.ndarray]:
    """Few values, and columns that are constant on a day or always."""
    days = [np.round(chance.normal(size=(size, COLUMNS + 1))) for size in (1, 2, 5, 40, 200)]
    for day in days:
        day[:, 1], day[:, 2] = 0.1, day[0, 2] / 3
        day[chance.random(day.shape) < 0.05] = -0.0
        day[:, 3] = 0.1
    return days


def extreme(chance: np.random.Generator) -> list[np.ndarray]:
    """Squares and sums that float32 cannot hold, and values that it barely can."""
    days = [chance.normal(size=(size, COLUMNS + 1)) for size in (2, 30, 30, 150)]
    days[1][:, 0] *= 1e25
    days[2][:, 1] = np.copysign(3e38, days[2][:, 1])
    days[3][:, 2] *= 1e-44
    days[3][:, -1] *= 1e30
    return days


GROUNDS = [usual, gapped, sparse, infinite, tied, extreme]


@pytest.mark.parametrize("ground", GROUNDS, ids=lambda ground: ground.__name__)
@pytest.mark.parametrize("name", STEPS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_step_leaves_what_qlibs_leaves(name: str, ground) -> None:
    table = table_of_days(ground(np.random.default_rng(7)))
    expected = after_qlib([STEPS[name]], table)

    found, _ = fit_steps([STEPS[name]], table, ANY_DAY)

    require_same(found, expected)


LARGEST = float(np.finfo(np.float32).max)
SPECIAL = st.sampled_from([0.0, -0.0, 1.0, 0.1, 3.0, np.nan, np.inf, -np.inf, 1e38, 1e-45])


@st.composite
def tables(draw: st.DrawFn, largest: float) -> Table:
    values = st.floats(-largest, largest, width=32) | SPECIAL
    sizes = draw(st.lists(st.integers(1, 12), min_size=1, max_size=4))
    return table_of_days([draw(arrays(np.float32, (size, 3), elements=values)) for size in sizes])


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_step_leaves_what_qlibs_leaves_of_anything(name: str, data: st.DataObject) -> None:
    # NumPy's medians of few values add a middle value to itself, which then overflows.
    table = data.draw(tables(LARGEST / 2 if "obust" in name else LARGEST))
    expected = after_qlib([STEPS[name]], table)

    found, _ = fit_steps([STEPS[name]], table, ANY_DAY)

    require_same(found, expected)


def test_a_feature_that_is_called_a_label_is_spared_as_qlib_spares_it() -> None:
    named = table_of_days(usual(np.random.default_rng(1)))
    table = replace(named, names=("LABEL1", *named.names[1:]))
    expected = after_qlib([STEPS["TanhProcess"]], table)

    found, _ = fit_steps([STEPS["TanhProcess"]], table, ANY_DAY)

    require_same(found, expected)
    np.testing.assert_array_equal(found.features[:, 0], expected[("feature", "LABEL1")])
