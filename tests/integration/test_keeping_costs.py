"""What an answer costs that is kept already, and what a server holds in memory."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from asking_ground import Ground, Statements

import resolvers.headlines as headlines
import resolvers.uses as uses
from catalog.database import Database

pytestmark = pytest.mark.anyio

PROVENANCE = "provenance { key fromCache isCurrent }"
VALUES = f"values {{ dates columns {{ name values }} {PROVENANCE} }}"
JUDGED = f"evaluation {{ ic quantileReturns {{ meanReturn }} daily {{ ic }} {PROVENANCE} }}"
RISK = f"risk {{ sharpe {PROVENANCE} }} report {{ cost }}"
MOST = {
    # The factor, the default universe's name and row, the newest snapshot, the result.
    f'{{ factor(name: "momentum") {{ {VALUES} }} }}': 5,
    f'{{ factor(name: "momentum") {{ {JUDGED} }} }}': 5,
    f'{{ factor(name: "momentum") {{ {VALUES} {JUDGED} }} }}': 5,
    # What stands and its result, the run under way, the last attempt, the headline besides.
    f'{{ factor(name: "momentum") {{ {VALUES} {JUDGED} status headline {{ isCurrent }} }} }}': 10,
    # The model, its universe's kind and row, the newest snapshot, the result.
    f'{{ model(name: "trees") {{ training {{ trainRows {PROVENANCE} }} }} }}': 5,
    # The backtest, the kinds and rows of its universe and signal, the newest snapshot, the result.
    f'{{ backtest(name: "on-momentum") {{ {RISK} }} }}': 7,
}


@pytest.fixture
async def ground(database: Database, tmp_path: Path) -> AsyncIterator[Ground]:
    ground = Ground(database, tmp_path)
    await ground.import_data()
    await ground.define()
    yield ground
    await ground.runner.close()


@pytest.mark.parametrize("query", MOST)
async def test_a_warm_answer_takes_few_statements(ground: Ground, query: str) -> None:
    for _ in range(2):
        await ground.data(query)
    statements = Statements(ground.database)
    answer = await ground.data(query)

    assert len(statements.reads) <= MOST[query], statements.reads
    assert not statements.writes
    assert next(iter(answer.values()))


async def test_a_warm_answer_takes_no_more_statements_for_many_arguments(ground: Ground) -> None:
    def query(count: int) -> str:
        fields = " ".join(f"h{n}: evaluation(horizonDays: {n}) {{ ic }}" for n in range(1, count))
        return f'{{ factor(name: "momentum") {{ {fields} }} }}'

    counts = []
    for many in (2, 12):
        for _ in range(2):
            await ground.data(query(many))
        statements = Statements(ground.database)
        await ground.data(query(many))
        counts.append(len(statements.texts))
    assert counts[0] == counts[1]


async def test_memory_of_what_stands_and_of_uses_is_bounded(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(headlines, "_REMEMBERED", 1)
    monkeypatch.setattr(uses, "_REMEMBERED", 1)
    for _ in range(2):
        for name in ("momentum", "size"):
            query = (
                f'{{ factor(name: "{name}") {{ status headline {{ ic }} evaluation {{ ic }} }} }}'
            )
            answer = await ground.data(query)
    assert answer["factor"]["status"] == "CURRENT"
    assert answer["factor"]["headline"] == {"ic": answer["factor"]["evaluation"]["ic"]}
