"""Arguments that cannot be answered: a code, and a sentence that names what was given."""

from collections.abc import AsyncIterator
from pathlib import Path
from shutil import copyfile

import pytest
from asking_ground import INDEX, Ground, write_days

from catalog.database import Database
from domain.regions import Region
from resolvers.importing import register_market
from resolvers.market_reading import read_market

pytestmark = pytest.mark.anyio


@pytest.fixture
async def ground(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Ground]:
    # Nothing is looked up here that the tests of the catalogue do not look up on PostgreSQL.
    copyfile(sqlite_template, tmp_path / "catalogue.db")
    database = Database(f"sqlite:///{tmp_path / 'catalogue.db'}")
    ground = Ground(database, tmp_path)
    await ground.import_data()
    await ground.define()
    write_days(tmp_path / "other", 100, [])
    reading = read_market(tmp_path / "other", Region.US, INDEX)
    await register_market(database, "other", reading, "ada")
    yield ground
    await ground.runner.close()
    await database.close()


FACTOR = 'factor(name: "momentum")'
MODEL = 'model(name: "trees")'
BACKTEST = 'backtest(name: "on-trees")'
SHARE = 'instrument(symbol: "AAA", market: "tiny")'
SERIES, JUDGED = "{ returnedCount }", "{ ic }"

WRONG = [
    (FACTOR, 'values(start: "2019-12-31")', "BAD_INPUT", "start", "2019-12-31"),
    (FACTOR, 'values(end: "2031-01-01")', "BAD_INPUT", "end", "2031-01-01"),
    (FACTOR, 'values(start: "2020-03-03", end: "2020-03-02")', "BAD_INPUT", "end", "2020-03-02"),
    (FACTOR, 'values(start: "2020-03-07", end: "2020-03-08")', "BAD_INPUT", "start", "2020-03-07"),
    (FACTOR, 'values(universe: "nobody")', "NOT_FOUND", "universe", "nobody"),
    (FACTOR, 'values(universe: "tiny/five:7")', "NOT_FOUND", "universe", "five:7"),
    (FACTOR, 'values(universe: "five")', "AMBIGUOUS_NAME", "universe", "five"),
    (FACTOR, 'values(universe: "a b")', "BAD_INPUT", "universe", "a b"),
    (FACTOR, 'values(snapshot: "nowhere")', "NOT_FOUND", "snapshot", "nowhere"),
    (FACTOR, 'values(snapshot: "tiny:9")', "NOT_FOUND", "snapshot", "tiny:9"),
    (
        FACTOR,
        'values(snapshot: "other", universe: "tiny/five")',
        "BAD_INPUT",
        "snapshot",
        "market other",
    ),
    (FACTOR, 'values(instruments: ["AAA", "ZZZ"])', "BAD_INPUT", "instruments", "ZZZ"),
    (FACTOR, "values(instruments: [])", "BAD_INPUT", "instruments", "empty"),
    (FACTOR, "values(maxPoints: 3)", "BAD_INPUT", "maxPoints", "3"),
    (FACTOR, "values(maxPoints: 8, method: NONE)", "BAD_INPUT", "maxPoints", "NONE"),
    (FACTOR, "evaluation(horizonDays: 0)", "BAD_INPUT", "horizonDays", "0"),
    (FACTOR, "evaluation(horizonDays: 1001)", "BAD_INPUT", "horizonDays", "1001"),
    (FACTOR, "evaluation(quantiles: 0)", "BAD_INPUT", "quantiles", "0"),
    (FACTOR, "evaluation(quantiles: 101)", "BAD_INPUT", "quantiles", "101"),
    (FACTOR, 'evaluation(start: "2031-01-01")', "BAD_INPUT", "start", "2031-01-01"),
    (FACTOR, 'evaluation(start: "2020-06-16")', "NO_DATA", "period", "2020-06-16"),
    (MODEL, 'training(snapshot: "other")', "BAD_INPUT", "snapshot", "other"),
    (MODEL, 'evaluation(snapshot: "nowhere")', "NOT_FOUND", "snapshot", "nowhere"),
    (MODEL, "evaluation(quantiles: 0)", "BAD_INPUT", "quantiles", "0"),
    (MODEL, 'predictions(start: "2020-01-02")', "BAD_INPUT", "start", "2020-01-02"),
    (MODEL, 'predictions(end: "2020-06-01")', "BAD_INPUT", "end", "TEST"),
    (
        MODEL,
        'predictions(start: "2020-05-06", end: "2020-05-05")',
        "BAD_INPUT",
        "end",
        "2020-05-05",
    ),
    (
        MODEL,
        'predictions(start: "2020-05-02", end: "2020-05-03")',
        "BAD_INPUT",
        "start",
        "2020-05-02",
    ),
    (MODEL, 'predictions(instruments: ["IDX"])', "BAD_INPUT", "instruments", "IDX"),
    (BACKTEST, 'report(snapshot: "other")', "BAD_INPUT", "snapshot", "other"),
    (SHARE, 'bars(fields: ["clsoe"])', "BAD_INPUT", "fields", "clsoe"),
    (SHARE, "bars(fields: [])", "BAD_INPUT", "fields", "empty"),
    (SHARE, 'bars(start: "1999-01-01")', "BAD_INPUT", "start", "1999-01-01"),
    (SHARE, 'bars(snapshot: "other")', "BAD_INPUT", "snapshot", "other:1"),
    (SHARE, 'factorValues(factor: "nothing")', "NOT_FOUND", "factor", "nothing"),
    (
        SHARE,
        'factorValues(factor: "momentum", start: "2020-03-07", end: "2020-03-08")',
        "BAD_INPUT",
        "start",
        "2020-03-07",
    ),
]


