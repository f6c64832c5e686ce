"""The schema is built, taken down and built again by migrations alone, on both databases."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Connection, inspect, select

from catalog.database import Database
from catalog.migrations import check, downgrade, upgrade
from catalog.tables import metadata

pytestmark = pytest.mark.anyio

PROJECT = Path(__file__).parents[2]


async def tables_of(url: str) -> set[str]:
    """The names of the tables that a database has."""

    def names(connection: Connection) -> list[str]:
        return inspect(connection).get_table_names()

    database = Database(url)
    async with database.engine.connect() as connection:
        found = await connection.run_sync(names)
    await database.close()
    return set(found) - {"alembic_version"}


async def test_migrations_run_up_and_down_and_up_again(empty_database_url: str) -> None:
    await upgrade(empty_database_url)
    assert await tables_of(empty_database_url) == set(metadata.tables)
    await downgrade(empty_database_url, "base")
    assert await tables_of(empty_database_url) == set()
    await upgrade(empty_database_url)
    assert await tables_of(empty_database_url) == set(metadata.tables)


async def test_nothing_is_left_to_generate(database_url: str) -> None:
    await check(database_url)


async def test_servers_that_start_together_migrate_once(empty_database_url: str) -> None:
    await asyncio.gather(*(upgrade(empty_database_url) for _ in range(4)))
    assert await tables_of(empty_database_url) == set(metadata.tables)


async def test_upgrading_again_keeps_what_is_there(database: Database, database_url: str) -> None:
    async with database.engine.begin() as connection:
        await connection.run_sync(
            lambda sync: sync.execute(
                metadata.tables["catalogue_setting"].insert(), {"name": "kept", "value": "yes"}
            )
        )
    await upgrade(database_url)
    async with database.engine.connect() as connection:
        rows = await connection.execute(metadata.tables["catalogue_setting"].select())
        assert rows.all() == [("kept", "yes")]


async def test_markets_of_before_they_could_be_dropped_are_kept_and_their_ids_not_given_again(
    empty_database_url: str,
) -> None:
    await upgrade(empty_database_url, "0001")
    database = Database(empty_database_url)

    async def market(name: str) -> int:
        row = {"name": name, "region": "us"}
        insert = metadata.tables["market"].insert().values(row)
        async with database.begin() as session:
            return await session.scalar(insert.returning(metadata.tables["market"].c.id)) or 0

    async def symbols() -> list[str]:
        async with database.read() as session:
            return list(await session.scalars(select(metadata.tables["instrument"].c.symbol)))

    kept, last = await market("kept"), await market("last")
    async with database.begin() as session:
        listed = {"market_id": kept, "symbol": "AAA"}
        await session.execute(metadata.tables["instrument"].insert().values(listed))
    await database.close()

    await upgrade(empty_database_url)
    assert await symbols() == ["AAA"]
    async with database.begin() as session:
        await session.execute(
            metadata.tables["market"].delete().where(metadata.tables["market"].c.id == last)
        )
    assert await market("next") > last
    await database.close()

    await downgrade(empty_database_url, "0001")
    assert await symbols() == ["AAA"]
    await database.close()


def test_the_alembic_command_knows_the_project(empty_database_url: str) -> None:
    def alembic(*arguments: str) -> str:
        environment = {**os.environ, "QATLAS_DATABASE_URL": empty_database_url}
        done = subprocess.run(
            [sys.executable, "-m", "alembic", *arguments],
            cwd=PROJECT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    alembic("upgrade", "head")
    assert "No new upgrade operations" in alembic("check")
    assert "head" in alembic("current")


def test_migrations_do_not_shadow_the_alembic_package() -> None:
    assert not (PROJECT / "alembic" / "__init__.py").exists()
