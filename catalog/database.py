"""Connections: SQLite in WAL mode beside the server, or PostgreSQL by URL. One code path."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from catalog.sqlite import open_connection

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
_OPTIONS: dict[str, dict[str, Any]] = {
    "sqlite": {"connect_args": {"async_creator_fn": open_connection}},
    "postgresql": {"pool_pre_ping": True},  # a server may have gone away and come back
}


def async_url(url: str) -> str:
    """Return `url` with the asynchronous driver of its database.

    Raises:
        ValueError: Neither SQLite nor PostgreSQL.
    """
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    if backend not in _DRIVERS:
        raise ValueError(
            f"QATLAS_DATABASE_URL names the database {backend!r}; sqlite and postgresql are known."
        )
    return parsed.set(drivername=_DRIVERS[backend]).render_as_string(hide_password=False)


class Database:
    """One database. Sessions read and write; `begin` commits whole or rolls back."""

    def __init__(self, url: str) -> None:
        address = async_url(url)
        self.engine: AsyncEngine = create_async_engine(
            address, json_serializer=_plain_json, **_OPTIONS[make_url(address).get_backend_name()]
        )
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        # SQLite has writers try again now and then, so that of many some would never have luck.
        # In line, those of one process come in order, and none holds a connection as it waits.
        self._turn: AbstractAsyncContextManager[object] = (
            asyncio.Lock() if self.dialect == "sqlite" else nullcontext()
        )

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.engine.dialect.name

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session for reading. Each statement sees what is committed when it begins."""
        async with self._sessions() as session:
            yield session

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """A session for writing: committed at the end, rolled back on any exception."""
        async with self._turn, self._sessions() as session:
            await session.connection(execution_options={"qatlas_writes": True})
            yield session
            await session.commit()

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()


def _plain_json(value: Any) -> str:
    # PostgreSQL refuses NaN, which is no JSON; SQLite would keep it.
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


def _begin_sqlite(connection: Any) -> None:
    # A writer that began as a reader cannot wait its turn, so writers take the lock at once.
    # Readers begin nothing: as on PostgreSQL, each of their statements sees what is committed.
    if connection.get_execution_options().get("qatlas_writes", False):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
