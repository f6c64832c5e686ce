"""What is read once stays known as long as it is used, and no failure does."""

import asyncio

import pytest

from resolvers.remembered import Remembered

pytestmark = pytest.mark.anyio


class Reads:
    """Reads that are counted, and fail when they are told to."""

    def __init__(self) -> None:
        self.count = 0
        self.failure: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self) -> int:
        """Read."""
        self.count += 1
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        return self.count


async def test_a_read_is_made_once_however_many_ask() -> None:
    remembered, read = Remembered(8), Reads()
    assert await asyncio.gather(*(remembered.once("a", read) for _ in range(5))) == [1] * 5
    assert await remembered.once("a", read) == 1
    assert await remembered.once("b", read) == 2


async def test_a_failure_is_told_to_all_who_wait_and_forgotten() -> None:
    remembered, read = Remembered(8), Reads()
    read.failure = OSError("gone")
    told = await asyncio.gather(
        *(remembered.once("a", read) for _ in range(3)), return_exceptions=True
    )
    assert [str(one) for one in told] == ["gone"] * 3
    assert read.count == 1
    assert len(remembered) == 0

    read.failure = None
    assert await remembered.once("a", read) == 2


async def test_one_who_gives_up_leaves_the_read_to_the_others() -> None:
    remembered, read = Remembered(8), Reads()
    read.gate.clear()
    hasty, patient = (asyncio.create_task(remembered.once("a", read)) for _ in range(2))
    await asyncio.sleep(0)
    hasty.cancel()
    await asyncio.wait([hasty])
    read.gate.set()

    assert await patient == 1
    assert read.count == 1


async def test_only_the_last_used_are_kept() -> None:
    remembered, read = Remembered(2), Reads()
    for key in ("a", "b", "a", "c"):
        await remembered.once(key, read)
    assert (len(remembered), read.count) == (2, 3)
    await remembered.once("a", read)
    assert read.count == 3
    await remembered.once("b", read)
    assert read.count == 4


async def test_reads_that_are_under_way_end_though_others_took_their_place() -> None:
    remembered, read = Remembered(1), Reads()
    read.gate.clear()
    asking = [asyncio.create_task(remembered.once(key, read)) for key in "abc"]
    while read.count < 3:
        await asyncio.sleep(0)
    read.gate.set()

    assert await asyncio.gather(*asking) == [3, 3, 3]
    assert len(remembered) == 1
