"""The seeds are Qlib's own, come once, and never take the place of what somebody else made."""

import asyncio
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bars.calendars import read_calendar
from catalog.database import Database
from catalog.defining import create_factor, create_factor_set
from catalog.paging import PageRequest
from catalog.reading import find_entities, tags_of
from catalog.relations import FACTORS_OF_FACTOR_SETS
from compute.qlib_factor_sets import ALPHA20, NamedExpressions, alpha158, alpha360
from domain.alpha101.expressions import ALPHA101
from domain.expression import parse
from domain.names import EntityKind, Reference
from domain.records import (
    AnyEntity,
    BacktestRecord,
    FactorRecord,
    FactorSetRecord,
    ModelRecord,
    UniverseRecord,
)
from resolvers.defining.expressions import factor_spec
from resolvers.importing import import_sample_market
from resolvers.seeding import Seeded, seed

pytestmark = pytest.mark.anyio

FACTORS, SETS = 514 + 101, 4


async def planted(database: Database) -> Seeded:
    """Seed with the sets that Qlib has in this process, which is quicker than in another."""
    return await seed(database, read=lambda: (alpha158(), alpha360()))


async def find(
    database: Database, kind: EntityKind, name: str, market: str | None = None
) -> AnyEntity | None:
    reference = Reference(name, qualifier=market)
    async with database.read() as session:
        found = (await find_entities(session, kind, [reference]))[reference]
    return found[0] if found else None


async def members(database: Database, name: str) -> list[FactorRecord]:
    """The factors of a set in their order."""
    factor_set = await find(database, EntityKind.FACTOR_SET, name)
    assert isinstance(factor_set, FactorSetRecord)
    async with database.read() as session:
        pages = await FACTORS_OF_FACTOR_SETS.pages(
            session, [factor_set.id], PageRequest.of(first=500)
        )
    found = list(pages[factor_set.id].items)
    assert len(found) == factor_set.size
    return found


def as_seeded(factors: list[FactorRecord]) -> NamedExpressions:
    return tuple((factor.name, factor.spec.expression) for factor in factors)


async def test_the_sets_are_qlibs_and_share_their_factors(database: Database) -> None:
    seeded = await planted(database)

    assert seeded == Seeded(created=FACTORS + SETS)
    small, large = await members(database, "Alpha158"), await members(database, "Alpha360")
    assert as_seeded(small) == alpha158()
    assert as_seeded(large) == alpha360()
    assert len({factor.id for factor in small + large}) == 514
    twenty = await members(database, "alpha20")
    assert tuple(factor.name for factor in twenty) == ALPHA20
    assert {factor.id for factor in twenty} <= {factor.id for factor in small}
    assert as_seeded(await members(database, "alpha101")) == tuple(ALPHA101.items())


async def test_factors_are_described_and_tagged_by_their_sets(database: Database) -> None:
    await planted(database)

    factors = await members(database, "Alpha158")
    async with database.read() as session:
        tags = await tags_of(session, [factor.name_id for factor in factors])
    tagged = {factor.name: tags[factor.name_id] for factor in factors}
    assert tagged["ROC20"] == ("alpha158",)
    assert tagged["ROC60"] == ("alpha158", "alpha20")
    assert tagged["VWAP0"] == ("alpha158", "alpha360")
    assert all(factor.description for factor in factors)
    assert {factor.created_by for factor in factors} == {"qatlas"}


async def test_alphas_tell_what_they_need(database: Database) -> None:
    await planted(database)

    factors = {factor.name: factor for factor in await members(database, "alpha101")}
    async with database.read() as session:
        tags = await tags_of(session, [factor.name_id for factor in factors.values()])
    tagged = {name: tags[factor.name_id] for name, factor in factors.items()}
    assert tagged["alpha001"] == ("alpha101",)
    assert tagged["alpha058"] == ("alpha101", "sectors")
    assert "market_cap" in factors["alpha056"].spec.input_fields
    assert factors["alpha001"].spec.is_cross_sectional
    assert not factors["alpha101"].spec.is_cross_sectional
    assert all(factor.description for factor in factors.values())


async def test_a_second_seeding_changes_nothing(database: Database, tmp_path: Path) -> None:
    await import_sample_market(database, tmp_path, "ada")

    first, again = await planted(database), await planted(database)

    assert first == Seeded(created=FACTORS + SETS + 3)
    assert again == Seeded(kept=SETS + 3)
    for factor in await members(database, "Alpha158"):
        assert factor.version == factor.latest_version == 1


async def test_qlib_is_asked_only_where_a_set_is_missing(database: Database) -> None:
    await planted(database)

    def read() -> tuple[NamedExpressions, NamedExpressions]:
        raise AssertionError("asked")

    assert await seed(database, read=read) == Seeded(kept=SETS)


async def test_alpha101_comes_without_qlib(database: Database) -> None:
    async with database.begin() as session:
        close = await create_factor(session, "close", factor_spec(parse("$close")), author="ada")
        for name in ("Alpha158", "Alpha360", "alpha20"):
            await create_factor_set(session, name, [close], author="ada")

    def read() -> tuple[NamedExpressions, NamedExpressions]:
        raise AssertionError("asked")

    assert await seed(database, read=read) == Seeded(created=102, kept=3)


async def test_without_the_sample_market_there_are_factor_sets_only(database: Database) -> None:
    await planted(database)

    assert await find(database, EntityKind.MODEL, "demo-lightgbm") is None
    assert await find(database, EntityKind.BACKTEST, "demo-roc20-top2") is None


