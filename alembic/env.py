"""Runs migrations on the connection it is given, else on QATLAS_DATABASE_URL."""

import asyncio
import os
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.util import CommandError
from sqlalchemy import Connection, DateTime
from sqlmodel.sql.sqltypes import AutoString

from catalog.database import Database
from catalog.tables import metadata
from catalog.tables.base import UtcMoment


def plain_types(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write columns with the types of SQLAlchemy, so that old migrations need no code of ours."""
    if kind == "type" and isinstance(item, UtcMoment):
        return f"sa.{DateTime(timezone=True)!r}"
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    return False


def migrate(connection: Connection) -> None:
    """Run what alembic was asked for, in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        render_item=plain_types,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def migrate_configured() -> None:
    """Run on the database that the environment names."""
    url = os.environ.get("QATLAS_DATABASE_URL")
    if not url:
        raise CommandError("Set QATLAS_DATABASE_URL to the database that should be migrated.")
    database = Database(url)
    async with database.engine.begin() as connection:
        await connection.run_sync(migrate)
    await database.close()


if context.is_offline_mode():
    raise CommandError("Migrations look at the database, so --sql is not available.")
if (given := context.config.attributes.get("connection")) is not None:
    migrate(given)
else:
    asyncio.run(migrate_configured())
