"""What compares the members of a universe is computed for it, and asked like the rest."""

from collections.abc import AsyncIterator
from pathlib import Path
from shutil import copyfile
from typing import Any

import numpy as np
import pandas as pd
import pytest
from asking_ground import ALL_DAYS, DAYS, MEMBERS, Ground, bars_of, model_spec
from sqlalchemy import delete, update

from catalog.database import Database
from catalog.defining import create_factor, create_factor_set, create_model
from catalog.results import RESULT
from catalog.tables.markets import InstrumentRow
from domain.expression import parse
from resolvers.defining.expressions import factor_spec

pytestmark = pytest.mark.anyio

RANKED = "CSRank(-Delta($close, 5))"
OVER_TIME = "Mean(CSRank($close/Ref($close,3)), 4)"
BY_SECTOR = "CSNeutralize($close/$open, sector)"
THREE = ("AAA", "CCC", "DDD")
"""The members of a second universe."""


@pytest.fixture
async def ground(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Ground]:
    copyfile(sqlite_template, tmp_path / "catalogue.db")
    database = Database(f"sqlite:///{tmp_path / 'catalogue.db'}")
    ground = Ground(database, tmp_path)
    await ground.import_data(more_universes={"three": THREE})
    await ground.define()
    async with database.begin() as session:
        for name, text in (("ranked", RANKED), ("over-time", OVER_TIME), ("sectors", BY_SECTOR)):
            await create_factor(session, name, factor_spec(parse(text)), author="ada")
    yield ground
    await ground.runner.close()
    await database.close()


def closes(symbols: tuple[str, ...] = MEMBERS) -> pd.DataFrame:
    return pd.DataFrame(
        {symbol: bars_of(symbol, DAYS)["close"].astype(np.float32) for symbol in symbols},
        index=ALL_DAYS[:DAYS].astype(str),
    )


async def values(ground: Ground, factor: str, universe: str = "five") -> pd.DataFrame:
    asked = f'factor(name: "{factor}") {{ values(universe: "tiny/{universe}") '
    reply = await ground.data(f"{{ {asked} {{ dates columns {{ name values }} }} }} }}")
    return frame_of(reply["factor"]["values"])


def frame_of(series: Any) -> pd.DataFrame:
    columns = {column["name"]: column["values"] for column in series["columns"]}
    return pd.DataFrame(columns, index=series["dates"], dtype=float)


@pytest.mark.parametrize(("universe", "members"), [("five", MEMBERS), ("three", THREE)])
async def test_a_rank_is_that_among_the_members(
    universe: str, members: tuple[str, ...], ground: Ground
) -> None:
    change = -closes(members).diff(5)
    expected = change.rank(axis=1, pct=True)

    pd.testing.assert_frame_equal(await values(ground, "ranked", universe), expected, rtol=1e-6)


async def test_windows_go_over_what_was_compared(ground: Ground) -> None:
    close = closes()
    expected = (close / close.shift(3)).rank(axis=1, pct=True).rolling(4, min_periods=1).mean()

    pd.testing.assert_frame_equal(await values(ground, "over-time"), expected, rtol=1e-6)


async def test_it_is_judged_and_calculated_like_any_factor(ground: Ground) -> None:
    reply = await ground.data(
        f"""{{ factor(name: "ranked") {{ isCrossSectional evaluation {{ ic rankIc coverage }} }}
          calculate(expressions: ["{RANKED}"]) {{ canonicalExpression problems {{ message }}
            series {{ dates columns {{ name values }} }} evaluation {{ rankIc }} }} }}"""
    )
    factor, [calculated] = reply["factor"], reply["calculate"]

    assert factor["isCrossSectional"]
    assert factor["evaluation"]["coverage"] == pytest.approx(1 - 5 / DAYS)
    assert calculated["evaluation"]["rankIc"] == factor["evaluation"]["rankIc"]
    assert calculated["problems"] == []
    pd.testing.assert_frame_equal(frame_of(calculated["series"]), await values(ground, "ranked"))


