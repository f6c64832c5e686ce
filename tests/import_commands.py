"""Imports as commands that are processes of their own, and what they leave behind."""

import asyncio
import sys
from pathlib import Path

from import_ground import HEADER, put, rows

from catalog.database import Database
from catalog.markets import all_markets, latest_snapshots
from domain.records import SnapshotRecord

ROOT = Path(__file__).parents[1]
COMMAND = (sys.executable, "-m", "server.cli", "market")


def importing(folder: Path, *said: str) -> list[str]:
    """The command that imports a folder as the market `m`."""
    return [*COMMAND, "import", "m", str(folder), "--region", "us", *said]


def files(folder: Path, price: float) -> Path:
    """Files of a market with some instruments."""
    days = [f"2024-0{month}-{day:02}" for month in (1, 2, 3) for day in range(1, 29)]
    return put(folder, {f"S{number}.csv": HEADER + rows(days, price) for number in range(30)})


def left(home: Path) -> list[str]:
    """What lies among the markets, but for the locks."""
    return [one.name for one in (home / "markets").iterdir() if not one.name.endswith(".lock")]


def newest(home: Path) -> SnapshotRecord | None:
    async def read() -> SnapshotRecord | None:
        database = Database(f"sqlite:///{home / 'qatlas.db'}")
        try:
            async with database.read() as session:
                markets = await all_markets(session)
                if not markets:
                    return None
                return (await latest_snapshots(session, [markets[0].id]))[markets[0].id]
        finally:
            await database.close()

    return asyncio.run(read())