@pytest.mark.parametrize(("owner", "asked", "code", "field", "named"), WRONG)
async def test_what_is_wrong_is_named(
    ground: Ground, owner: str, asked: str, code: str, field: str, named: str
) -> None:
    shown = JUDGED if asked.startswith("evaluation") else SERIES
    shown = "{ features }" if asked.startswith("training") else shown
    reply = await ground.ask(f"{{ asked: {owner} {{ __typename wrong: {asked} {shown} }} }}")

    assert reply.codes == {"asked.wrong": code}
    error = reply.errors[0]
    assert error.extensions is not None
    assert error.extensions["field"] == field
    assert named in error.message
    assert error.message.endswith(".")
    assert reply.data["asked"]["wrong"] is None
    assert reply.data["asked"]["__typename"]


async def test_nothing_is_computed_for_arguments_that_cannot_be_answered(ground: Ground) -> None:
    for owner, asked, code, *_ in WRONG:
        if code == "NO_DATA":
            continue
        shown = JUDGED if asked.startswith("evaluation") else SERIES
        shown = "{ features }" if asked.startswith("training") else shown
        await ground.ask(f"{{ asked: {owner} {{ wrong: {asked} {shown} }} }}")
    assert not ground.executor.made


@pytest.mark.parametrize(
    ("horizons", "named"),
    [("[]", "0 horizons"), ("[1, 0]", "0"), ("[1001]", "1001"), (str([1] * 51), "51")],
)
async def test_horizons_of_a_decay_have_bounds(ground: Ground, horizons: str, named: str) -> None:
    query = f"{{ {FACTOR} {{ evaluation {{ ic decay(horizonDays: {horizons}) {{ ic }} }} }} }}"
    reply = await ground.ask(query)

    assert reply.codes == {"factor.evaluation.decay": "BAD_INPUT"}
    assert named in reply.errors[0].message
    assert reply.data["factor"]["evaluation"]["ic"] is not None


async def test_fields_that_a_market_lacks_are_named(ground: Ground) -> None:
    reply = await ground.data(
        '{ checkExpression(expression: "$pe/$close") { isValid problems { message start } } }'
    )
    assert reply["checkExpression"]["isValid"] is False
    assert "$pe" in reply["checkExpression"]["problems"][0]["message"]


async def test_a_standard_field_without_data_gives_no_numbers_but_a_reason(
    ground: Ground,
) -> None:
    query = '{ calculate(expressions: ["$vwap"]) { problems { severity } evaluation { ic } } }'
    reply = await ground.ask(query)

    assert reply.data["calculate"][0]["problems"] == [{"severity": "WARNING"}]
    assert set(reply.codes.values()) == {"NO_DATA"}
    assert "has no value for any member" in reply.errors[0].message
    assert "The snapshot tiny:1 has no $vwap" in reply.errors[0].message


@pytest.mark.parametrize(
    ("asked", "code", "field", "named"),
    [
        ('positions(on: "2020-05-02") { totalCount }', "BAD_INPUT", "on", "2020-05-02"),
        (
            'trades(start: "2020-05-06", end: "2020-05-05") { totalCount }',
            "BAD_INPUT",
            "end",
            "2020-05-05",
        ),
        ('trades(start: "2030-01-01") { totalCount }', "BAD_INPUT", "start", "2030-01-01 lies out"),
        ('trades(end: "1999-12-31") { totalCount }', "BAD_INPUT", "end", "1999-12-31 lies out"),
        ('trades(after: "bm9uZQ") { totalCount }', "BAD_INPUT", "after", "bm9uZQ"),
    ],
)
async def test_holdings_are_asked_of_days_that_there_are(
    ground: Ground, asked: str, code: str, field: str, named: str
) -> None:
    reply = await ground.ask(f"{{ {BACKTEST} {{ wrong: {asked} }} }}")

    assert reply.codes == {"backtest.wrong": code}
    assert reply.errors[0].extensions is not None
    assert reply.errors[0].extensions["field"] == field
    assert named in reply.errors[0].message


async def test_a_snapshot_of_another_market_is_judged_by_its_own_universe(ground: Ground) -> None:
    query = (
        f'{{ {FACTOR} {{ evaluation(snapshot: "other") {{ ic provenance {{ isCurrent }} }} }} }}'
    )
    evaluation = (await ground.data(query))["factor"]["evaluation"]
    assert evaluation["provenance"] == {"isCurrent": True}
