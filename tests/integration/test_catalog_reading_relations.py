"""The lists inside entities hold versions exactly, and cost as much for 50 parents as for 1."""

from datetime import date

import pytest
from catalog_builder import FIRST, CatalogBuilder, counted_statements

from catalog.database import Database
from catalog.markets import (
    all_markets,
    default_universes,
    find_instrument,
    instruments_by_ids,
    instruments_by_symbols,
    latest_snapshots,
    markets_by_ids,
    markets_by_names,
    memberships_of_instruments,
    sectors_of_markets,
    universes_of_markets,
)
from catalog.membership import spans_of, symbols_of_snapshot
from catalog.paging import PageRequest
from catalog.relations import (
    BACKTESTS_OF_SIGNALS,
    FACTOR_SETS_OF_FACTORS,
    FACTORS_OF_FACTOR_SETS,
    MODELS_OF_FACTOR_SETS,
    MODELS_OF_FACTORS,
    UNIVERSES_OF_MARKETS,
    Relation,
    T,
    instruments_of_snapshots,
    members_of_universes,
)
from domain.errors import AmbiguousNameError
from domain.period import Period

pytestmark = pytest.mark.anyio

ALL = PageRequest.of(first=500)


async def listed(
    database: Database, relation: Relation[T], parents: list[int]
) -> dict[int, list[T]]:
    """Whole lists, checked against their counts."""
    async with database.read() as session:
        pages = await relation.pages(session, parents, ALL)
        counts = await relation.counts(session, parents)
    assert {parent: len(page.items) for parent, page in pages.items()} == counts
    return {parent: list(page.items) for parent, page in pages.items()}


async def names(
    database: Database, relation: Relation[T], parents: list[int]
) -> list[list[tuple[str, int]]]:
    found = await listed(database, relation, parents)
    return [
        [(child.name, child.version) for child in found[parent]]  # type: ignore[attr-defined]
        for parent in parents
    ]


async def test_children_belong_to_the_version_that_they_used(database: Database) -> None:
    async with database.begin() as session:
        build = CatalogBuilder(session)
        universe = await build.universe(await build.market(), "all", [])
        first, second = await build.factor("f"), await build.factor("f", "$open")
        other = await build.factor("a")
        set1 = await build.factor_set("set", [first, other])
        set2 = await build.factor_set("set", [second, other])
        bare = await build.factor_set("bare", [other], archived=True)
        model1 = await build.model("m", set1, universe)
        model2 = await build.model("m", set2, universe)
        await build.backtest("t1", model1, universe)
        await build.backtest("t2", model2, universe)
        await build.backtest("t2", model1, universe)
        await build.backtest("tf", second, universe)
    factors, sets = [first, second, other], [set1, set2, bare]
    assert await names(database, FACTOR_SETS_OF_FACTORS, factors) == [
        [("set", 1)],
        [("set", 2)],
        [("bare", 1), ("set", 1), ("set", 2)],
    ]
    assert await names(database, MODELS_OF_FACTORS, factors) == [
        [("m", 1)],
        [("m", 2)],
        [("m", 1), ("m", 2)],
    ]
    assert await names(database, BACKTESTS_OF_SIGNALS, [*factors, model1, model2]) == [
        [],
        [("tf", 1)],
        [],
        [("t1", 1), ("t2", 2)],
        [("t2", 1)],
    ]
    assert await names(database, FACTORS_OF_FACTOR_SETS, sets) == [
        [("f", 1), ("a", 1)],
        [("f", 2), ("a", 1)],
        [("a", 1)],
    ]
    assert await names(database, MODELS_OF_FACTOR_SETS, sets) == [[("m", 1)], [("m", 2)], []]


async def test_a_factor_that_stands_twice_in_a_set_is_listed_at_both_places(
    database: Database,
) -> None:
    async with database.begin() as session:
        build = CatalogBuilder(session)
        factor, other = await build.factor("f"), await build.factor("g")
        factor_set = await build.factor_set("set", [factor, other, factor])
    assert await names(database, FACTORS_OF_FACTOR_SETS, [factor_set]) == [
        [("f", 1), ("g", 1), ("f", 1)]
    ]
    assert await names(database, FACTOR_SETS_OF_FACTORS, [factor]) == [[("set", 1)]]


