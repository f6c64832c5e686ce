"""Lists hold what was asked for, and counts agree with them."""

from datetime import date, timedelta
from typing import Any

import pytest
from catalog_builder import EPOCH, FIRST, CatalogBuilder, counted_statements

from catalog.database import Database
from catalog.listing import (
    count_backtests,
    count_factor_sets,
    count_factors,
    count_instruments,
    count_models,
    count_runs,
    count_snapshots,
    count_universes,
    ids_of_backtests,
    ids_of_factors,
    ids_of_models,
    list_backtests,
    list_factor_sets,
    list_factors,
    list_instruments,
    list_models,
    list_runs,
    list_snapshots,
    list_universes,
)
from catalog.paging import PageRequest
from domain.errors import BadInputError
from domain.listing import (
    BacktestOrder,
    BacktestOrderField,
    BacktestQuery,
    FactorQuery,
    FactorSetQuery,
    InstrumentQuery,
    ModelOrder,
    ModelOrderField,
    ModelQuery,
    OrderDirection,
    RunQuery,
    SnapshotQuery,
    UniverseQuery,
)
from domain.runs import RunKind, RunState
from domain.specs import FactorOrigin, ModelKind

pytestmark = pytest.mark.anyio

ALL = PageRequest.of(first=500)


async def many_factors(database: Database) -> None:
    async with database.begin() as session:
        build = CatalogBuilder(session)
        await build.factor("Alpha", "$close", description="Half of 100% of_it", tags=("x", "y"))
        await build.factor("beta", "Mean($volume, 5)", input_fields=["volume"], tags=("x",))
        await build.factor("gamma", "$CLOSE2", input_fields=["$CLOSE2"], tags=("y", "xy"))
        await build.factor("ahead", "Ref($open, -1)", input_fields=["open"], looks_ahead=True)
        await build.factor("gone", archived=True)
        await build.factor("twice", "$low", input_fields=["low"])
        await build.factor("twice", "$high", input_fields=["high"])


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, ["Alpha", "ahead", "beta", "gamma", "twice"]),
        ({"include_archived": True}, ["Alpha", "ahead", "beta", "gamma", "gone", "twice"]),
        ({"latest_only": False}, ["Alpha", "ahead", "beta", "gamma", "twice", "twice"]),
        ({"search": "ALPHA"}, ["Alpha"]),
        ({"search": "a"}, ["Alpha", "ahead", "beta", "gamma"]),
        ({"search": "mean($vol"}, ["beta"]),
        ({"search": "0%"}, ["Alpha"]),
        ({"search": "f_i"}, ["Alpha"]),
        ({"search": "a%a"}, []),
        ({"search": "_"}, ["Alpha"]),
        ({"search": "/"}, []),
        ({"search": ""}, ["Alpha", "ahead", "beta", "gamma", "twice"]),
        ({"tags": ["x"]}, ["Alpha", "beta"]),
        ({"tags": ["y", "x", "x"]}, ["Alpha"]),
        ({"tags": ["x", "nowhere"]}, []),
        ({"tags": []}, ["Alpha", "ahead", "beta", "gamma", "twice"]),
        ({"origin": FactorOrigin.EXPRESSION, "looks_ahead": True}, ["ahead"]),
        ({"looks_ahead": False, "search": "am"}, ["gamma"]),
        ({"input_field": "close"}, ["Alpha"]),
        ({"input_field": "$close"}, ["Alpha"]),
        ({"input_field": "CLOSE2"}, ["gamma"]),
        ({"input_field": "$CLOSE2"}, ["gamma"]),
        ({"input_field": "close2"}, []),
        ({"input_field": "clos"}, []),
        ({"input_field": 'close", "x'}, []),
        ({"input_field": "low"}, []),
        ({"input_field": "low", "latest_only": False}, ["twice"]),
        ({"ids": []}, []),
        ({"ids": [1, 3]}, ["Alpha", "gamma"]),
    ],
)
async def test_factors_that_fit_are_listed_and_counted(
    database: Database, asked: dict[str, Any], names: list[str]
) -> None:
    await many_factors(database)
    query = FactorQuery(**asked)
    async with database.read() as session:
        page = await list_factors(session, query, None, ALL)
        assert [factor.name for factor in page.items] == names
        assert await count_factors(session, query) == len(names)
        found = await ids_of_factors(session, query)
    assert sorted(found) == sorted(factor.id for factor in page.items)