async def test_a_set_and_a_model_take_it(ground: Ground) -> None:
    universe = await ground.inquiry().lookups.default_universe()
    async with ground.database.begin() as session:
        row = await create_factor(
            session, "ranks", factor_spec(parse("CSRank($volume)")), author="ada"
        )
        ranks = await create_factor_set(session, "only-ranks", [row], author="ada")
        spec = model_spec(ranks, universe.id)
        await create_model(session, "on-ranks", spec, author="ada")
    reply = await ground.data(
        """{ factorSet(name: "only-ranks") {
            matrix { rows preview(first: 5) { columns { values } } } }
          model(name: "on-ranks") { training { features } predictions { returnedCount } } }"""
    )

    matrix = reply["factorSet"]["matrix"]
    assert matrix["rows"] == DAYS * len(MEMBERS)
    [first_day] = matrix["preview"]["columns"]
    assert sorted(first_day["values"]) == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert reply["model"]["predictions"]["returnedCount"] > 0


async def test_sectors_are_asked_for_before_anything_is_computed(ground: Ground) -> None:
    reply = await ground.ask('{ factor(name: "sectors") { values { returnedCount } } }')

    assert reply.codes == {"factor.values": "BAD_INPUT"}
    assert "needs sectors" in reply.errors[0].message
    assert not ground.executor.made


async def test_an_expression_over_nobody_with_a_sector_is_refused_by_its_check(
    ground: Ground,
) -> None:
    asked = f"""{{ checkExpression(expression: "{BY_SECTOR}") {{ isValid problems {{
        message start severity }} }}
      calculate(expressions: ["{BY_SECTOR}"]) {{ problems {{ severity }}
        series {{ returnedCount }} }} }}"""
    refused = await ground.data(asked)
    await in_sectors(ground, {"AAA": "x", "BBB": "x"})
    taken = await ground.data(asked)

    assert refused["checkExpression"]["isValid"] is False
    [problem] = refused["checkExpression"]["problems"]
    assert (problem["severity"], problem["start"]) == ("ERROR", BY_SECTOR.index("sector"))
    assert "No member of the universe has a sector" in problem["message"]
    assert refused["calculate"] == [{"problems": [{"severity": "ERROR"}], "series": None}]
    assert taken["checkExpression"] == {"isValid": True, "problems": []}
    assert taken["calculate"][0]["series"]["returnedCount"] > 0


async def test_a_set_says_which_of_its_factors_need_what_a_market_lacks(ground: Ground) -> None:
    async with ground.database.begin() as session:
        members = [
            await create_factor(session, name, factor_spec(parse(text)), author="ada")
            for name, text in (
                ("plain", "CSRank($open)"),
                ("grouped", "CSNeutralize($open, sector)"),
                ("grouped-too", "CSNeutralize($high, sector)"),
                ("weighed", "CSRank($market_cap)"),
            )
        ]
        row = await create_factor_set(session, "needy", members, author="ada")
        universe = await ground.inquiry().lookups.default_universe()
        await create_model(session, "on-needy", model_spec(row, universe.id), author="ada")
        await create_factor_set(session, "modest", members[:1], author="ada")
    reply = await ground.ask(
        """{ needy: factorSet(name: "needy") { matrix { rows } }
          model(name: "on-needy") { training { features } }
          modest: factorSet(name: "modest") { matrix { rows } } }"""
    )

    assert reply.codes == {"needy.matrix": "BAD_INPUT", "model.training": "BAD_INPUT"}
    for error in reply.errors:
        assert "The factor weighed needs $market_cap, which the snapshot" in error.message
        assert "the factors grouped, grouped-too need sectors" in error.message
        assert "Create a factor set without them" in error.message
        assert "plain" not in error.message
    assert reply.data["modest"]["matrix"]["rows"] == DAYS * len(MEMBERS)
    assert not ground.executor.made["TrainingWork"]


async def test_sectors_make_groups_and_new_ones_another_result(ground: Ground) -> None:
    await in_sectors(ground, {"AAA": "x", "BBB": "x", "CCC": "y", "DDD": "y"})
    one = await values(ground, "sectors")
    await in_sectors(ground, {"AAA": "x", "BBB": "y", "CCC": "y", "DDD": "y"})
    other = await values(ground, "sectors")

    ratio = closes() / pd.DataFrame(
        {name: bars_of(name, DAYS)["open"].astype(np.float32) for name in MEMBERS},
        index=ALL_DAYS[:DAYS].astype(str),
    )
    np.testing.assert_allclose(one["AAA"], (ratio["AAA"] - ratio["BBB"]) / 2, atol=1e-7)
    np.testing.assert_allclose(other["AAA"], 0, atol=1e-12)
    assert one["EEE"].isna().all()