async def test_lists_of_fifty_parents_take_as_many_statements_as_of_one(
    database: Database,
) -> None:
    async with database.begin() as session:
        build = CatalogBuilder(session)
        universe = await build.universe(await build.market(), "all", [])
        factors = [await build.factor(f"F{number}") for number in range(50)]
        sets = [await build.factor_set(f"S{number}", factors[:5]) for number in range(3)]
        models = [
            await build.model(f"M{number}", each, universe) for number, each in enumerate(sets)
        ]
        for signal in [*factors, *models]:
            await build.backtest(f"B{signal}", signal, universe)
    relations: list[Relation[object]] = [
        FACTOR_SETS_OF_FACTORS,
        MODELS_OF_FACTORS,
        BACKTESTS_OF_SIGNALS,
    ]  # type: ignore[list-item]
    async with database.read() as session:
        for relation in relations:
            for parents in (factors[:1], factors):
                with counted_statements(database) as statements:
                    await relation.pages(session, parents, PageRequest.of(first=2))
                assert len(statements) == 1
                with counted_statements(database) as statements:
                    await relation.counts(session, parents)
                assert len(statements) == 1


async def a_market(database: Database) -> dict[str, int]:
    async with database.begin() as session:
        build = CatalogBuilder(session)
        us = await build.market("us", default_universe="all")
        cn = await build.market("cn", default_universe="none")
        rows = {"us": us, "cn": cn}
        rows["B"] = await build.instrument(us, "B", sector="Energy", company_name="Bee")
        rows["a"] = await build.instrument(us, "a", sector="Arts")
        rows["C"] = await build.instrument(us, "C", sector="Energy")
        rows["cnB"] = await build.instrument(cn, "B")
        rows["snapshot"] = await build.snapshot(us, [rows["a"], rows["B"]])
        rows["snapshot2"] = await build.snapshot(us, [rows["a"], rows["B"], rows["C"]])
        rows["cn_snapshot"] = await build.snapshot(cn, [rows["cnB"]])
        early, late = date(2020, 6, 30), date(2022, 1, 3)
        await build.universe(us, "all", [(rows["a"], FIRST, None)])
        stays = [
            (rows["B"], FIRST, early),
            (rows["B"], late, None),
            (rows["a"], FIRST, None),
            (rows["C"], FIRST, early),
        ]
        rows["all"] = await build.universe(us, "all", stays)
        rows["some"] = await build.universe(us, "Some", [(rows["B"], late, None)])
        rows["old"] = await build.universe(us, "old", [], archived=True)
    return rows


async def symbols(database: Database, relation: Relation[T], parents: list[int]) -> list[list[str]]:
    found = await listed(database, relation, parents)
    return [[child.symbol for child in found[parent]] for parent in parents]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("on", "members"),
    [
        (None, [["B", "C", "a"], ["B"]]),
        (date(2020, 6, 30), [["B", "C", "a"], []]),
        (date(2020, 7, 1), [["a"], []]),
        (date(2022, 1, 3), [["B", "a"], ["B"]]),
        (date(2019, 12, 31), [[], []]),
        (date(9999, 12, 31), [["B", "a"], ["B"]]),
    ],
)
async def test_members_are_those_of_the_day_each_once(
    database: Database, on: date | None, members: list[list[str]]
) -> None:
    rows = await a_market(database)
    parents = [rows["all"], rows["some"]]
    assert await symbols(database, members_of_universes(on), parents) == members


async def test_a_snapshot_lists_its_instruments(database: Database) -> None:
    rows = await a_market(database)
    parents = [rows["snapshot"], rows["snapshot2"]]
    assert await symbols(database, instruments_of_snapshots(), parents) == [
        ["B", "a"],
        ["B", "C", "a"],
    ]
    assert await symbols(database, instruments_of_snapshots("BEE"), parents) == [["B"], ["B"]]
    async with database.read() as session:
        assert await symbols_of_snapshot(session, rows["snapshot2"]) == ("B", "C", "a")


