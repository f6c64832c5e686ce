"""Entities are read by id, by name and by what a client wrote, many in few statements."""

from datetime import date

import pytest
from catalog_builder import EPOCH, FIRST, LAST, CatalogBuilder, counted_statements

from catalog.database import Database
from catalog.reading import entities_by_ids, find_entities, tags_of, versions_of
from catalog.references import Target, resolve, resolve_all
from domain.errors import AmbiguousNameError, BadInputError, NotFoundError, QatlasError
from domain.ids import NodeId, NodeKind
from domain.names import EntityKind, Reference
from domain.period import Period
from domain.records import (
    BacktestRecord,
    FactorRecord,
    FactorSetRecord,
    ModelRecord,
    SnapshotRecord,
    UniverseRecord,
)
from domain.specs import DealPrice, FactorSpec, ModelKind, Processor, StrategyKind

pytestmark = pytest.mark.anyio


async def small_catalogue(database: Database) -> dict[str, int]:
    """One of each kind, and a second version of the factor."""
    async with database.begin() as session:
        build = CatalogBuilder(session)
        market = await build.market("us")
        share = await build.instrument(market, "AAPL")
        rows = {"snapshot": await build.snapshot(market, [share])}
        rows["universe"] = await build.universe(market, "all", [(share, FIRST, None)])
        rows["factor"] = await build.factor("KMID", description="Middle.", tags=("b", "a"))
        rows["factor2"] = await build.factor("KMID", "$open")
        rows["set"] = await build.factor_set("alpha", [rows["factor"]])
        rows["model"] = await build.model("gbm", rows["set"], rows["universe"])
        rows["backtest"] = await build.backtest("top", rows["model"], rows["universe"])
    return rows


async def test_every_kind_is_read_whole(database: Database) -> None:
    rows = await small_catalogue(database)
    async with database.read() as session:
        found = await entities_by_ids(session, rows.values())
    snapshot, universe = found[rows["snapshot"]], found[rows["universe"]]
    assert isinstance(snapshot, SnapshotRecord)
    assert (snapshot.name, snapshot.fields, snapshot.last_date) == ("us", ("close", "open"), LAST)
    assert snapshot.quality["instruments"] == 1
    assert isinstance(universe, UniverseRecord)
    assert (universe.market, universe.name) == ("us", "all")
    factor = found[rows["factor"]]
    assert isinstance(factor, FactorRecord)
    assert factor.spec == FactorSpec("$close", "$close", ("close",), 1, False)
    assert (factor.version, factor.latest_version, factor.is_latest) == (1, 2, False)
    assert factor.description == "Middle."
    assert factor.created_at > EPOCH
    assert factor.created_at.tzinfo is not None
    factor_set = found[rows["set"]]
    assert isinstance(factor_set, FactorSetRecord)
    assert factor_set.size == 1


async def test_specs_of_models_and_backtests_come_back_as_values(database: Database) -> None:
    rows = await small_catalogue(database)
    async with database.read() as session:
        found = await entities_by_ids(session, [rows["model"], rows["backtest"]])
    model, backtest = found[rows["model"]], found[rows["backtest"]]
    assert isinstance(model, ModelRecord)
    assert model.kind is EntityKind.MODEL
    assert model.spec.kind is ModelKind.LIGHTGBM
    assert model.spec.parameters == {"num_leaves": 31}
    assert model.spec.segments.valid == Period(date(2021, 1, 1), date(2021, 12, 31))
    assert model.spec.processors.infer == ()
    assert model.spec.processors.learn == (Processor("DropnaLabel", {}),)
    assert isinstance(backtest, BacktestRecord)
    assert backtest.spec.signal_id == rows["model"]
    assert backtest.spec.strategy.kind is StrategyKind.TOPK_DROPOUT
    assert backtest.spec.exchange.deal_price is DealPrice.CLOSE
    assert backtest.spec.exchange.trade_unit is None


