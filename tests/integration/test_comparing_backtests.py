"""Backtests side by side: pandas' own sums and correlations on the days that all have traded."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from schema_ground import Ground, small_ground

from catalog.defining import create_backtest
from catalog.reading import find_entities
from domain.names import EntityKind, Reference
from domain.period import Period
from domain.work import BacktestWork
from resolvers.seeds import backtest_spec

pytestmark = pytest.mark.anyio

COMPARE = """query Q($names: [EntityRef!]!, $most: Int) { compareBacktests(
  backtests: $names, maxPoints: $most) { id backtests { name version } dates
  cumulativeReturns { name values } correlation } }"""
SUMMER = Period(date(2011, 6, 1), date(2011, 9, 30))
WINTER = Period(date(2011, 11, 1), date(2012, 1, 31))


@pytest.fixture
async def ground(
    sqlite_template: Path, tmp_path: Path, sample_directory: Path
) -> AsyncIterator[Ground]:
    """Two chains, and backtests of a summer and a winter."""
    async with small_ground(sqlite_template, tmp_path, sample_directory, 2) as ground:
        async with ground.database.begin() as session:
            found = {}
            for kind, name in ((EntityKind.UNIVERSE, "us5"), (EntityKind.FACTOR, "f1")):
                reference = Reference(name)
                found[name] = (await find_entities(session, kind, [reference]))[reference][0].id
            spec = backtest_spec(found["f1"], found["us5"])
            for name, period in (("summer", SUMMER), ("winter", WINTER)):
                made = replace(spec, period=period)
                await create_backtest(session, name, made, author="ada")
        yield ground


async def compared(ground: Ground, *names: str, most: int | None = None) -> Any:
    return (await ground.data(COMPARE, names=names, most=most))["compareBacktests"]


async def net_returns(ground: Ground, name: str) -> pd.Series:
    query = f'{{ backtest(name: "{name}") {{ report {{ dates portfolioReturn cost }} }} }}'
    report = (await ground.data(query))["backtest"]["report"]
    net = np.array(report["portfolioReturn"]) - np.array(report["cost"])
    return pd.Series(net, report["dates"])


async def test_a_comparison_is_pandas_own_on_shared_days(ground: Ground) -> None:
    names = ["b1", "summer", "c2"]
    found = await compared(ground, *names)

    net = pd.concat([await net_returns(ground, name) for name in names], axis=1, join="inner")
    assert found["dates"] == list(net.index)
    assert found["dates"][0] >= str(SUMMER.start)
    assert found["dates"][-1] <= str(SUMMER.end)
    assert [one["name"] for one in found["cumulativeReturns"]] == names
    assert [one["name"] for one in found["backtests"]] == names
    sums = np.array([one["values"] for one in found["cumulativeReturns"]]).T
    np.testing.assert_allclose(sums, net.cumsum(), rtol=0, atol=1e-14)
    np.testing.assert_allclose(found["correlation"], net.corr(), rtol=0, atol=1e-12)
    assert len(net) > 50


async def test_a_comparison_is_thinned_as_series_are(ground: Ground) -> None:
    whole = await compared(ground, "b1", "c1")
    thin = await compared(ground, "b1", "c1", most=40)

    assert len(thin["dates"]) <= 40 < len(whole["dates"])
    assert {thin["dates"][0], thin["dates"][-1]} == {whole["dates"][0], whole["dates"][-1]}
    rows = [whole["dates"].index(day) for day in thin["dates"]]
    for one, other in zip(thin["cumulativeReturns"], whole["cumulativeReturns"], strict=True):
        assert one["values"] == [other["values"][row] for row in rows]
    assert thin["correlation"] == whole["correlation"]
    assert thin["id"] != whole["id"]
    assert whole["id"] == (await compared(ground, "b1:1", "c1"))["id"]
    assert whole["id"] != (await compared(ground, "c1", "b1"))["id"]


async def test_a_backtest_that_stands_still_correlates_with_nothing(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    compute = ground.executor._backtest

    def still(work: BacktestWork, numbers: np.random.Generator) -> Any:
        outcome = compute(work, numbers)
        if work.period == SUMMER:
            ground.store.kept[outcome.artifacts["report:return"]] = np.full(10_000, 0.0001)[
                : len(ground.store.kept[outcome.artifacts["report:date"]])
            ]
        return outcome

    monkeypatch.setattr(ground.executor, "_backtest", still)

    assert (await compared(ground, "summer", "b1"))["correlation"] == [[None, None], [None, 1.0]]


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["b1"], "There is 1 backtest; give 2 to 20."),
        (["b1"] * 21, "There are 21 backtests"),
        (["b1", "c1", "b1:1"], "b1:1 is named more than once"),
        (["b1", "summer", "winter"], "winter trades 2011-11-01 to 2012-01-31, and none of these"),
    ],
)
async def test_what_cannot_be_compared_is_refused(
    ground: Ground, names: list[str], sentence: str
) -> None:
    reply = await ground.ask(COMPARE, {"names": names})

    assert reply.codes == {"compareBacktests": "BAD_INPUT"}
    assert sentence in reply.errors[0].message
    assert reply.errors[0].extensions == {"code": "BAD_INPUT", "field": "backtests"}


async def test_an_unknown_backtest_is_not_found(ground: Ground) -> None:
    reply = await ground.ask(COMPARE, {"names": ["b1", "nope"]})

    assert reply.codes == {"compareBacktests": "NOT_FOUND"}


async def test_all_that_are_missing_are_started_before_any_is_waited_for(ground: Ground) -> None:
    reply = await ground.ask(COMPARE, {"names": ["c1", "c2", "summer"]}, wait=0.0)

    assert reply.codes == {"compareBacktests": "COMPUTING"}
    runs = (await ground.data("{ runs { nodes { kind entity { name } } } }"))["runs"]["nodes"]
    names = {run["entity"]["name"] for run in runs if run["kind"] == "BACKTEST"}
    assert names == {"c1", "c2", "summer"}


async def test_more_than_an_operation_may_start_are_had_by_asking_again(ground: Ground) -> None:
    names = {"names": ["c1", "c2", "summer"]}
    first = await ground.ask(COMPARE, names, max_starts=2)
    again = await ground.ask(COMPARE, names, max_starts=2)

    assert first.codes == {"compareBacktests": "TOO_MANY_COMPUTATIONS"}
    assert not again.errors


async def test_only_kept_answers_are_compared_if_nothing_may_be_started(ground: Ground) -> None:
    reply = await ground.ask(COMPARE, {"names": ["c1", "c2"]}, only_if_cached=True)

    assert reply.codes == {"compareBacktests": "NOT_COMPUTED"}
    assert not ground.executor.made


async def test_a_comparison_that_is_too_large_is_refused(ground: Ground) -> None:
    small = replace(ground.services.limits, max_inline_numbers=50)
    ground.services = replace(ground.services, limits=small)

    reply = await ground.ask(COMPARE, {"names": ["b1", "c1"]})

    assert reply.codes == {"compareBacktests": "TOO_LARGE"}
