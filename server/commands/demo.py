"""`qatlas demo`: a server with the sample market and the seeds, and a first walk through them."""

import asyncio

from domain.errors import QatlasError
from resolvers.importing import import_sample_market
from resolvers.seeding import seed
from server.assembly import LOCAL_ADMIN
from server.commands.serve import say_where
from server.database import migrated
from server.serving import serve
from server.settings import Settings
from server.walk import read_walk, walk


def demo(settings: Settings, *, walks: bool) -> None:
    """Import, seed and serve; with `walks`, ask the walk twice and print its numbers."""

    async def prepare() -> None:
        database = await migrated(settings.catalogue_url)
        await import_sample_market(database, settings.home.absolute(), LOCAL_ADMIN)
        await seed(database, LOCAL_ADMIN)
        await database.close()

    async def answer(address: str) -> None:
        if walks:
            await _walk(address)
        await say_where(address)

    serve(settings, prepare, answer)


async def _walk(address: str) -> None:
    print("Asking from a factor to a backtest; the first time, Qlib computes it all …", flush=True)
    try:
        first = await asyncio.to_thread(walk, address, read_walk())
        again = await asyncio.to_thread(walk, address, read_walk())
    except QatlasError as error:
        print(f"The walk failed: {error}", flush=True)
        return
    print(first.numbers)
    print(f"First asking:  {first.timing}\nSecond asking: {again.timing}", flush=True)
