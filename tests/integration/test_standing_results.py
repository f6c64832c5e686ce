"""How kept results stand against today's data, engine and definitions, and what lists show."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from asking_ground import ALL_DAYS, DAYS, INDEX, TRADED, Ground, Statements, until
from sqlalchemy import select, update

from catalog.database import Database
from catalog.defaults import set_default_universe
from catalog.defining import create_factor
from catalog.results import RESULT
from catalog.sources import HEADLINE
from catalog.tables import metadata
from domain.errors import EmptyDataError
from domain.expression import parse
from resolvers.defining.expressions import factor_spec

pytestmark = pytest.mark.anyio

EVALUATION = '{ factor(name: "momentum") { evaluation { ic } } }'
TRAINING = '{ model(name: "trees") { training { trainRows } } }'
PREDICTING = '{ model(name: "trees") { evaluation { ic } } }'
RISK = '{ backtest(name: "on-trees") { risk { excessReturnWithCost { informationRatio } } } }'
STANDING = """fragment standing on Entity {
    status staleness { isStale causes { kind message entity { name version } } } }"""
FACTOR = (
    '{ factor(name: "momentum") { ...standing headline { ic rankIc isCurrent '
    "universe { name version } } } }" + STANDING
)
MODEL = '{ model(name: "trees") { ...standing headline { ic isCurrent } } }' + STANDING
BACKTEST = (
    '{ backtest(name: "on-trees") { ...standing headline { informationRatio isCurrent } } }'
    + STANDING
)
ALL = ((EVALUATION, FACTOR), (RISK, BACKTEST), (PREDICTING, MODEL))


@pytest.fixture
async def ground(database: Database, tmp_path: Path) -> AsyncIterator[Ground]:
    ground = Ground(database, tmp_path)
    await ground.import_data()
    await ground.define()
    yield ground
    ground.executor.gate.set()
    await ground.runner.close()


async def standing(ground: Ground, query: str = FACTOR) -> dict[str, Any]:
    """How an entity stands."""
    found: dict[str, Any] = next(iter((await ground.data(query)).values()))
    return found


def causes(found: dict[str, Any]) -> list[str]:
    """The kinds of causes."""
    return [cause["kind"] for cause in found["staleness"]["causes"]]


async def test_what_was_just_computed_is_current_and_shown(ground: Ground) -> None:
    figures = await ground.data(
        '{ factor(name: "momentum") { evaluation { ic rankIc } }'
        ' model(name: "trees") { evaluation { ic } }'
        ' backtest(name: "on-trees") { risk { excessReturnWithCost { informationRatio } } } }'
    )
    for query in (FACTOR, MODEL, BACKTEST):
        found = await standing(ground, query)
        assert found["status"] == "CURRENT"
        assert found["staleness"] == {"isStale": False, "causes": []}
        assert found["headline"]["isCurrent"] is True
    factor, model, backtest = [
        (await standing(ground, query))["headline"] for query in (FACTOR, MODEL, BACKTEST)
    ]
    assert factor["ic"] == figures["factor"]["evaluation"]["ic"]
    assert factor["rankIc"] == figures["factor"]["evaluation"]["rankIc"]
    assert factor["universe"] == {"name": "five", "version": 1}
    assert model["ic"] == figures["model"]["evaluation"]["ic"]
    risk = figures["backtest"]["risk"]["excessReturnWithCost"]
    assert backtest["informationRatio"] == risk["informationRatio"]


async def test_a_training_that_a_backtest_needs_stands_for_the_model(ground: Ground) -> None:
    await ground.data(RISK)
    assert (await standing(ground, MODEL))["status"] == "CURRENT"


@pytest.mark.parametrize(
    "arguments",
    ["horizonDays: 2", "quantiles: 2", 'start: "2020-02-03"', 'snapshot: "tiny:1"'],
)
async def test_only_default_arguments_make_a_headline(ground: Ground, arguments: str) -> None:
    await ground.data(f'{{ factor(name: "momentum") {{ evaluation({arguments}) {{ ic }} }} }}')
    found = await standing(ground)

    assert (found["status"], found["headline"]) == ("NEVER_COMPUTED", None)
    assert causes(found) == ["NEVER_COMPUTED"]


@pytest.mark.parametrize(
    "segment", ["segment: TRAIN", "segment: VALID", "horizonDays: 2", 'snapshot: "tiny"']
)
async def test_only_the_test_segment_makes_a_models_headline(ground: Ground, segment: str) -> None:
    await ground.data(f'{{ model(name: "trees") {{ evaluation({segment}) {{ ic }} }} }}')
    assert (await standing(ground, MODEL))["headline"] is None


async def test_an_older_universe_makes_no_headline(ground: Ground) -> None:
    await ground.import_data(members=("AAA", "BBB", "CCC"))
    await ground.data(EVALUATION)
    shown = await standing(ground)
    await ground.data('{ factor(name: "momentum") { evaluation(universe: "five:1") { ic } } }')

    assert shown["headline"]["universe"] == {"name": "five", "version": 2}
    assert await standing(ground) == shown


@pytest.mark.parametrize(("compute", "look"), ALL)
async def test_changed_bars_make_results_stale(ground: Ground, compute: str, look: str) -> None:
    await ground.data(compute)
    await ground.import_data(changes=[("AAA", "close", 60)])
    stale = await standing(ground, look)

    assert stale["status"] == "STALE"
    assert stale["staleness"]["isStale"] is True
    assert causes(stale) == ["NEW_SNAPSHOT"]
    assert stale["staleness"]["causes"][0]["entity"] == {"name": "tiny", "version": 2}
    assert stale["headline"]["isCurrent"] is False
    await ground.data(compute)
    fresh = await standing(ground, look)
    assert (fresh["status"], causes(fresh)) == ("CURRENT", [])
    assert fresh["headline"]["isCurrent"] is True
    assert fresh["headline"] != stale["headline"]


async def test_a_day_more_makes_a_factor_stale_and_leaves_models_current(ground: Ground) -> None:
    for compute, _ in ALL:
        await ground.data(compute)
    await ground.import_data(DAYS + 1)

    assert (await standing(ground, FACTOR))["status"] == "STALE"
    for look in (MODEL, BACKTEST):
        found = await standing(ground, look)
        assert (found["status"], causes(found)) == ("CURRENT", [])
        assert found["headline"]["isCurrent"] is True


async def test_restored_data_show_what_was_kept_of_them(ground: Ground) -> None:
    await ground.data(EVALUATION)
    first = await standing(ground)
    await ground.import_data(changes=[("AAA", "close", 60)])
    await ground.data(EVALUATION)
    made = dict(ground.executor.made)
    await ground.import_data()
    await ground.data(EVALUATION)

    assert await standing(ground) == first
    assert dict(ground.executor.made) == made


async def test_another_default_universe_has_figures_of_its_own(ground: Ground) -> None:
    await ground.import_data(more_universes={"three": ("AAA", "BBB", "CCC")})
    await ground.data(EVALUATION)
    first = await standing(ground)
    for name in ("three", "five"):
        async with ground.database.begin() as session:
            await set_default_universe(session, "tiny", name)
        changed = await standing(ground)
        if name == "three":
            assert (changed["status"], changed["headline"]["isCurrent"]) == (
                "NEVER_COMPUTED",
                False,
            )
        await ground.data(EVALUATION)
        assert (await standing(ground))["headline"]["universe"]["name"] == name

    assert await standing(ground) == first


async def test_another_engine_makes_results_stale(ground: Ground) -> None:
    for compute, _ in ALL:
        await ground.data(compute)
    await _forge_engine(ground.database)
    for _, look in ALL:
        found = await standing(ground, look)
        assert (found["status"], causes(found)) == ("STALE", ["ENGINE_CHANGED"])
        assert found["headline"]["isCurrent"] is False
        assert found["staleness"]["causes"][0]["entity"] is None


async def test_another_engine_and_other_bars_are_told_apart(ground: Ground) -> None:
    await ground.data(EVALUATION)
    await _forge_engine(ground.database)
    await ground.import_data(changes=[("ZZZ", "close", 60)])
    assert causes(await standing(ground)) == ["ENGINE_CHANGED"]
    await ground.import_data(changes=[("AAA", "close", 60)])
    assert causes(await standing(ground)) == ["ENGINE_CHANGED", "NEW_SNAPSHOT"]


async def _forge_engine(database: Database) -> None:
    """Make results look as if another version had computed them, under the keys of then."""
    tables = (RESULT, metadata.tables["standing"], HEADLINE)
    async with database.begin() as session:
        for table in tables:
            column = table.c.key if table is RESULT else table.c.result_key
            for key in list(await session.scalars(select(column).distinct())):
                older = {column.name: "0" + key[1:] if key[0] != "0" else "1" + key[1:]}
                if table is RESULT:
                    older["engine"] = "qlib 0.9.6"
                await session.execute(update(table).where(column == key).values(older))


async def test_newer_definitions_inform_and_leave_results_right(ground: Ground) -> None:
    await ground.data(RISK)
    await ground.data(PREDICTING)
    await ground.redefine("size", "Mean($volume, 6)")
    for look, name in ((MODEL, "trees"), (BACKTEST, "on-trees")):
        found = await standing(ground, look)
        assert found["status"] == "CURRENT"
        assert found["staleness"]["isStale"] is False
        assert causes(found) == ["NEW_VERSION_UPSTREAM"]
        cause = found["staleness"]["causes"][0]
        assert cause["entity"] == {"name": "size", "version": 2}
        assert cause["message"] == f"{name} uses factor size:1; version 2 exists."
        assert found["headline"]["isCurrent"] is True


async def test_a_run_under_way_is_told(ground: Ground) -> None:
    ground.executor.gate.clear()
    await ground.ask(RISK, wait=0)
    await until(lambda: ground.executor.made)

    assert (await standing(ground, BACKTEST))["status"] == "COMPUTING"
    assert (await standing(ground, MODEL))["status"] == "COMPUTING"
    ground.executor.gate.set()
    await ground.data(RISK)
    assert (await standing(ground, BACKTEST))["status"] == "CURRENT"


async def test_a_failure_is_told_until_something_newer_succeeds(ground: Ground) -> None:
    ground.executor.failure = EmptyDataError("There is nothing to compare.")
    await ground.ask(EVALUATION)
    failed = await standing(ground)
    assert (failed["status"], causes(failed)) == ("FAILED", ["NEVER_COMPUTED"])
    ground.executor.failure = None
    await ground.data(EVALUATION)
    assert (await standing(ground))["status"] == "CURRENT"

    await ground.import_data(changes=[("AAA", "close", 60)])
    ground.executor.failure = EmptyDataError("There is nothing to compare.")
    await ground.ask(EVALUATION)
    failed = await standing(ground)
    assert (failed["status"], causes(failed)) == ("FAILED", ["NEW_SNAPSHOT"])
    assert failed["headline"]["ic"] is not None


async def test_a_failure_at_other_arguments_is_no_failure_of_the_entity(ground: Ground) -> None:
    await ground.data(EVALUATION)
    ground.executor.failure = EmptyDataError("There is nothing to compare.")
    await ground.ask('{ factor(name: "momentum") { evaluation(horizonDays: 3) { ic } } }')
    assert (await standing(ground))["status"] == "CURRENT"


async def test_factors_of_one_expression_share_what_was_computed(ground: Ground) -> None:
    async with ground.database.begin() as session:
        spec = factor_spec(parse("($close / Ref($close, 3)) - 1"))
        await create_factor(session, "twin", spec, author="ada")
    twin = FACTOR.replace("momentum", "twin")
    await ground.data(EVALUATION)
    assert (await standing(ground, twin))["status"] == "NEVER_COMPUTED"

    await ground.data(EVALUATION.replace("momentum", "twin"))
    assert ground.executor.made["EvaluationWork"] == 1
    assert await standing(ground, twin) == await standing(ground, FACTOR)


async def test_factors_of_one_expression_that_are_asked_at_once_both_stand(ground: Ground) -> None:
    async with ground.database.begin() as session:
        spec = factor_spec(parse("($close / Ref($close, 3)) - 1"))
        await create_factor(session, "twin", spec, author="ada")
    ground.executor.gate.clear()
    both = [
        asyncio.create_task(ground.data(EVALUATION.replace("momentum", name)))
        for name in ("momentum", "twin")
    ]
    await until(lambda: ground.executor.made)
    ground.executor.gate.set()
    await asyncio.gather(*both)

    for name in ("momentum", "twin"):
        found = await standing(ground, FACTOR.replace("momentum", name))
        assert (found["status"], found["headline"]["isCurrent"]) == ("CURRENT", True)


async def test_lists_sort_by_headlines(ground: Ground) -> None:
    for name in ("momentum", "size"):
        await ground.data(EVALUATION.replace("momentum", name))
    async with ground.database.begin() as session:
        await create_factor(session, "idle", factor_spec(parse("$open")), author="ada")
    query = (
        "{ factors(orderBy: {field: RANK_IC, direction: %s}) "
        "{ nodes { name headline { rankIc isCurrent } } } }"
    )
    down = (await ground.data(query % "DESC"))["factors"]["nodes"]
    up = (await ground.data(query % "ASC"))["factors"]["nodes"]

    figures = [one["headline"]["rankIc"] for one in down[:2]]
    assert figures == sorted(figures, reverse=True)
    assert [one["name"] for one in up] == [down[1]["name"], down[0]["name"], "idle"]
    assert down[2] == {"name": "idle", "headline": None}
    assert all(one["headline"]["isCurrent"] for one in down[:2])


async def test_standing_never_errs_when_the_data_are_gone(ground: Ground) -> None:
    for compute, _ in ALL:
        await ground.data(compute)
    shown = [await standing(ground, look) for _, look in ALL]
    shutil.rmtree(ground.folder / "data1")
    # What the server has read before, it still knows.
    assert [await standing(ground, look) for _, look in ALL] == shown

    ground.restart()
    for _, look in ALL:
        found = await standing(ground, look)
        assert (found["status"], causes(found)) == ("STALE", ["NEW_SNAPSHOT"])
        assert found["headline"]["isCurrent"] is False
        assert "data1 is not there" in found["staleness"]["causes"][0]["message"]


async def test_factors_of_an_empty_catalogue_were_never_computed(
    database: Database, tmp_path: Path
) -> None:
    ground = Ground(database, tmp_path)
    async with database.begin() as session:
        await create_factor(session, "momentum", factor_spec(parse("$close")), author="ada")
    found = await standing(ground)

    assert (found["status"], causes(found)) == ("NEVER_COMPUTED", ["NEVER_COMPUTED"])


async def test_what_stands_already_is_not_written_again(ground: Ground) -> None:
    for compute, _ in ALL:
        await ground.data(compute)
    statements = Statements(ground.database)
    for compute, _ in ALL:
        await ground.data(compute)
    ground.restart()
    for compute, _ in ALL:
        await ground.data(compute)

    assert statements.writes == []


async def test_a_benchmark_that_changed_makes_its_backtests_stale(ground: Ground) -> None:
    await ground.data(RISK)
    await ground.data(PREDICTING)
    at = int(np.searchsorted(ALL_DAYS, np.datetime64(TRADED.end)))
    await ground.import_data(changes=[(INDEX, "close", at)])

    assert (await standing(ground, BACKTEST))["status"] == "STALE"
    assert (await standing(ground, MODEL))["status"] == "CURRENT"