async def test_ids_that_name_nothing_are_left_out(database: Database) -> None:
    rows = await small_catalogue(database)
    async with database.read() as session:
        assert set(await entities_by_ids(session, [rows["set"], 999_999, 10**17])) == {rows["set"]}
        assert await entities_by_ids(session, []) == {}


async def test_reading_takes_one_statement_and_one_per_kind(database: Database) -> None:
    async with database.begin() as session:
        build = CatalogBuilder(session)
        factors = [await build.factor(f"F{number}") for number in range(50)]
        factor_set = await build.factor_set("alpha", factors)
    async with database.read() as session:
        with counted_statements(database) as few:
            await entities_by_ids(session, [factors[0], factor_set])
        with counted_statements(database) as many:
            await entities_by_ids(session, [*factors, factor_set])
    assert len(few) == len(many) == 3


async def test_versions_come_newest_first_and_tags_sorted(database: Database) -> None:
    rows = await small_catalogue(database)
    async with database.read() as session:
        name_id = (await entities_by_ids(session, [rows["factor"]]))[rows["factor"]].name_id
        versions = await versions_of(session, [name_id, 999_999])
        tags = await tags_of(session, [name_id, 999_999])
    assert [entity.version for entity in versions[name_id]] == [2, 1]
    assert versions[999_999] == ()
    assert tags == {name_id: ("a", "b"), 999_999: ()}


async def test_names_are_found_at_the_version_asked(database: Database) -> None:
    rows = await small_catalogue(database)
    asked = [Reference("KMID"), Reference("KMID", 1), Reference("KMID", 3), Reference("kmid")]
    async with database.read() as session:
        with counted_statements(database) as statements:
            found = await find_entities(session, EntityKind.FACTOR, asked)
    assert [[entity.id for entity in found[reference]] for reference in asked] == [
        [rows["factor2"]],
        [rows["factor"]],
        [],
        [],
    ]
    assert len(statements) == 1


async def two_markets(database: Database) -> None:
    async with database.begin() as session:
        build = CatalogBuilder(session)
        for name in ("us", "cn"):
            await build.universe(await build.market(name), "all", [])
        await build.factor("twin", tags=())
        await build.factor("alone")
        await build.model("twin", await build.factor_set("s", []), await build.universe(1, "x", []))


async def test_all_that_fits_a_universe_is_told(database: Database) -> None:
    await two_markets(database)
    bare, us = Reference("all"), Reference("all", qualifier="us")
    async with database.read() as session:
        found = await find_entities(session, EntityKind.UNIVERSE, [bare, us])
    markets = [[entity.market for entity in found[each]] for each in (bare, us)]  # type: ignore[union-attr]
    assert markets == [["cn", "us"], ["us"]]


@pytest.mark.parametrize(
    ("target", "text", "name", "version"),
    [
        (EntityKind.FACTOR, "KMID", "KMID", 2),
        (EntityKind.FACTOR, "KMID:1", "KMID", 1),
        (EntityKind.FACTOR, "factor/KMID", "KMID", 2),
        (EntityKind.SNAPSHOT, "us", "us", 1),
        (EntityKind.UNIVERSE, "us/all:1", "all", 1),
        (EntityKind.UNIVERSE, "all", "all", 1),
        ("signal", "KMID", "KMID", 2),
        ("signal", "model/gbm", "gbm", 1),
    ],
)
async def test_a_reference_means_one_version(
    database: Database, target: Target, text: str, name: str, version: int
) -> None:
    await small_catalogue(database)
    async with database.read() as session:
        entity = await resolve(session, target, text)
    assert (entity.name, entity.version) == (name, version)


