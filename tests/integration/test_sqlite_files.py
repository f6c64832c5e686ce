"""SQLite files that cannot be opened, and those in which many write."""

import asyncio
import threading
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from catalog.database import Database


def test_a_file_that_is_no_database_leaves_no_thread_that_complains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "no.db"
    file.write_bytes(b"no database, however long one looks at it " * 50)
    complaints: list[object] = []
    monkeypatch.setattr(threading, "excepthook", complaints.append)

    async def ask() -> None:
        database = Database(f"sqlite:///{file}")
        with pytest.raises(DatabaseError, match="not a database"):
            async with database.read() as session:
                await session.execute(text("SELECT 1"))
        await database.close()

    known = set(threading.enumerate())
    for _ in range(30):
        asyncio.run(ask())

    left = [
        one for one in threading.enumerate() if one not in known and "aiosqlite" in _module(one)
    ]
    for thread in left:  # the last may be on its way out
        thread.join(10)
    assert complaints == []
    assert not any(thread.is_alive() for thread in left)


@pytest.mark.anyio
async def test_of_many_who_write_at_once_each_has_its_turn(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'many.db'}")
    numbers = range(40)
    async with database.begin() as session:
        await session.execute(text("CREATE TABLE turns (number INTEGER)"))

    async def write(number: int) -> None:
        async with database.begin() as session:
            await session.execute(text("INSERT INTO turns VALUES (:number)"), {"number": number})
            await asyncio.sleep(0.001)

    await asyncio.gather(*map(write, numbers))

    async with database.read() as session:
        found = await session.scalars(text("SELECT number FROM turns ORDER BY rowid"))
        assert list(found) == list(numbers)
    await database.close()


def _module(thread: threading.Thread) -> str:
    """Whose function a thread runs, or nothing once it has ended."""
    return str(getattr(getattr(thread, "_target", None), "__module__", ""))
