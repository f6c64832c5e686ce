"""What a key stands for: the bars that a result reads, and nothing else."""

from collections.abc import AsyncIterator
from pathlib import Path
from shutil import copyfile
from typing import Any

import numpy as np
import pytest
from asking_ground import (
    ALL_DAYS,
    DAYS,
    INDEX,
    MEMBERS,
    SEGMENTS,
    STRANGER,
    TRADED,
    Changes,
    Ground,
    bars_of,
)

from catalog.database import Database

pytestmark = pytest.mark.anyio

START, END = "2020-03-02", "2020-05-22"
"""Well before the first snapshot ends."""

PERIOD = f'start: "{START}", end: "{END}"'
PROVENANCE = "provenance { key fromCache isCurrent snapshot { version } }"
QUESTIONS = {
    "values": 'factor(name: "momentum") { r: values(PERIOD NAMED) { columns { values } HOW } }',
    "evaluation": (
        'factor(name: "momentum") { r: evaluation(PERIOD, horizonDays: 2 NAMED) '
        "{ ic rankIc HOW decay(horizonDays: [1, 2]) { ic } } }"
    ),
    "calculation": (
        'calculate(expressions: ["Mean($volume, 5)"], PERIOD NAMED) { r: series '
        "{ columns { values } HOW } }"
    ),
    "instrument": (
        'instrument(symbol: "AAA") { r: factorValues(factor: "momentum", PERIOD NAMED) '
        "{ columns { values } HOW } }"
    ),
    "bars": (
        'instrument(symbol: "AAA") { r: bars(fields: ["close"], PERIOD NAMED) '
        "{ columns { values } HOW } }"
    ),
    "training": 'model(name: "trees") { r: trainingALONE { trainRows bestIteration HOW } }',
    "predictions": 'model(name: "trees") { r: predictionsALONE { columns { values } HOW } }',
    "model": 'model(name: "trees") { r: evaluationALONE { ic HOW } }',
    "backtest": 'backtest(name: "on-trees") { r: reportALONE { account benchmarkReturn HOW } }',
    "traded": 'backtest(name: "on-momentum") { r: reportALONE { account benchmarkReturn HOW } }',
}
COMPUTED_ANEW = {"instrument", "bars"}
"""What is no result of its own, but a part of something larger."""


def row(day: object, later: int = 0) -> int:
    """The row of a day, or of one so many trading days later."""
    return int(np.searchsorted(ALL_DAYS, np.datetime64(str(day)))) + later


async def asked(ground: Ground, name: str, version: int | None = None) -> dict[str, Any]:
    """The answer to one of the questions, on the newest data or on a snapshot."""
    snapshot = f'snapshot: "tiny:{version}"' if version else ""
    query = QUESTIONS[name].replace("PERIOD", PERIOD).replace("HOW", PROVENANCE)
    query = query.replace("NAMED", f", {snapshot}" if version else "")
    query = query.replace("ALONE", f"({snapshot})" if version else "")
    found = (await ground.data(f"{{ asked: {query} }}"))["asked"]
    answer: dict[str, Any] = (found[0] if isinstance(found, list) else found)["r"]
    answer |= answer.pop("provenance")
    return answer


def numbers(answer: dict[str, Any]) -> dict[str, Any]:
    """What was computed, without how."""
    return {
        name: value
        for name, value in answer.items()
        if name not in ("fromCache", "isCurrent", "snapshot")
    }


@pytest.fixture
async def ground(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Ground]:
    # Keys do not come from SQL, so one database will do.
    copyfile(sqlite_template, tmp_path / "catalogue.db")
    database = Database(f"sqlite:///{tmp_path / 'catalogue.db'}")
    ground = Ground(database, tmp_path)
    await ground.import_data()
    await ground.define()
    yield ground
    await ground.runner.close()
    await database.close()


@pytest.mark.parametrize("name", QUESTIONS)
async def test_a_day_more_of_data_leaves_results_over_past_days_current(
    ground: Ground, name: str
) -> None:
    first = await asked(ground, name)
    made = dict(ground.executor.made)
    await ground.import_data(DAYS + 1)
    ground.restart()
    second, third = await asked(ground, name), await asked(ground, name, version=1)

    assert numbers(first) == numbers(second) == numbers(third)
    assert second["isCurrent"] is third["isCurrent"] is True
    if name not in COMPUTED_ANEW:
        assert second["fromCache"] is third["fromCache"] is True
        assert second["snapshot"] == {"version": 1}
        assert dict(ground.executor.made) == made