@pytest.mark.parametrize(
    "asked", [{"search": "a\x00"}, {"tags": ["\ud800"]}, {"input_field": "\x00"}]
)
async def test_text_that_no_database_takes_is_refused(
    database: Database, asked: dict[str, Any]
) -> None:
    async with database.read() as session:
        with pytest.raises(BadInputError, match="a character that no text here can have"):
            await list_factors(session, FactorQuery(**asked), None, ALL)


async def test_a_list_takes_one_statement(database: Database) -> None:
    await many_factors(database)
    async with database.read() as session:
        with counted_statements(database) as statements:
            await list_factors(session, FactorQuery(search="a", tags=["x"]), None, ALL)
    assert len(statements) == 1


async def research(database: Database) -> dict[str, int]:
    async with database.begin() as session:
        build = CatalogBuilder(session)
        us, cn = await build.market("us"), await build.market("cn")
        rows = {"us": us, "cn": cn}
        apple = await build.instrument(us, "AAPL", company_name="Apple Inc.")
        aal = await build.instrument(us, "AAL", company_name=None)
        maotai = await build.instrument(cn, "SH600519", company_name="Kweichow Moutai")
        rows["snapshot"] = await build.snapshot(us, [apple])
        rows["snapshot2"] = await build.snapshot(
            us, [apple, aal], first_date=FIRST.replace(year=2019)
        )
        rows["snapshot_cn"] = await build.snapshot(cn, [maotai])
        rows["all"] = await build.universe(us, "all", [(apple, FIRST, None)])
        rows["all2"] = await build.universe(us, "all", [(apple, FIRST, None)])
        rows["csi"] = await build.universe(cn, "all", [])
        rows["f"] = await build.factor("f")
        rows["g"] = await build.factor("g")
        rows["set"] = await build.factor_set("set", [rows["f"], rows["g"]])
        rows["set2"] = await build.factor_set("set", [rows["g"]])
        rows["old"] = await build.model("old", rows["set"], rows["all"], tags=("t",))
        rows["new"] = await build.model("new", rows["set2"], rows["all2"], description="Learns.")
        rows["of_f"] = await build.backtest("of_f", rows["f"], rows["all"])
        rows["of_old"] = await build.backtest("of_old", rows["old"], rows["all2"])
        await build.headline(rows["old"], rows["snapshot"], rows["all"], rank_ic=0.1)
        figures = {"information_ratio": 1.5, "max_drawdown": -0.3, "annualized_excess_return": 0.1}
        await build.headline(rows["of_old"], rows["snapshot"], rows["all"], **figures)
    return rows


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, ["new", "old"]),
        ({"factor_id": "f"}, ["old"]),
        ({"factor_id": "g"}, ["new", "old"]),
        ({"factor_set_id": "set"}, ["old"]),
        ({"universe_id": "all2"}, ["new"]),
        ({"universe_id": "all2", "factor_id": "f"}, []),
    ],
)
async def test_models_that_fit_are_listed_and_counted(
    database: Database, asked: dict[str, str], names: list[str]
) -> None:
    rows = await research(database)
    query = ModelQuery(**{key: rows[value] for key, value in asked.items()})  # type: ignore[arg-type]
    async with database.read() as session:
        page = await list_models(session, query, None, ALL)
        assert [model.name for model in page.items] == names
        assert await count_models(session, query) == len(names)
        assert len(await ids_of_models(session, query)) == len(names)


async def test_models_are_found_by_kind_text_and_tag(database: Database) -> None:
    await research(database)
    queries = [
        (ModelQuery(kinds=[ModelKind.LIGHTGBM]), 2),
        (ModelQuery(kinds=[]), 0),
        (ModelQuery(search="learns"), 1),
        (ModelQuery(tags=["t"]), 1),
    ]
    async with database.read() as session:
        for query, number in queries:
            assert await count_models(session, query) == number


async def test_what_has_no_figure_comes_last_either_way(database: Database) -> None:
    await research(database)
    async with database.read() as session:
        for direction in OrderDirection:
            models = ModelOrder(ModelOrderField.RANK_IC, direction)
            page = await list_models(session, ModelQuery(), models, ALL)
            assert [model.name for model in page.items] == ["old", "new"]
            for field in list(BacktestOrderField)[2:]:
                order = BacktestOrder(field, direction)
                found = await list_backtests(session, BacktestQuery(), order, ALL)
                assert [backtest.name for backtest in found.items] == ["of_old", "of_f"]