async def test_an_id_means_its_version(database: Database) -> None:
    rows = await small_catalogue(database)
    text = str(NodeId(NodeKind.FACTOR, rows["factor"]))
    async with database.read() as session:
        for target in (EntityKind.FACTOR, "signal"):
            assert (await resolve(session, target, text)).id == rows["factor"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("target", "text", "error", "said"),
    [
        (EntityKind.FACTOR, "KMIDD", NotFoundError, "no factor 'KMIDD'. Near to it: KMID."),
        (EntityKind.FACTOR, "kmid", NotFoundError, "no factor 'kmid'. Near to it: KMID."),
        (EntityKind.FACTOR, "zzz", NotFoundError, "There is no factor 'zzz'."),
        (EntityKind.FACTOR, "KMID:9", NotFoundError, "the factor 'KMID' has versions 1 to 2"),
        (EntityKind.UNIVERSE, "us/alll", NotFoundError, "Near to it: us/all."),
        (EntityKind.UNIVERSE, "cn/all", NotFoundError, "no universe 'cn/all'. Near to it: us/all."),
        (EntityKind.FACTOR, "model/gbm", BadInputError, "write factor/ or nothing"),
        (EntityKind.FACTOR_SET, "us/alpha", BadInputError, "before the name write nothing"),
        ("signal", "market/KMID", BadInputError, "write factor/ or model/ or nothing"),
        ("signal", "nothing", NotFoundError, "There is no factor or model 'nothing'."),
        (EntityKind.FACTOR, "1 + 1", BadInputError, "'1 + 1' is no reference"),
        (EntityKind.FACTOR, "", BadInputError, "'' is no reference"),
        (EntityKind.FACTOR, "_broken", BadInputError, "'_broken' is not an id"),
        (
            EntityKind.FACTOR,
            str(NodeId(NodeKind.MODEL, 1)),
            BadInputError,
            "is the id of a model; give the id or the name of a factor.",
        ),
        (
            EntityKind.FACTOR,
            str(NodeId(NodeKind.FACTOR, 10**17)),
            NotFoundError,
            "There is no factor with the id",
        ),
    ],
)
async def test_a_reference_that_fits_nothing_is_refused_with_what_would_be_right(
    database: Database, target: Target, text: str, error: type[QatlasError], said: str
) -> None:
    await small_catalogue(database)
    async with database.read() as session:
        with pytest.raises(error) as raised:
            await resolve(session, target, text, "input.it")
    assert said in raised.value.message
    assert raised.value.field == "input.it"


@pytest.mark.parametrize(
    ("target", "text", "said"),
    [
        (EntityKind.UNIVERSE, "all", "markets cn and us; write cn/all or us/all."),
        (EntityKind.UNIVERSE, "all:1", "write cn/all:1 or us/all:1."),
        ("signal", "twin", "a factor and of a model; write factor/twin or model/twin."),
    ],
)
async def test_a_reference_that_fits_two_things_says_how_to_write_it(
    database: Database, target: Target, text: str, said: str
) -> None:
    await two_markets(database)
    async with database.read() as session:
        with pytest.raises(AmbiguousNameError) as raised:
            await resolve(session, target, text)
    assert said in raised.value.message


async def test_many_references_take_as_many_statements_as_few(database: Database) -> None:
    async with database.begin() as session:
        build = CatalogBuilder(session)
        rows = [await build.factor(f"F{number}") for number in range(40)]
    by_id = [str(NodeId(NodeKind.FACTOR, row)) for row in rows]
    by_name = [f"F{number}" for number in range(40)]
    unknown = [f"G{number}" for number in range(40)]
    async with database.read() as session:
        with counted_statements(database) as few:
            await resolve_all(session, "signal", [by_id[0], by_name[0], unknown[0]])
        with counted_statements(database) as many:
            found = await resolve_all(session, "signal", [*by_id, *by_name, *unknown])
    assert len(few) == len(many) == 4
    assert [found[text].id for text in by_id] == rows  # type: ignore[union-attr]
    assert [found[text].id for text in by_name] == rows  # type: ignore[union-attr]
    assert all(isinstance(found[text], NotFoundError) for text in unknown)
