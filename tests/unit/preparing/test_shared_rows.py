"""However many cores share the rows, what is made of them is the same to the last bit."""

import numpy as np
import pytest
from preparing_ground import ANY_DAY, table_of_days

from compute.preparing import cores
from compute.preparing.steps import fit_steps
from compute.preparing.table import Table
from domain.processors import INFER_PROCESSORS, check_processors


def table() -> Table:
    """Days of very different length, some without members, with gaps, infinities and ties."""
    chance = np.random.default_rng(11)
    days = [chance.normal(size=(size, 6)) for size in (0, 700, 3, 0, 1, 260, 90, 2100, 40, 0)]
    for day in days:
        day[chance.random(day.shape) < 0.05] = np.nan
        day[:, 1] = np.round(day[:, 1], 1)
    days[1][17, 2] = np.inf
    return table_of_days(days)


@pytest.mark.parametrize("kind", INFER_PROCESSORS)
@pytest.mark.parametrize("count", [2, 3, 7])
def test_cores_leave_no_trace(kind: str, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = check_processors({"infer": [{"kind": kind, "parameters": {}}]}).infer
    alone, learned_alone = fit_steps(steps, table(), ANY_DAY)
    used: list[int] = []
    run = cores._run
    monkeypatch.setattr(cores, "_LEAST_CELLS", 1)
    monkeypatch.setattr(cores.os, "sched_getaffinity", lambda _: set(range(count)))
    monkeypatch.setattr(cores, "_run", lambda cuts, work: used.append(len(cuts)) or run(cuts, work))
    shared, learned = fit_steps(steps, table(), ANY_DAY)

    np.testing.assert_array_equal(shared.features, alone.features)
    np.testing.assert_array_equal(shared.label, alone.label)
    for one, other in zip(learned, learned_alone, strict=True):
        assert (one is None) == (other is None)
        if one is not None and other is not None:
            np.testing.assert_array_equal(one.as_array(), other.as_array())
    assert kind == "DropnaProcessor" or max(used) > 2
