"""Names are taken once, versions follow each other, and edges say what rests on what."""

import asyncio
from dataclasses import replace

import pytest
from catalogue_examples import backtest, factor, market_and_set, model
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.database import Database
from catalog.defining import (
    NewFactor,
    create_backtest,
    create_factor,
    create_factor_set,
    create_factors,
    create_model,
    update_backtest,
    update_factor,
    update_factor_set,
    update_model,
)
from catalog.naming import set_archived, set_tags
from catalog.reading import entities_by_ids
from catalog.sources import EDGE, ENTITY, FACTOR_SET_MEMBER, NAME, TAG
from domain.errors import BadInputError, ConflictError, NameTakenError, NotFoundError
from domain.names import EntityKind
from domain.records import BacktestRecord, FactorRecord, ModelRecord

pytestmark = pytest.mark.anyio


async def edges_into(session: AsyncSession, target: int) -> set[tuple[int, str]]:
    """Source and relation of every edge into an entity."""
    rows = await session.execute(
        select(EDGE.c.source_id, EDGE.c.relation).where(EDGE.c.target_id == target)
    )
    return {(row.source_id, row.relation) for row in rows}


async def numbers(database: Database, name: str) -> list[int]:
    """The versions of a name, as they are stored."""
    async with database.read() as session:
        rows = select(ENTITY.c.version).join(NAME, NAME.c.id == ENTITY.c.name_id)
        return sorted(await session.scalars(rows.where(NAME.c.name == name)))


async def tags_of(database: Database) -> set[str]:
    """Every tag there is."""
    async with database.read() as session:
        return set(await session.scalars(select(TAG.c.tag)))


async def revise_close(database: Database, canonical: str, **options: int) -> int:
    """One writer of the factor `close`, in a transaction of its own."""
    async with database.begin() as session:
        return await update_factor(
            session, "close", spec=factor(canonical), author="tests", **options
        )


async def test_a_new_factor_is_read_back_as_it_was_written(database: Database) -> None:
    async with database.begin() as session:
        row = await create_factor(
            session, "close", factor(), description="The last price.", tags=["price"], author="ada"
        )
    async with database.read() as session:
        read = (await entities_by_ids(session, [row]))[row]
    assert isinstance(read, FactorRecord)
    assert (read.name, read.version, read.latest_version) == ("close", 1, 1)
    assert (read.description, read.created_by) == ("The last price.", "ada")
    assert read.spec == factor()
    assert await tags_of(database) == {"price"}


async def test_models_and_backtests_are_read_back_as_they_were_written(database: Database) -> None:
    async with database.begin() as session:
        market, _, set_id = await market_and_set(session)
        universe = market.universes["pair"]
        model_id = await create_model(session, "m", model(set_id, universe), author="tests")
        backtest_id = await create_backtest(
            session, "b", backtest(model_id, universe), author="tests"
        )
        read = await entities_by_ids(session, [model_id, backtest_id])
    read_model, read_backtest = read[model_id], read[backtest_id]
    assert isinstance(read_model, ModelRecord)
    assert read_model.spec == model(set_id, universe)
    assert isinstance(read_backtest, BacktestRecord)
    assert read_backtest.spec == backtest(model_id, universe)


async def test_a_name_is_taken_once_for_each_kind(database: Database) -> None:
    async with database.begin() as session:
        market, factor_id, set_id = await market_and_set(session)
        universe = market.universes["pair"]
        await create_model(session, "close", model(set_id, universe), author="tests")
        with pytest.raises(NameTakenError, match="'close'") as taken:
            await create_factor(session, "close", factor("$open"), author="tests")
        assert taken.value.entity_id == factor_id
        with pytest.raises(NameTakenError, match="factor set") as set_taken:
            await create_factor_set(session, "prices", [factor_id], author="tests")
        assert set_taken.value.entity_id == set_id


async def test_an_archived_name_stays_taken_and_points_at_its_latest_version(
    database: Database,
) -> None:
    async with database.begin() as session:
        await create_factor(session, "close", factor(), author="tests")
        latest = await update_factor(session, "close", spec=factor("$open"), author="tests")
        name_id = (await entities_by_ids(session, [latest]))[latest].name_id
        await set_archived(session, name_id, archived=True)
    async with database.begin() as session:
        with pytest.raises(NameTakenError) as taken:
            await create_factor(session, "close", factor(), author="tests")
    assert taken.value.entity_id == latest


async def test_archival_keeps_its_first_moment_and_can_be_undone(database: Database) -> None:
    async def archived_at() -> object:
        async with database.read() as session:
            return (await entities_by_ids(session, [row]))[row].archived_at

    async def archive(archived: bool) -> None:
        async with database.begin() as session:
            await set_archived(session, name_id, archived)

    async with database.begin() as session:
        row = await create_factor(session, "close", factor(), author="tests")
        name_id = (await entities_by_ids(session, [row]))[row].name_id
    await archive(True)
    first = await archived_at()
    assert first is not None
    await archive(True)
    assert await archived_at() == first
    await archive(False)
    assert await archived_at() is None


