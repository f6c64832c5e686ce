"""What Qlib lacks can be kept, and is refused in a sentence where Qlib would have to compute it."""

from collections.abc import AsyncIterator
from pathlib import Path
from shutil import copyfile

import pytest
from asking_ground import Ground, model_spec

from catalog.database import Database
from catalog.defining import create_factor, create_factor_set, create_model
from domain.expression import parse
from resolvers.defining.expressions import factor_spec

pytestmark = pytest.mark.anyio

RANKED = "CSRank(DecayLinear($close,3))"


@pytest.fixture
async def ground(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Ground]:
    copyfile(sqlite_template, tmp_path / "catalogue.db")
    database = Database(f"sqlite:///{tmp_path / 'catalogue.db'}")
    ground = Ground(database, tmp_path)
    await ground.import_data()
    await ground.define()
    universe = await ground.inquiry().lookups.default_universe()
    async with database.begin() as session:
        row = await create_factor(session, "ranked", factor_spec(parse(RANKED)), author="ada")
        ranked = await create_factor_set(session, "ranks", [row], author="ada")
        spec = model_spec(ranked, universe.id)
        await create_model(session, "on-ranks", spec, author="ada")
    yield ground
    await ground.runner.close()
    await database.close()


@pytest.mark.parametrize(
    "asked",
    [
        'factor(name: "ranked") { wrong: evaluation { ic } }',
        'factor(name: "ranked") { wrong: values { returnedCount } }',
        'factorSet(name: "ranks") { wrong: matrix { rows } }',
        'model(name: "on-ranks") { wrong: training { features } }',
    ],
)
async def test_no_computation_begins_that_qlib_could_not_end(ground: Ground, asked: str) -> None:
    reply = await ground.ask(f"{{ asked: {asked} }}")

    assert reply.codes == {"asked.wrong": "BAD_INPUT"}
    assert "Qlib" in reply.errors[0].message
    assert "CSRank, DecayLinear" in reply.errors[0].message
    assert not ground.executor.made


async def test_a_factor_beyond_qlib_is_kept_and_described(ground: Ground) -> None:
    asked = 'factor(name: "ranked") { isCrossSectional lookbackDays status headline { ic } }'
    asked += f' checkExpression(expression: "{RANKED}") {{ isValid isCrossSectional }}'
    reply = await ground.data(f"{{ {asked} }}")

    assert reply["factor"] == {
        "isCrossSectional": True,
        "lookbackDays": 2,
        "status": "NEVER_COMPUTED",
        "headline": None,
    }
    assert reply["checkExpression"] == {"isValid": True, "isCrossSectional": True}


async def test_a_calculation_beyond_qlib_leaves_its_neighbours_alone(ground: Ground) -> None:
    reply = await ground.ask(
        f'{{ calculate(expressions: ["{RANKED}", "$close/$open"]) {{ evaluation {{ ic }} }} }}'
    )

    assert reply.codes == {"calculate.0.evaluation": "BAD_INPUT"}
    assert reply.data["calculate"][1]["evaluation"]["ic"] is not None