async def test_the_sample_markets_seeds_come_when_it_does(
    database: Database, tmp_path: Path
) -> None:
    await planted(database)
    await import_sample_market(database, tmp_path, "ada")

    assert await planted(database) == Seeded(created=3, kept=SETS)


async def test_the_model_learns_from_alpha158_on_the_sample_market(
    database: Database, tmp_path: Path
) -> None:
    await import_sample_market(database, tmp_path, "ada")
    await planted(database)

    model = await find(database, EntityKind.MODEL, "demo-lightgbm")
    universe = await find(database, EntityKind.UNIVERSE, "us5", "sample")
    factor_set = await find(database, EntityKind.FACTOR_SET, "Alpha158")
    assert isinstance(model, ModelRecord)
    assert isinstance(universe, UniverseRecord)
    assert factor_set is not None
    assert model.spec.universe_id == universe.id
    assert model.spec.factor_set_id == factor_set.id
    assert parse(model.spec.label) == parse("Ref($close, -2)/Ref($close, -1) - 1")
    segments = model.spec.segments
    assert segments.train.end < segments.valid.start
    assert segments.valid.end < segments.test.start
    assert model.spec.parameters["num_leaves"] == 8
    assert model.spec.parameters["deterministic"] is True


async def test_the_backtests_trade_the_model_and_a_factor(
    database: Database, tmp_path: Path, sample_directory: Path
) -> None:
    await import_sample_market(database, tmp_path, "ada")
    await planted(database)

    model = await find(database, EntityKind.MODEL, "demo-lightgbm")
    factor = await find(database, EntityKind.FACTOR, "ROC20")
    by_model = await find(database, EntityKind.BACKTEST, "demo-lightgbm-top2")
    by_factor = await find(database, EntityKind.BACKTEST, "demo-roc20-top2")
    assert isinstance(model, ModelRecord)
    assert factor is not None
    assert isinstance(by_model, BacktestRecord)
    assert isinstance(by_factor, BacktestRecord)
    assert by_model.spec.signal_id == model.id
    assert by_factor.spec.signal_id == factor.id
    test, period = model.spec.segments.test, by_model.spec.period
    assert test.start < period.start < period.end < test.end
    days = read_calendar(sample_directory)
    for day in (test.start, test.end, period.start, period.end):
        assert np.datetime64(day) in days
    assert (by_model.spec.benchmark, by_model.spec.account) == ("SPX", 1e6)
    assert (by_model.spec.strategy.topk, by_model.spec.strategy.n_drop) == (2, 1)
    assert by_model.spec.strategy.parameters["risk_degree"] == 0.95
    assert by_model.spec.exchange.limit_threshold is None


async def test_a_factor_of_ones_own_that_is_the_same_is_shared(database: Database) -> None:
    async with database.begin() as session:
        own = await create_factor(
            session, "ROC20", factor_spec(parse("Ref( $close , 20 ) / $close")), author="ada"
        )

    seeded = await planted(database)

    assert seeded == Seeded(created=FACTORS + SETS - 1, kept=1)
    factors = {factor.name: factor for factor in await members(database, "Alpha158")}
    assert (factors["ROC20"].id, factors["ROC20"].created_by) == (own, "ada")


async def test_a_factor_of_ones_own_stays_and_the_sets_that_need_the_name_are_left_out(
    database: Database, tmp_path: Path
) -> None:
    await import_sample_market(database, tmp_path, "ada")
    async with database.begin() as session:
        own = await create_factor(
            session, "ROC20", factor_spec(parse("$close-$open")), author="ada"
        )

    seeded = await planted(database)

    assert seeded.kept == 1
    assert seeded.left_out == (
        "Alpha158",
        "demo-lightgbm",
        "demo-lightgbm-top2",
        "demo-roc20-top2",
    )
    factor = await find(database, EntityKind.FACTOR, "ROC20")
    assert factor is not None
    assert (factor.id, factor.version) == (own, 1)
    assert len(await members(database, "Alpha360")) == 360
    assert "Alpha158" in str(seeded)


async def test_a_set_of_ones_own_stays(database: Database) -> None:
    async with database.begin() as session:
        close = await create_factor(session, "close", factor_spec(parse("$close")), author="ada")
        await create_factor_set(session, "alpha20", [close], author="ada")

    assert await planted(database) == Seeded(created=FACTORS + SETS - 1, kept=1)
    assert [factor.name for factor in await members(database, "alpha20")] == ["close"]


async def test_two_who_seed_at_once_do_not_disturb_each_other(
    database: Database, tmp_path: Path
) -> None:
    await import_sample_market(database, tmp_path, "ada")

    one, other = await asyncio.gather(planted(database), planted(database))

    assert one.created + other.created == FACTORS + SETS + 3
    assert one.left_out == other.left_out == ()
    assert as_seeded(await members(database, "Alpha158")) == alpha158()


def test_seeding_leaves_qlib_out_of_the_process(sqlite_template: Path, tmp_path: Path) -> None:
    place = tmp_path / "catalogue.db"
    place.write_bytes(sqlite_template.read_bytes())
    code = f"""
import asyncio, sys
from catalog.database import Database
from resolvers.seeding import seed

async def main():
    database = Database("sqlite:///{place}")
    print((await seed(database)).created)
    await database.close()

if __name__ == "__main__":
    asyncio.run(main())
    print(sorted({{"qlib", "pandas", "lightgbm"}} & set(sys.modules)))
"""
    script = tmp_path / "plant.py"
    script.write_text(code)
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, script],
        env={"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split("\n")[:2] == [str(FACTORS + SETS), "[]"]