@pytest.mark.parametrize("name", ["", "1st", "_id", "a b", "a/b", "x" * 101, "a\n"])
async def test_a_name_that_breaks_the_rule_is_refused(database: Database, name: str) -> None:
    async with database.begin() as session:
        with pytest.raises(BadInputError, match="begin with a letter"):
            await create_factor(session, name, factor(), author="tests")


async def test_of_two_who_create_one_name_one_wins_and_the_other_is_told(
    database: Database,
) -> None:
    async def create(canonical: str) -> int:
        async with database.begin() as session:
            return await create_factor(session, "close", factor(canonical), author="tests")

    outcomes = await asyncio.gather(
        *(create(f"$close * {number}") for number in range(6)), return_exceptions=True
    )
    [winner] = [outcome for outcome in outcomes if isinstance(outcome, int)]
    losers = [outcome for outcome in outcomes if isinstance(outcome, NameTakenError)]
    assert len(losers) == 5
    assert {loser.entity_id for loser in losers} == {winner}


async def test_writers_who_race_for_the_next_version_get_one_each(database: Database) -> None:
    async with database.begin() as session:
        await create_factor(session, "close", factor(), author="tests")
    rows = await asyncio.gather(*(revise_close(database, f"$close * {n}") for n in range(8)))
    assert len(set(rows)) == 8
    assert await numbers(database, "close") == list(range(1, 10))


async def test_a_writer_who_rolls_back_leaves_no_gap(database: Database) -> None:
    async with database.begin() as session:
        await create_factor(session, "close", factor(), author="tests")

    async def give_up() -> None:
        async with database.begin() as session:
            await update_factor(session, "close", spec=factor("$open"), author="tests")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await give_up()
    await revise_close(database, "$high")
    assert await numbers(database, "close") == [1, 2]


async def test_of_two_who_expect_one_version_the_second_is_refused(database: Database) -> None:
    async with database.begin() as session:
        await create_factor(session, "close", factor(), author="tests")
    outcomes = await asyncio.gather(
        *(revise_close(database, f"$close * {n}", expected_version=1) for n in range(4)),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, int) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, ConflictError) for outcome in outcomes) == 3


async def test_an_edit_that_changes_nothing_finds_the_latest_version(database: Database) -> None:
    async with database.begin() as session:
        first = await create_factor(
            session, "close", factor(), description="The last price.", author="tests"
        )
    async with database.begin() as session:
        other_words = replace(factor(), expression=" $close ")
        assert await update_factor(session, "close", spec=other_words, author="eve") == first
        described = await update_factor(
            session, "close", spec=factor(), description="The price.", author="tests"
        )
        assert described != first
        # Only the latest counts: going back is a change.
        back = await update_factor(
            session, "close", spec=factor(), description="The last price.", author="tests"
        )
        assert back not in (first, described)
    assert await numbers(database, "close") == [1, 2, 3]


async def test_a_description_left_out_is_kept(database: Database) -> None:
    async with database.begin() as session:
        await create_factor(session, "close", factor(), description="A price.", author="tests")
        row = await update_factor(session, "close", spec=factor("$open"), author="tests")
        assert (await entities_by_ids(session, [row]))[row].description == "A price."


async def test_an_unknown_name_has_no_next_version(database: Database) -> None:
    async with database.begin() as session:
        with pytest.raises(NotFoundError, match="no factor named 'close'"):
            await update_factor(session, "close", spec=factor(), author="tests")


async def test_an_unexpected_version_is_a_conflict_even_if_nothing_would_change(
    database: Database,
) -> None:
    async with database.begin() as session:
        await create_factor(session, "close", factor(), author="tests")
        with pytest.raises(ConflictError, match=r"Version 2 .* version 1 is"):
            await update_factor(session, "close", spec=factor(), expected_version=2, author="tests")


async def test_edges_run_the_way_data_flows(database: Database) -> None:
    async with database.begin() as session:
        market, factor_id, set_id = await market_and_set(session)
        universe = market.universes["pair"]
        model_id = await create_model(session, "m", model(set_id, universe), author="tests")
        by_model = await create_backtest(
            session, "by_model", backtest(model_id, universe), author="tests"
        )
        by_factor = await create_backtest(
            session, "by_factor", backtest(factor_id, universe), author="tests"
        )
        assert await edges_into(session, universe) == {(market.snapshot_id, "PRICES")}
        assert await edges_into(session, set_id) == {(factor_id, "MEMBER_OF")}
        assert await edges_into(session, model_id) == {
            (set_id, "INPUT_OF"),
            (universe, "UNIVERSE_OF"),
        }
        assert await edges_into(session, by_model) == {
            (model_id, "SIGNAL_OF"),
            (universe, "UNIVERSE_OF"),
        }
        assert await edges_into(session, by_factor) == {
            (factor_id, "SIGNAL_OF"),
            (universe, "UNIVERSE_OF"),
        }


