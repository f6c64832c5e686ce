"""Sectors of backtests, as a client asks for them, beside pandas' sums of the positions."""

from collections.abc import AsyncIterator
from pathlib import Path
from shutil import copyfile
from typing import Any

import numpy as np
import pandas as pd
import pytest
from asking_ground import MEMBERS, Ground
from sqlalchemy import update

from catalog.database import Database
from catalog.tables.markets import InstrumentRow

pytestmark = pytest.mark.anyio

SECTORS = {"AAA": "Letters", "BBB": "Digits", "CCC": "Letters", "DDD": "Digits"}
"""EEE has none."""
WEIGHTS = "id sourceCount returnedCount method dates sectors { sector weights }"


@pytest.fixture
async def ground(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Ground]:
    copyfile(sqlite_template, tmp_path / "catalogue.db")
    database = Database(f"sqlite:///{tmp_path / 'catalogue.db'}")
    ground = Ground(database, tmp_path)
    await ground.import_data()
    await ground.define()
    await classify(ground, SECTORS)
    yield ground
    await ground.runner.close()
    await database.close()


async def classify(ground: Ground, sectors: dict[str, str]) -> None:
    """Give instruments these sectors, and the others none."""
    async with ground.database.begin() as session:
        for symbol in MEMBERS:
            row = update(InstrumentRow).where(InstrumentRow.symbol == symbol)
            await session.execute(row.values(sector=sectors.get(symbol)))


async def asked(ground: Ground, selection: str) -> Any:
    return (await ground.data(f'{{ backtest(name: "on-momentum") {{ {selection} }} }}'))["backtest"]


async def held(ground: Ground, days: list[str]) -> pd.DataFrame:
    """Day, sector and weight of each position."""
    position = "nodes { weight instrument { symbol } }"
    fields = [
        f'd{place}: positions(on: "{day}") {{ {position} }}' for place, day in enumerate(days)
    ]
    found = await asked(ground, " ".join(fields))
    return pd.DataFrame(
        {
            "day": day,
            "sector": SECTORS.get(one["instrument"]["symbol"], "none"),
            "weight": one["weight"],
        }
        for row, day in enumerate(days)
        for one in found[f"d{row}"]["nodes"]
    )


async def test_the_weights_of_sectors_are_pandas_sums_day_by_day(ground: Ground) -> None:
    found = await asked(
        ground,
        f"""sectorWeights {{ {WEIGHTS} }} sectorExposure {{ sector meanWeight lastWeight }}
        report {{ dates cash account }}""",
    )

    shown, report = found["sectorWeights"], found["report"]
    assert shown["dates"] == report["dates"]
    assert shown["sourceCount"] == shown["returnedCount"] == len(report["dates"])
    positions = await held(ground, shown["dates"])
    expected = positions.pivot_table(
        index="day", columns="sector", values="weight", aggfunc="sum", fill_value=0.0
    ).reindex(shown["dates"], fill_value=0.0)
    columns = {one["sector"] or "none": one["weights"] for one in shown["sectors"]}
    assert set(columns) == set(expected) == {"Letters", "Digits", "none"}
    for sector, weights in columns.items():
        np.testing.assert_allclose(weights, expected[sector], rtol=0, atol=1e-15)
    invested = np.sum(list(columns.values()), axis=0)
    cash = np.array(report["cash"]) / np.array(report["account"])
    np.testing.assert_allclose(invested + cash, 1.0, rtol=0, atol=1e-12)
    assert invested.max() > 0.5
    for one, exposure in zip(shown["sectors"], found["sectorExposure"], strict=True):
        assert one["sector"] == exposure["sector"]
        assert exposure["meanWeight"] == pytest.approx(np.mean(one["weights"]), abs=1e-15)
        assert exposure["lastWeight"] == one["weights"][-1]


async def test_they_are_thinned_as_series_are(ground: Ground) -> None:
    whole = (await asked(ground, f"sectorWeights {{ {WEIGHTS} }}"))["sectorWeights"]
    thin = (await asked(ground, f"sectorWeights(maxPoints: 6) {{ {WEIGHTS} }}"))["sectorWeights"]

    assert len(thin["dates"]) == thin["returnedCount"] <= 6 < thin["sourceCount"]
    rows = [whole["dates"].index(day) for day in thin["dates"]]
    for one, other in zip(thin["sectors"], whole["sectors"], strict=True):
        assert one["weights"] == [other["weights"][row] for row in rows]
    assert thin["id"] != whole["id"]
    refused = await ground.ask(
        '{ backtest(name: "on-momentum") { sectorWeights(maxPoints: 1) { id } } }'
    )
    assert refused.codes == {"backtest.sectorWeights": "BAD_INPUT"}


async def test_other_sectors_are_another_answer(ground: Ground) -> None:
    before = (await asked(ground, "sectorWeights { id }"))["sectorWeights"]["id"]
    await classify(ground, SECTORS | {"AAA": "Digits", "BBB": "Letters"})
    after = (await asked(ground, "sectorWeights { id }"))["sectorWeights"]["id"]
    await classify(ground, {})
    none = await ground.ask('{ backtest(name: "on-momentum") { sectorWeights { id } } }')

    assert before != after
    assert none.codes == {"backtest.sectorWeights": "NO_DATA"}
