"""Data that change on disk or vanish are told, and never make a wrong number."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from asking_ground import DAYS, Ground, bars_of, until, write_days

from catalog.database import Database
from domain.regions import Region
from resolvers.importing import register_market
from resolvers.market_reading import read_market

pytestmark = pytest.mark.anyio

EVALUATION = '{ factor(name: "momentum") { evaluation(ON) { ic provenance { key } } } }'
BARS = '{ instrument(symbol: "AAA") { bars(ON fields: ["close"]) { columns { values } } } }'
RISK = '{ backtest(name: "on-trees") { risk(ON) { sharpe } } }'
CHANGED = [("AAA", "close", 60)]


@pytest.fixture
async def ground(database: Database, tmp_path: Path) -> AsyncIterator[Ground]:
    ground = Ground(database, tmp_path)
    await ground.import_data()
    await ground.define()
    yield ground
    await ground.runner.close()


def on(query: str, version: int | None = None) -> str:
    """A query on the newest snapshot, or on one of them."""
    text = query.replace("ON", f'snapshot: "tiny:{version}"' if version else "")
    return text.replace("()", "")


def overwrite(ground: Ground) -> None:
    """Put other data where the first snapshot lies."""
    shutil.rmtree(ground.folder / "data1")
    write_days(ground.folder / "data1", DAYS, CHANGED)


async def adopt_again(ground: Ground) -> None:
    """Register what lies where the first snapshot lay."""
    reading = read_market(ground.folder / "data1", Region.US, "IDX")
    await register_market(ground.database, "tiny", reading, "ada")


@pytest.mark.parametrize("query", [EVALUATION, BARS, RISK])
async def test_data_that_changed_are_refused(ground: Ground, query: str) -> None:
    overwrite(ground)
    reply = await ground.ask(on(query))

    assert set(reply.codes.values()) == {"SNAPSHOT_CHANGED"}
    assert "data1" in reply.errors[0].message
    assert not [one for one in ground.executor.made if one != "PanelsWork"]


@pytest.mark.parametrize("query", [EVALUATION, BARS, RISK])
async def test_data_that_are_gone_are_told(ground: Ground, query: str) -> None:
    shutil.rmtree(ground.folder / "data1")
    reply = await ground.ask(on(query))

    assert set(reply.codes.values()) == {"DATA_DIRECTORY"}
    assert "data1 is not there" in reply.errors[0].message


@pytest.mark.parametrize("query", [EVALUATION, BARS, RISK])
async def test_data_that_come_back_are_read_again(ground: Ground, query: str) -> None:
    shutil.move(ground.folder / "data1", ground.folder / "elsewhere")
    for _ in range(2):
        assert (await ground.ask(on(query))).codes
    shutil.move(ground.folder / "elsewhere", ground.folder / "data1")

    assert await ground.data(on(query))


async def test_data_that_change_under_a_running_server_are_refused(ground: Ground) -> None:
    kept = await ground.data(on(EVALUATION))
    bars = await ground.data(on(BARS))
    overwrite(ground)

    assert await ground.data(on(EVALUATION)) == kept  # what is kept is still right
    assert (await ground.ask(on(BARS))).codes == {"instrument.bars": "SNAPSHOT_CHANGED"}
    unread = EVALUATION.replace("momentum", "size")
    assert (await ground.ask(on(unread))).codes == {"factor.evaluation": "SNAPSHOT_CHANGED"}
    other_period = on(EVALUATION).replace("evaluation", 'evaluation(start: "2020-03-02")')
    assert (await ground.ask(other_period)).codes == {"factor.evaluation": "SNAPSHOT_CHANGED"}
    assert bars["instrument"]["bars"]["columns"][0]["values"]


async def test_a_directory_that_is_adopted_again_in_place_keeps_versions_apart(
    ground: Ground,
) -> None:
    first = await ground.data(on(EVALUATION))
    overwrite(ground)
    await adopt_again(ground)
    for restart in (False, True):
        if restart:
            ground.restart()
        newest = await ground.data(on(EVALUATION))
        assert newest["factor"]["evaluation"]["ic"] != first["factor"]["evaluation"]["ic"]
        older = await ground.ask(on(EVALUATION, version=1))
        # The files of then are gone: kept numbers of then, or none.
        if older.errors:
            assert older.codes == {"factor.evaluation": "SNAPSHOT_CHANGED"}
        else:
            assert older.data == first
    closes = (await ground.data(on(BARS)))["instrument"]["bars"]["columns"][0]["values"]
    expected = bars_of("AAA", DAYS, CHANGED)["close"].astype(np.float32)
    np.testing.assert_allclose(closes, expected, rtol=1e-6)
    old_bars = await ground.ask(on(BARS, version=1))
    assert old_bars.codes == {"instrument.bars": "SNAPSHOT_CHANGED"}


async def test_data_that_change_while_something_waits_for_a_worker_are_refused(
    ground: Ground,
) -> None:
    ground.executor.gate.clear()
    reply = await ground.ask(on(EVALUATION), wait=0)
    assert reply.codes == {"factor.evaluation": "COMPUTING"}
    await until(lambda: ground.executor.made)
    overwrite(ground)
    ground.executor.gate.set()

    run = f'{{ run(id: "{reply.run_id}") {{ state error {{ code }} }} }}'
    ended = {"state": "FAILED", "error": {"code": "SNAPSHOT_CHANGED"}}
    found = (await ground.data(run))["run"]
    while found["state"] not in ("FAILED", "SUCCEEDED"):
        found = (await ground.data(run))["run"]
    assert found == ended


async def test_the_same_data_elsewhere_are_the_same(ground: Ground) -> None:
    first = await ground.data(on(EVALUATION))
    again = await ground.import_data()
    shutil.rmtree(ground.folder / "data1")
    ground.restart()

    assert not again.is_new
    assert await ground.data(on(EVALUATION)) == first
    assert await ground.data(on(RISK))