async def test_backtests_are_found_by_signal_and_universe(database: Database) -> None:
    rows = await research(database)
    queries = [
        (BacktestQuery(), ["of_f", "of_old"]),
        (BacktestQuery(signal_id=rows["f"]), ["of_f"]),
        (BacktestQuery(signal_id=rows["old"]), ["of_old"]),
        (BacktestQuery(universe_id=rows["all2"]), ["of_old"]),
        (BacktestQuery(signal_id=rows["f"], universe_id=rows["all2"]), []),
    ]
    async with database.read() as session:
        for query, names in queries:
            page = await list_backtests(session, query, None, ALL)
            assert [backtest.name for backtest in page.items] == names
            assert await count_backtests(session, query) == len(names)
            assert len(await ids_of_backtests(session, query)) == len(names)


async def test_factors_are_found_by_their_set(database: Database) -> None:
    rows = await research(database)
    async with database.read() as session:
        for factor_set, names in (("set", ["f", "g"]), ("set2", ["g"])):
            query = FactorQuery(factor_set_id=rows[factor_set])
            page = await list_factors(session, query, None, ALL)
            assert [factor.name for factor in page.items] == names


async def test_sets_universes_and_snapshots_are_listed(database: Database) -> None:
    rows = await research(database)
    async with database.read() as session:
        sets = await list_factor_sets(session, FactorSetQuery(), ALL)
        assert [each.id for each in sets.items] == [rows["set2"]]
        assert await count_factor_sets(session, FactorSetQuery(latest_only=False)) == 2
        universes = await list_universes(session, UniverseQuery(), ALL)
        assert [(each.market, each.version) for each in universes.items] == [("us", 2), ("cn", 1)]
        assert await count_universes(session, UniverseQuery(market_id=rows["cn"])) == 1
        snapshots = await list_snapshots(session, SnapshotQuery(latest_only=False), ALL)
        assert [(each.name, each.version) for each in snapshots.items] == [
            ("cn", 1),
            ("us", 2),
            ("us", 1),
        ]
        assert await count_snapshots(session, SnapshotQuery(market_id=rows["us"])) == 1


async def test_instruments_are_found_by_symbol_company_and_market(database: Database) -> None:
    rows = await research(database)
    queries = [
        (InstrumentQuery(), ["AAL", "AAPL", "SH600519"]),
        (InstrumentQuery(search="aa"), ["AAL", "AAPL"]),
        (InstrumentQuery(search="moutai"), ["SH600519"]),
        (InstrumentQuery(search="inc.", market_id=rows["us"]), ["AAPL"]),
        (InstrumentQuery(search="inc.", market_id=rows["cn"]), []),
    ]
    async with database.read() as session:
        for query, symbols in queries:
            page = await list_instruments(session, query, ALL)
            assert [each.symbol for each in page.items] == symbols
            assert await count_instruments(session, query) == len(symbols)


async def test_an_instrument_has_the_dates_of_the_newest_snapshot_that_lists_it(
    database: Database,
) -> None:
    async with database.begin() as session:
        build = CatalogBuilder(session)
        market = await build.market()
        stays = await build.instrument(market, "STAYS")
        leaves = await build.instrument(market, "LEAVES")
        for year, listed in ((2010, [stays, leaves]), (2011, [leaves, stays]), (2012, [stays])):
            await build.snapshot(market, listed, first_date=date(year, 1, 4))
    async with database.read() as session:
        page = await list_instruments(session, InstrumentQuery(), ALL)
    assert {each.symbol: each.first_date.year for each in page.items} == {
        "LEAVES": 2011,
        "STAYS": 2012,
    }


async def test_runs_are_found_by_what_they_are(database: Database) -> None:
    rows = await research(database)
    async with database.begin() as session:
        build = CatalogBuilder(session)
        await build.run("a", state="FAILED", kind="TRAINING", entity_id=rows["old"])
        await build.run("b", requested_by="ann", queued_at=EPOCH + timedelta(hours=1))
        await build.run("c", queued_at=EPOCH + timedelta(hours=2))
    queries = [
        (RunQuery(), "cba"),
        (RunQuery(states=[RunState.FAILED, RunState.RUNNING]), "a"),
        (RunQuery(states=[]), ""),
        (RunQuery(kinds=[RunKind.EVALUATION]), "cb"),
        (RunQuery(entity_id=rows["old"]), "a"),
        (RunQuery(entity_id=10**17), ""),
        (RunQuery(requested_by="ann"), "b"),
        (RunQuery(queued_after=EPOCH), "cb"),
        (RunQuery(queued_after=EPOCH + timedelta(hours=1)), "c"),
    ]
    async with database.read() as session:
        for query, keys in queries:
            page = await list_runs(session, query, ALL)
            assert "".join(run.key for run in page.items) == keys
            assert await count_runs(session, query) == len(keys)