CLOSE, VOLUME = "close", "volume"
WITHIN = [
    ("values", "AAA", CLOSE, row("2020-04-01")),
    ("values", "EEE", CLOSE, row(START, -3)),
    ("values", "AAA", CLOSE, row(END)),
    ("calculation", "AAA", VOLUME, row("2020-04-01")),
    ("evaluation", "BBB", CLOSE, row("2020-04-01")),
    ("evaluation", "BBB", CLOSE, row(END, 3)),
    ("instrument", "AAA", CLOSE, row(END)),
    ("bars", "AAA", CLOSE, row(START)),
    ("training", "CCC", VOLUME, row(SEGMENTS.train.start, -4)),
    ("training", "CCC", CLOSE, row(SEGMENTS.test.end, 2)),
    ("predictions", "CCC", VOLUME, row(SEGMENTS.valid.start)),
    ("model", "CCC", CLOSE, row(SEGMENTS.test.end, 2)),
    ("backtest", "CCC", VOLUME, row(SEGMENTS.train.start)),
    ("backtest", INDEX, CLOSE, row(TRADED.start, -1)),
    ("traded", "DDD", CLOSE, row(TRADED.end)),
    ("traded", "DDD", "factor", row(TRADED.start)),
    ("traded", INDEX, CLOSE, row(TRADED.end)),
]


@pytest.mark.parametrize(("name", "symbol", "field", "at"), WITHIN)
async def test_a_bar_that_a_result_reads_changes_its_key(
    ground: Ground, name: str, symbol: str, field: str, at: int
) -> None:
    first = await asked(ground, name)
    await ground.import_data(changes=[(symbol, field, at)])
    second, old = await asked(ground, name), await asked(ground, name, version=1)

    assert second["key"] != first["key"]
    assert second["isCurrent"] is True
    assert numbers(old) == numbers(first)
    assert old["isCurrent"] is False


FAR = [(STRANGER, CLOSE, row("2020-04-01")), ("AAA", "high", row("2020-04-01"))]
"""A share that no universe has, and a field that nothing reads."""

LATER = ("AAA", CLOSE, row(END, 4))
BEYOND = [
    *((name, [*FAR, LATER]) for name in QUESTIONS),
    ("values", [(INDEX, CLOSE, row("2020-04-01")), ("AAA", CLOSE, row(END, 1))]),
    ("instrument", [("BBB", CLOSE, row("2020-04-01"))]),
    ("bars", [("AAA", VOLUME, row("2020-04-01"))]),
    ("traded", [("AAA", "open", row(TRADED.start)), (INDEX, CLOSE, row(TRADED.start, -2))]),
    ("traded", [("AAA", CLOSE, row(TRADED.end, 1)), (INDEX, CLOSE, row(TRADED.end, 1))]),
]


@pytest.mark.parametrize(("name", "changes"), BEYOND)
async def test_bars_that_a_result_does_not_read_leave_its_key(
    ground: Ground, name: str, changes: Changes
) -> None:
    first = await asked(ground, name)
    await ground.import_data(changes=changes)
    second = await asked(ground, name)

    assert numbers(second) == numbers(first)
    assert second["isCurrent"] is True


@pytest.mark.parametrize("name", ["values", "evaluation", "training", "backtest"])
async def test_members_are_part_of_the_key(ground: Ground, name: str) -> None:
    first = await asked(ground, name)
    await ground.import_data(members=MEMBERS[:4])
    second = await asked(ground, name)

    is_pinned = name in ("training", "backtest")  # to the universe that it was defined with
    assert (second["key"] == first["key"]) is is_pinned


async def test_each_snapshot_gives_its_own_numbers_whatever_was_asked_first(
    ground: Ground,
) -> None:
    at = row("2020-04-01")
    await ground.import_data(changes=[("AAA", CLOSE, at)])
    newest, oldest = await asked(ground, "values"), await asked(ground, "values", version=1)

    for answer, changes in ((newest, [("AAA", CLOSE, at)]), (oldest, [])):
        close = bars_of("AAA", DAYS, changes)[CLOSE].astype(np.float32)
        expected = close[row(START) : row(END) + 1] / close[row(START) - 3 : row(END) - 2] - 1
        np.testing.assert_allclose(answer["columns"][0]["values"], expected, rtol=1e-4, atol=1e-7)
    assert newest["columns"][1:] == oldest["columns"][1:]
    assert (newest["isCurrent"], oldest["isCurrent"]) == (True, False)


async def test_the_whole_of_the_data_is_another_period_a_day_later(ground: Ground) -> None:
    query = '{ factor(name: "momentum") { evaluation { provenance { key fromCache isCurrent } } } }'
    first = (await ground.data(query))["factor"]["evaluation"]["provenance"]
    await ground.import_data(DAYS + 1)
    second = (await ground.data(query))["factor"]["evaluation"]["provenance"]

    assert second["key"] != first["key"]
    assert (second["fromCache"], second["isCurrent"]) == (False, True)


async def test_an_expression_has_one_key_however_it_is_written(ground: Ground) -> None:
    saved = await asked(ground, "values")
    query = (
        f'{{ calculate(expressions: ["($close / Ref($close, 3)) - 1"], {PERIOD}) '
        "{ series { columns { values } provenance { key fromCache } } } }"
    )
    series = (await ground.data(query))["calculate"][0]["series"]

    assert series["provenance"] == {"key": saved["key"], "fromCache": True}
    assert series["columns"] == saved["columns"]
