"""Factor sets over universes, asked as a client asks."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from asking_ground import DAYS, MEMBERS, Ground

from catalog.database import Database
from compute.versions import matrix_engine
from resolvers.services import Limits

pytestmark = pytest.mark.anyio

MATRIX = """{ factorSet(name: "both") { matrix { id rows
    provenance { key engine fromCache isCurrent snapshot { version }
      run { kind entity { name } } } } } }"""


@pytest.fixture
async def ground(database: Database, tmp_path: Path) -> AsyncIterator[Ground]:
    ground = Ground(database, tmp_path)
    await ground.import_data()
    await ground.define()
    yield ground
    ground.executor.gate.set()
    await ground.runner.close()


async def test_a_matrix_is_computed_once_and_says_how_it_came_to_be(ground: Ground) -> None:
    first = (await ground.data(MATRIX))["factorSet"]["matrix"]
    again = (await ground.data(MATRIX))["factorSet"]["matrix"]
    said = first["provenance"]

    assert ground.executor.made["MatrixWork"] == 1
    assert (said["fromCache"], again["provenance"]["fromCache"]) == (False, True)
    assert (said["isCurrent"], said["engine"]) == (True, matrix_engine())
    assert said["run"] == {"kind": "FACTOR_VALUES", "entity": {"name": "both"}}
    assert said["snapshot"] == {"version": 1}
    assert first["id"] == again["id"]


async def test_a_matrix_of_the_past_is_current_until_its_past_changes(ground: Ground) -> None:
    asked = MATRIX.replace("matrix {", 'matrix(end: "2020-03-31") {')
    before = (await ground.data(asked))["factorSet"]["matrix"]
    await ground.import_data(DAYS + 5)
    more = (await ground.data(asked))["factorSet"]["matrix"]
    await ground.import_data(DAYS + 5, changes=[("AAA", "close", 10)])
    other = (await ground.data(asked))["factorSet"]["matrix"]

    assert more["provenance"]["key"] == before["provenance"]["key"]
    assert other["provenance"]["key"] != before["provenance"]["key"]
    assert ground.executor.made["MatrixWork"] == 2


@pytest.mark.parametrize("first", [-1, 1001])
async def test_a_preview_has_a_thousand_rows_at_most(ground: Ground, first: int) -> None:
    reply = await ground.ask(
        f'{{ factorSet(name: "both") {{ matrix {{ rows preview(first: {first}) {{ dates }} }} }} }}'
    )

    assert reply.codes == {"factorSet.matrix.preview": "BAD_INPUT"}
    assert reply.data["factorSet"]["matrix"]["rows"] == DAYS * len(MEMBERS)


async def test_a_matrix_that_is_not_there_in_time_is_being_computed(ground: Ground) -> None:
    ground.executor.gate.clear()

    reply = await ground.ask(MATRIX, wait=0)
    ground.executor.gate.set()

    assert reply.codes == {"factorSet.matrix": "COMPUTING"}
    assert (await ground.ask(MATRIX)).codes == {}


async def test_a_preview_of_too_many_numbers_is_too_large(ground: Ground) -> None:
    ground.limits = Limits(max_inline_numbers=10)
    ground.restart()

    reply = await ground.ask(
        '{ factorSet(name: "both") { matrix { few: preview(first: 5) { dates }'
        " many: preview(first: 6) { dates } } } }"
    )

    assert reply.codes == {"factorSet.matrix.many": "TOO_LARGE"}
    assert len(reply.data["factorSet"]["matrix"]["few"]["dates"]) == 5


async def test_a_matrix_on_fields_that_the_snapshot_lacks_is_refused(ground: Ground) -> None:
    await ground.redefine("size", "$turnover")
    await ground.data(
        'mutation { updateFactorSet(input: { name: "both", factors: ["size"] }) { __typename } }'
    )

    reply = await ground.ask(MATRIX)

    assert reply.codes == {"factorSet.matrix": "BAD_INPUT"}
    assert "size needs $turnover, which the snapshot tiny:1 lacks" in reply.errors[0].message


async def test_a_matrix_names_what_it_is_over(ground: Ground) -> None:
    reply = await ground.ask(
        '{ factorSet(name: "both") { early: matrix(end: "1999-12-31") { id }'
        ' nowhere: matrix(universe: "nope") { id } whole: matrix { id }'
        ' part: matrix(start: "2020-02-03") { id } } }'
    )

    found = reply.data["factorSet"]
    assert reply.codes == {"factorSet.early": "BAD_INPUT", "factorSet.nowhere": "NOT_FOUND"}
    assert found["whole"]["id"] != found["part"]["id"]