async def test_every_kind_gets_its_next_version_with_edges_of_its_own(database: Database) -> None:
    async with database.begin() as session:
        market, factor_id, set_id = await market_and_set(session)
        universe, everybody = market.universes["pair"], market.universes["all"]
        model_id = await create_model(session, "m", model(set_id, universe), author="tests")
        test = backtest(model_id, universe)
        backtest_id = await create_backtest(session, "b", test, author="tests")
        opened = await create_factor(session, "open", factor("$open"), author="tests")

        sets = await update_factor_set(
            session, "prices", factor_ids=[opened, factor_id], author="tests"
        )
        models = await update_model(session, "m", spec=model(sets, everybody), author="tests")
        backtests = await update_backtest(
            session, "b", spec=backtest(models, everybody), author="tests"
        )
        read = await entities_by_ids(session, [sets, models, backtests])
        assert {entity.version for entity in read.values()} == {2}
        assert await edges_into(session, sets) == {(opened, "MEMBER_OF"), (factor_id, "MEMBER_OF")}
        assert (sets, "INPUT_OF") in await edges_into(session, models)
        assert (models, "SIGNAL_OF") in await edges_into(session, backtests)
        assert (model_id, "SIGNAL_OF") in await edges_into(session, backtest_id)
        assert (
            await update_backtest(session, "b", spec=backtest(models, everybody), author="tests")
            == backtests
        )


async def test_a_factor_set_keeps_the_order_of_its_members(database: Database) -> None:
    async with database.begin() as session:
        ids = await create_factors(
            session, [NewFactor(name=name, spec=factor()) for name in "cab"], author="tests"
        )
        wanted = [ids[2], ids[0], ids[1]]
        await create_factor_set(session, "s", wanted, author="tests")
        members = select(FACTOR_SET_MEMBER.c.factor_id).order_by(FACTOR_SET_MEMBER.c.position)
        assert list(await session.scalars(members)) == wanted
        # Another order is another definition.
        assert await update_factor_set(session, "s", factor_ids=ids, author="tests") > ids[0]
        assert await numbers_in(session, EntityKind.FACTOR_SET) == [1, 2]


async def numbers_in(session: AsyncSession, kind: EntityKind) -> list[int]:
    """The versions of all names of a kind."""
    rows = select(ENTITY.c.version).where(ENTITY.c.kind == kind.value)
    return sorted(await session.scalars(rows))


async def test_a_factor_stands_in_a_set_once(database: Database) -> None:
    async with database.begin() as session:
        row = await create_factor(session, "close", factor(), author="tests")
        with pytest.raises(BadInputError, match="stands twice"):
            await create_factor_set(session, "s", [row, row], author="tests")


async def test_many_factors_are_created_together_in_order(database: Database) -> None:
    new = [
        NewFactor(name=f"F{(number * 7) % 500}", spec=factor(f"$close * {number}"), tags=("seed",))
        for number in range(500)
    ]
    async with database.begin() as session:
        ids = await create_factors(session, new, author="tests")
    async with database.read() as session:
        read = await entities_by_ids(session, ids)
    assert [read[row].name for row in ids] == [one.name for one in new]
    assert [read[row].spec for row in ids] == [one.spec for one in new]


async def test_of_many_factors_none_is_created_if_one_name_is_taken(database: Database) -> None:
    async with database.begin() as session:
        taken = await create_factor(session, "b", factor(), author="tests")
    new = [NewFactor(name=name, spec=factor()) for name in "abc"]
    async with database.begin() as session:
        with pytest.raises(NameTakenError) as error:
            await create_factors(session, new, author="tests")
    assert error.value.entity_id == taken
    async with database.read() as session:
        assert list(await session.scalars(select(NAME.c.name))) == ["b"]


async def test_two_new_factors_cannot_share_a_name(database: Database) -> None:
    new = [NewFactor(name="a", spec=factor()), NewFactor(name="a", spec=factor("$open"))]
    async with database.begin() as session:
        with pytest.raises(BadInputError, match="'a' stands twice"):
            await create_factors(session, new, author="tests")


async def test_tags_are_put_on_and_taken_off_a_name(database: Database) -> None:
    async with database.begin() as session:
        row = await create_factor(session, "close", factor(), tags=["a", "b", "a"], author="tests")
        name_id = (await entities_by_ids(session, [row]))[row].name_id
        await set_tags(session, name_id, add=["b", "c", "价值"], remove=["a", "unknown"])
    assert await tags_of(database) == {"b", "c", "价值"}


@pytest.mark.parametrize("tag", ["", "   ", "\t\n", "x" * 101, "a\x00b"])
async def test_a_tag_that_breaks_the_rule_is_refused(database: Database, tag: str) -> None:
    async with database.begin() as session:
        with pytest.raises(BadInputError) as refused:
            await create_factor(session, "close", factor(), tags=["fine", tag], author="tests")
        assert refused.value.field == "input.tags"
    assert await tags_of(database) == set()
