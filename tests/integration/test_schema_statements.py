"""What is asked of many is read at once: as many statements for twenty as for one."""

import asyncio
import re
from collections import Counter
from pathlib import Path

import pytest
from catalog_builder import counted_statements
from schema_ground import Ground, sample_ground
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from catalog.database import Database

pytestmark = pytest.mark.anyio

ENTITY = """
  id name version isLatest description tags createdAt createdBy archivedAt status
  versions { id version } staleness { isStale causes { kind message entity { name } } }
"""
PROVENANCE = "provenance { key engine fromCache isCurrent snapshot { name } run { id state } }"
EVALUATION = "ic rankIc days quantileReturns { meanReturn } " + PROVENANCE
SIGNAL_HEADLINE = "headline { ic isCurrent computedAt universe { name } }"
WALK = f"""
query Walk($first: Int!) {{
  factors(first: $first, filter: {{ tags: ["chain"] }}) {{
    nodes {{
      {ENTITY} {SIGNAL_HEADLINE} expression
      values(maxPoints: 8) {{ id dates columns {{ name values instrument {{ id }} }} {PROVENANCE} }}
      evaluation {{ {EVALUATION} decay(horizonDays: [1, 5]) {{ ic }} daily(maxPoints: 4) {{ ic }} }}
      factorSets {{ totalCount nodes {{
        {ENTITY} factors {{ totalCount nodes {{ name }} }}
        leaderboard {{ rank factor {{ name tags }} evaluation {{ rankIcir }} problem }}
      }} }}
      correlations(with: ["f1"]) {{ mean isDuplicate factor {{ name }} }}
      backtests {{ totalCount nodes {{ name risk {{ sharpe }} }} }}
      models(first: 5) {{
        totalCount
        pageInfo {{ hasNextPage }}
        edges {{
          cursor
          node {{
            {ENTITY} {SIGNAL_HEADLINE}
            factorSet {{ name }} universe {{ name market {{ name }} }}
            training {{ bestIteration curve {{ values }} {PROVENANCE} }}
            featureImportance {{ gain factor {{ name }} }}
            predictions(maxPoints: 8) {{ dates columns {{ values }} }}
            evaluation {{ {EVALUATION} }}
            backtests {{
              nodes {{
                {ENTITY} signal {{ __typename ... on Entity {{ name }} }} universe {{ name }}
                headline {{ informationRatio isCurrent }}
                risk {{ sharpe excessReturnWithCost {{ maxDrawdown }} {PROVENANCE} }}
                report(maxPoints: 8) {{ dates account }}
                positions(on: "2011-03-01") {{ nodes {{ weight instrument {{ symbol }} }} }}
                trades {{ totalCount nodes {{ value instrument {{ symbol market {{ name }} }} }} }}
                monthlyReturns {{ portfolio }}
              }}
            }}
          }}
        }}
      }}
    }}
  }}
}}
"""
MANY = {"sqlite": 20, "postgresql": 8}
"""How many chains there are; the statements of one database are those of the other."""


async def statements_of_walk(ground: Ground, first: int) -> list[str]:
    """The SQL that the walk over so many factors takes, once all is computed and remembered."""
    with counted_statements(ground.database) as statements:
        data = await ground.data(WALK, first=first)
    factors = data["factors"]["nodes"]
    assert len(factors) == first
    backtests = [
        backtest
        for factor in factors
        for model in factor["models"]["edges"]
        for backtest in model["node"]["backtests"]["nodes"]
    ]
    assert len(backtests) == first
    assert all(one["risk"]["provenance"]["fromCache"] for one in backtests)
    assert {one["status"] for one in backtests} == {"CURRENT"}
    return statements


def shapes(statements: list[str]) -> Counter[str]:
    """How often each statement was made, however many parameters it had.

    The mark that results are in use is made now and then, for all at once.
    """
    made = (one for one in statements if "last_used_at" not in one)
    return Counter(re.sub(r"\((?:[?$\d]|, |::\w+)+\)", "(…)", one) for one in made)


async def test_a_walk_takes_as_many_statements_for_one_as_for_many(
    database: Database, sample_directory: Path
) -> None:
    chains = MANY[database.dialect]
    async with sample_ground(database, sample_directory, chains) as ground:
        for _ in range(2):  # computes everything, then learns what a server remembers
            await ground.data(WALK, first=chains)

        one = await statements_of_walk(ground, 1)
        many = await statements_of_walk(ground, chains)

    assert shapes(many) == shapes(one)


async def test_what_is_not_selected_is_not_counted(
    database: Database, sample_directory: Path
) -> None:
    async with sample_ground(database, sample_directory, 2) as ground:

        async def counted(selection: str) -> int:
            with counted_statements(database) as statements:
                await ground.data(f"{{ factors {{ {selection} }} }}")
            return sum("count(" in statement for statement in statements)

        lists = "nodes { name models { nodes { name } } } pageInfo { endCursor }"
        assert await counted(lists) == 0
        assert await counted("totalCount") == 1
        assert (
            await counted(f"totalCount {lists} edges {{ node {{ models {{ totalCount }} }} }}") == 2
        )


async def test_a_new_file_is_opened_by_many_at_once(tmp_path: Path) -> None:
    databases = [Database(f"sqlite:///{tmp_path / 'new.db'}") for _ in range(8)]

    async def ask(database: Database) -> list[tuple[str]]:
        async with database.read() as session:
            return [tuple(row) for row in await session.execute(text("PRAGMA journal_mode"))]

    modes = await asyncio.gather(*(ask(database) for database in databases))

    assert modes == [[("wal",)]] * len(databases)
    for database in databases:
        await database.close()


async def test_a_file_that_is_no_database_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "broken.db"
    path.write_text("This is no database." * 100)
    database = Database(f"sqlite:///{path}")

    with pytest.raises(DatabaseError, match="not a database"):
        async with database.read() as session:
            await session.execute(text("SELECT 1"))

    await database.close()
    await asyncio.sleep(0.1)  # the connection's thread has to tell the loop that it ends
