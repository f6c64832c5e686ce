"""SQLite files that cannot be opened."""

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

    before = threading.active_count()
    for _ in range(30):
        asyncio.run(ask())

    assert complaints == []
    assert threading.active_count() == before