async def in_sectors(ground: Ground, sectors: dict[str, str]) -> None:
    async with ground.database.begin() as session:
        for symbol, sector in sectors.items():
            statement = update(InstrumentRow).where(InstrumentRow.symbol == symbol)
            await session.execute(statement.values(sector=sector))


async def test_an_instrument_alone_has_no_place_among_others(ground: Ground) -> None:
    reply = await ground.ask(
        """{ instrument(symbol: "AAA") { values: factorValues(factor: "ranked") {
          returnedCount } } }"""
    )
    assert set(reply.codes.values()) == {"BAD_INPUT"}
    assert "compares the members" in reply.errors[0].message


async def test_comparisons_are_made_in_turns_where_memory_is_short(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [RANKED, "CSDemean(CSRank($volume))", "$close", OVER_TIME]
    asked = ", ".join(f'"{text}"' for text in texts)
    query = f"{{ calculate(expressions: [{asked}]) {{ series {{ columns {{ values }} }} }} }}"
    whole = await ground.data(query)
    monkeypatch.setattr("domain.expression.room.MOST_BYTES", 2 * 16 * DAYS * len(MEMBERS))
    async with ground.database.begin() as session:
        await session.execute(delete(RESULT))
    made = ground.executor.made["PanelsWork"]

    assert await ground.data(query) == whole
    assert ground.executor.made["PanelsWork"] == 2 * made


async def test_more_comparisons_than_fit_are_refused_before_they_are_made(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.expression.room.MOST_BYTES", 1000)
    reply = await ground.ask('{ factor(name: "ranked") { values { returnedCount } } }')

    assert set(reply.codes.values()) == {"BAD_INPUT"}
    assert "1 cross-sections over 120 days and 5 instruments take" in reply.errors[0].message
    assert not ground.executor.made


async def test_more_comparisons_than_fit_are_a_problem_of_the_expression(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.expression.room.MOST_BYTES", 16 * DAYS * len(MEMBERS))
    asked = """{ checkExpression(expression: "%s") { isValid problems { message start end } } }"""
    fitting = await ground.data(asked % RANKED)
    refused = await ground.data(asked % f"{RANKED}/{OVER_TIME}")

    assert fitting["checkExpression"] == {"isValid": True, "problems": []}
    [problem] = refused["checkExpression"]["problems"]
    assert not refused["checkExpression"]["isValid"]
    assert problem["message"].startswith("2 cross-sections over 120 days and 5 instruments take")


async def test_a_window_longer_than_history_is_refused_before_anything_is_computed(
    ground: Ground,
) -> None:
    text = f"CSRank(Ref($close, {DAYS}))"
    async with ground.database.begin() as session:
        made = [
            await create_factor(session, name, factor_spec(parse(one)), author="ada")
            for name, one in (("long", text), ("wide", f"Mean($close, {DAYS + 1})"))
        ]
        short = await create_factor(session, "short", factor_spec(parse("$close")), author="ada")
        await create_factor_set(session, "lengths", [*made, short], author="ada")
    reply = await ground.ask(
        f"""{{ checkExpression(expression: "{text}") {{ isValid problems {{ message start }} }}
          calculate(expressions: ["{text}", "Ref($close, {DAYS - 1})"]) {{
            problems {{ severity }} series {{ returnedCount }} }}
          long: factor(name: "long") {{ values {{ returnedCount }} }}
          wide: factor(name: "wide") {{ evaluation {{ ic }} }}
          factorSet(name: "lengths") {{ matrix {{ rows }} }} }}"""
    )

    [problem] = reply.data["checkExpression"]["problems"]
    assert problem["start"] == text.index("Ref")
    assert "Ref spans 121 trading days here, and the market has 120" in problem["message"]
    refused, taken = reply.data["calculate"]
    assert refused == {"problems": [{"severity": "ERROR"}], "series": None}
    assert taken["problems"] == []
    assert taken["series"]["returnedCount"] > 0
    assert set(reply.codes.values()) == {"BAD_INPUT"}
    for path in ("long.values", "wide.evaluation"):
        assert "spans 121 trading days with one operator" in reply.error(path).message
    told = reply.error("factorSet.matrix").message
    assert told.startswith("The factors long, wide need up to 121 trading days, and tiny:1 has 120")
    assert ground.executor.made.keys() == {"PanelsWork"}
