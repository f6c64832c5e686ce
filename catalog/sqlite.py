"""SQLite, asked in one trip to the connection's thread where the driver would take four."""

import asyncio
import sqlite3
import time
from collections.abc import Sequence
from typing import Any, Self, cast

import aiosqlite

Row = tuple[Any, ...]
Description = tuple[tuple[Any, ...], ...]
_PATIENCE_SECONDS = 20
_UNUSED_CHUNK = 1  # how many rows the driver's own iteration would fetch at a time


class OneTripConnection(aiosqlite.Connection):
    """A connection whose statements are executed and fetched in one go."""

    _stopping: asyncio.Future[Any] | None = None

    async def _connect(self) -> Self:
        # The driver stops the thread of a file that cannot be opened without waiting for it, and
        # the thread then complains that nobody listens any more.
        try:
            return await super()._connect()  # type: ignore[return-value]
        except BaseException:
            if self._stopping is not None:
                await self._stopping
            raise

    def stop(self) -> asyncio.Future[Any] | None:
        """Stop the connection's thread."""
        self._stopping = super().stop()
        return self._stopping

    def cursor(self) -> "OneTripCursor":  # type: ignore[override]
        """A cursor for one statement."""
        return OneTripCursor(self)

    async def commit(self) -> None:
        """Commit, if something was begun."""
        if self.in_transaction:
            await super().commit()

    async def rollback(self) -> None:
        """Roll back, if something was begun."""
        if self.in_transaction:
            await super().rollback()

    async def in_thread(self, sql: str, given: Sequence[Any], *, many: bool) -> "Executed":
        """Execute a statement in the connection's thread."""
        work = (_execute, self._conn, sql, given, many)
        return cast(Executed, await self._execute(*work))  # type: ignore[no-untyped-call]


class Executed:
    """What a statement left behind."""

    __slots__ = ("description", "lastrowid", "rowcount", "rows")

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self.description = cast(Description | None, cursor.description)
        self.rows: list[Row] = cursor.fetchall() if cursor.description else []
        self.lastrowid = cursor.lastrowid
        self.rowcount = cursor.rowcount


class OneTripCursor:
    """As much of a driver's cursor as SQLAlchemy uses."""

    def __init__(self, connection: OneTripConnection) -> None:
        self._connection = connection
        self._executed: Executed | None = None

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Execute a statement and fetch all its rows."""
        self._executed = await self._connection.in_thread(sql, parameters, many=False)

    async def executemany(self, sql: str, parameters: Sequence[Sequence[Any]]) -> None:
        """Execute a statement many times."""
        self._executed = await self._connection.in_thread(sql, parameters, many=True)

    async def fetchall(self) -> list[Row]:
        """The rows."""
        return self._executed.rows if self._executed else []

    async def close(self) -> None:
        """Nothing is open any more."""

    @property
    def description(self) -> Description | None:
        """The columns; None for a statement without rows."""
        return self._executed.description if self._executed else None

    @property
    def lastrowid(self) -> int | None:
        """The row last inserted."""
        return self._executed.lastrowid if self._executed else None

    @property
    def rowcount(self) -> int:
        """How many rows were changed; -1 where nobody counted."""
        return self._executed.rowcount if self._executed else -1


def open_connection(database: str, **options: Any) -> OneTripConnection:
    """A connection in WAL mode that opens when it is awaited and begins nothing by itself."""
    connection = OneTripConnection(lambda: _opened(database, options), _UNUSED_CHUNK)
    connection._thread.daemon = True  # does not keep a process alive that is to end
    return connection


def _opened(database: str, options: dict[str, Any]) -> sqlite3.Connection:
    connection: sqlite3.Connection = sqlite3.connect(database, **options)
    connection.isolation_level = None  # else the driver would begin transactions of its own
    connection.execute(f"PRAGMA busy_timeout={_PATIENCE_SECONDS * 1000}")
    _enter_wal(connection)
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA foreign_keys=ON")
    return connection


def _enter_wal(connection: sqlite3.Connection) -> None:
    # Two that turn a new file to WAL at once refuse each other, and busy_timeout does not help.
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.005)
        else:
            return


def _execute(
    connection: sqlite3.Connection, sql: str, given: Sequence[Any], many: bool
) -> Executed:
    cursor = connection.cursor()
    try:
        (cursor.executemany if many else cursor.execute)(sql, given)
        return Executed(cursor)
    finally:
        cursor.close()