async def test_stays_are_told_by_symbol(database: Database) -> None:
    rows = await a_market(database)
    early, late = date(2020, 6, 30), date(2022, 1, 3)
    async with database.read() as session:
        ever = await spans_of(session, rows["all"])
        between = await spans_of(session, rows["all"], Period(date(2020, 7, 1), date(2021, 1, 1)))
        ending = await spans_of(session, rows["all"], Period(early, early))
    assert ever == {
        "B": ((FIRST, early), (late, None)),
        "C": ((FIRST, early),),
        "a": ((FIRST, None),),
    }
    assert list(ever) == ["B", "C", "a"]
    assert between == {"a": ((FIRST, None),)}
    assert ending == {"B": ((FIRST, early),), "C": ((FIRST, early),), "a": ((FIRST, None),)}


async def test_markets_are_read_with_what_they_have(database: Database) -> None:
    rows = await a_market(database)
    both = [rows["us"], rows["cn"], 999]
    async with database.read() as session:
        assert [market.name for market in await all_markets(session)] == ["cn", "us"]
        assert set(await markets_by_ids(session, both)) == {rows["us"], rows["cn"]}
        named = await markets_by_names(session, ["us", "nowhere", "\x00"])
        assert {name: market.id for name, market in named.items()} == {"us": rows["us"]}
        newest = await latest_snapshots(session, both)
        assert {market: each.id for market, each in newest.items()} == {
            rows["us"]: rows["snapshot2"],
            rows["cn"]: rows["cn_snapshot"],
        }
        universes = await universes_of_markets(session, both)
        assert [each.id for each in universes[rows["us"]]] == [rows["some"], rows["all"]]
        assert (universes[rows["cn"]], universes[999]) == ((), ())
        defaults = await default_universes(session, both)
        assert {market: each.id for market, each in defaults.items()} == {rows["us"]: rows["all"]}
        sectors = await sectors_of_markets(session, both)
        assert sectors == {rows["us"]: ("Arts", "Energy"), rows["cn"]: (), 999: ()}
    found = await listed(database, UNIVERSES_OF_MARKETS, [rows["us"]])
    assert [each.id for each in found[rows["us"]]] == [rows["some"], rows["all"]]


async def test_an_instrument_is_found_by_symbol(database: Database) -> None:
    rows = await a_market(database)
    async with database.read() as session:
        alone = await find_instrument(session, "C")
        of_us = await find_instrument(session, "B", "us")
        assert alone is not None
        assert of_us is not None
        assert (alone.id, of_us.id) == (rows["C"], rows["B"])
        for symbol, market in (("c", None), ("C", "cn"), ("C", "nowhere")):
            assert await find_instrument(session, symbol, market) is None
        with pytest.raises(AmbiguousNameError, match="'B' is listed on cn and us; name the market"):
            await find_instrument(session, "B")
        found = await instruments_by_ids(session, [rows["a"], 999])
        assert [each.symbol for each in found.values()] == ["a"]
        here = await instruments_by_symbols(session, ["B", "C", "x"], rows["us"])
    assert {symbol: each.id for symbol, each in here.items()} == {"B": rows["B"], "C": rows["C"]}


async def test_memberships_are_those_of_the_latest_versions(database: Database) -> None:
    rows = await a_market(database)
    async with database.read() as session:
        found = await memberships_of_instruments(session, [rows["B"], rows["a"], rows["cnB"]])
    assert [(stay.universe_id, stay.start) for stay in found[rows["B"]]] == [
        (rows["some"], date(2022, 1, 3)),
        (rows["all"], FIRST),
        (rows["all"], date(2022, 1, 3)),
    ]
    assert [(stay.universe_id, stay.symbol) for stay in found[rows["a"]]] == [(rows["all"], "a")]
    assert found[rows["cnB"]] == ()
