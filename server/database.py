"""The catalogue's database, brought up to date and looked at."""

from functools import cache
from pathlib import Path

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from catalog.database import Database, async_url
from catalog.migrations import upgrade
from domain.errors import QatlasError
from server.home import Home
from server.masking import masked_url

_PROJECT = Path(__file__).parents[1] / "pyproject.toml"


class DatabaseError(QatlasError):
    """The database cannot be reached, or not be brought up to date."""

    code = "DATABASE"


async def migrated(url: str) -> Database:
    """Open a database, brought to the newest revision; an SQLite file is made if there is none.

    Raises:
        DatabaseError: It cannot be reached, or a newer Qatlas has written it.
        HomeError: The folder of an SQLite file cannot be made.
    """
    _make_folder(url)
    try:
        await upgrade(url)
    except CommandError as error:
        raise DatabaseError(
            f"The database {masked_url(url)} is not one that this version of Qatlas knows "
            f"({error}); run the version that wrote it, or name another by QATLAS_DATABASE_URL."
        ) from None
    except (OSError, SQLAlchemyError) as error:
        raise _unreachable(url, error) from None
    return Database(url)


async def trouble(database: Database) -> str | None:
    """Why a database is not ready to answer; None if it is."""
    try:
        async with database.engine.connect() as connection:
            revision = await connection.run_sync(_revision)
    except (OSError, SQLAlchemyError):
        return "The database cannot be reached."
    if revision != newest_revision():
        return f"The database is at revision {revision}, not {newest_revision()}; migrate it."
    return None


@cache
def newest_revision() -> str | None:
    """The revision that the migrations lead to."""
    return ScriptDirectory.from_config(Config(toml_file=_PROJECT)).get_current_head()


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _make_folder(url: str) -> None:
    parsed = make_url(async_url(url))
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Home(Path(parsed.database).parent).make()


def _unreachable(url: str, error: Exception) -> DatabaseError:
    reason = str(getattr(error, "orig", None) or error).strip().splitlines() or [""]
    return DatabaseError(
        f"The database {masked_url(url)} cannot be used ({reason[0]}); see QATLAS_DATABASE_URL."
    )
