"""Pages put together are the list, forwards and backwards, whatever ties or is missing."""

import base64
import json
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from random import Random

import pytest
from catalog_builder import CatalogBuilder
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.database import Database
from catalog.listing import list_factors, list_runs
from catalog.paging import PageRequest, Slice
from catalog.relations import BACKTESTS_OF_SIGNALS
from domain.errors import BadInputError
from domain.listing import (
    FactorOrder,
    FactorOrderField,
    FactorQuery,
    OrderDirection,
    RunQuery,
)
from domain.records import FactorRecord

pytestmark = pytest.mark.anyio

ORDERS = [
    FactorOrder(field, direction) for field in FactorOrderField for direction in OrderDirection
]


async def factors_with_ties_and_gaps(database: Database, number: int = 60) -> dict[int, float]:
    """Factors of which some tie and some lack the figure; their rank ICs by row."""
    chance = Random(11)
    figures: dict[int, float] = {}
    async with database.begin() as session:
        build = CatalogBuilder(session)
        market = await build.market()
        universe = await build.universe(market, "all", [])
        snapshot = await build.snapshot(market, [])
        for name in chance.sample([f"{a}{b}" for a in "AbZ" for b in range(40)], number):
            row = await build.factor(name)
            if chance.random() < 0.7:  # of these some have a headline without the figure
                figure = chance.choice([None, -0.1, 0.0, 0.1, 1 / 3])
                figures |= {} if figure is None else {row: figure}
                kept = dict.fromkeys(("ic", "icir", "rank_ic", "rank_icir"), figure)
                await build.headline(row, snapshot, universe, **kept)
    return figures


async def walked(
    ask: Callable[[PageRequest], object], size: int, backward: bool
) -> list[FactorRecord]:
    """All entries in the order of the list, a page at a time from one of its ends."""
    pages: list[Slice[FactorRecord]] = []
    cursor = None
    while not pages or (pages[-1].has_previous_page if backward else pages[-1].has_next_page):
        if backward:
            page = await ask(PageRequest.of(last=size, before=cursor))  # type: ignore[misc]
        else:
            page = await ask(PageRequest.of(first=size, after=cursor))  # type: ignore[misc]
        assert 0 < len(page.items) <= size
        assert len(page.cursors) == len(page.items)
        cursor = page.cursors[0 if backward else -1]
        pages.append(page)
    ordered = reversed(pages) if backward else pages
    return [entry for page in ordered for entry in page.items]


@pytest.mark.parametrize("size", [1, 7, 60, 61])
async def test_pages_put_together_are_the_list(database: Database, size: int) -> None:
    figures = await factors_with_ties_and_gaps(database)
    async with database.read() as session:
        for order in ORDERS if size == 7 else ORDERS[::3]:
            ask = partial(list_factors, session, FactorQuery(), order)
            whole = (await ask(PageRequest.of(first=500))).items
            assert len(whole) == 60
            check_sorted(whole, order, figures)
            assert await walked(ask, size, backward=False) == list(whole)
            assert await walked(ask, size, backward=True) == list(whole)


def check_sorted(
    entries: tuple[FactorRecord, ...], order: FactorOrder, figures: dict[int, float]
) -> None:
    """Compare with Python's own sort: what is missing last, ties by id."""
    down = order.direction is OrderDirection.DESC
    by_id = sorted(entries, key=lambda entry: entry.id)
    if order.field is FactorOrderField.NAME:
        assert list(entries) == sorted(by_id, key=lambda entry: entry.name, reverse=down)
    elif order.field is FactorOrderField.CREATED_AT:
        assert list(entries) == sorted(by_id, key=lambda entry: entry.created_at, reverse=down)
    else:
        there = [entry for entry in by_id if entry.id in figures]
        there.sort(key=lambda entry: figures[entry.id], reverse=down)
        assert list(entries) == there + [entry for entry in by_id if entry.id not in figures]


async def test_nested_pages_put_together_are_each_list(database: Database) -> None:
    chance = Random(5)
    async with database.begin() as session:
        build = CatalogBuilder(session)
        universe = await build.universe(await build.market(), "all", [])
        signals = [await build.factor(f"F{number}") for number in range(4)]
        names = [f"B{number}" for number in range(12)]
        for name in names + chance.choices(names, k=12):
            await build.backtest(name, chance.choice(signals[:3]), universe)
    async with database.read() as session:
        whole = await BACKTESTS_OF_SIGNALS.pages(session, signals, PageRequest.of(first=500))
        assert sum(len(each.items) for each in whole.values()) == 24
        for signal in signals[:3]:
            for backward in (False, True):
                found = await walked(partial(one_list, session, signal), 3, backward)
                assert found == list(whole[signal].items)
    assert whole[signals[3]] == Slice((), (), False, False)


async def one_list(session: AsyncSession, signal: int, page: PageRequest) -> Slice[object]:
    """One signal's backtests, asked for among those of others."""
    pages = await BACKTESTS_OF_SIGNALS.pages(session, [signal, 10**6], page)
    return pages[signal]  # type: ignore[return-value]


async def test_a_list_between_two_cursors_has_neither(database: Database) -> None:
    await factors_with_ties_and_gaps(database)
    async with database.read() as session:
        ask = partial(list_factors, session, FactorQuery(), ORDERS[-1])
        whole = await ask(PageRequest.of(first=500))
        after, before = whole.cursors[9], whole.cursors[50]
        between = await ask(PageRequest.of(first=500, after=after, before=before))
        last = await ask(PageRequest.of(last=5, after=after, before=before))
        adjacent = await ask(PageRequest.of(before=whole.cursors[55]))
    assert between.items == whole.items[10:50]
    assert last.items == whole.items[45:50]
    assert adjacent.items == whole.items[5:55]


async def test_a_page_of_no_entries_says_whether_there_are_any(database: Database) -> None:
    await factors_with_ties_and_gaps(database, 3)
    async with database.read() as session:
        some = await list_factors(session, FactorQuery(), None, PageRequest.of(first=0))
        none = await list_runs(session, RunQuery(), PageRequest.of(first=0))
    assert some == Slice((), (), True, False)
    assert none == Slice((), (), False, False)


async def test_runs_come_newest_first(database: Database) -> None:
    async with database.begin() as session:
        build = CatalogBuilder(session)
        rows = [await build.run(f"k{number}") for number in range(5)]
    async with database.read() as session:
        page = await list_runs(session, RunQuery(), PageRequest.of(first=3))
        rest = await list_runs(session, RunQuery(), PageRequest.of(after=page.cursors[-1]))
    assert [run.id for run in page.items + rest.items] == rows[::-1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"first": 1, "last": 1}, "first and last were both given"),
        ({"first": -1}, "first is -1; a page has at least 0 and at most 500 entries."),
        ({"last": 501}, "last is 501"),
    ],
)
def test_a_page_that_cannot_be_is_refused(arguments: dict[str, int], said: str) -> None:
    with pytest.raises(BadInputError, match=said):
        PageRequest.of(**arguments)


def test_a_page_has_fifty_entries_unless_told() -> None:
    assert PageRequest.of() == PageRequest(first=50)
    assert PageRequest.of(after="x").size == 50
    assert PageRequest.of(before="x") == PageRequest(first=None, last=50, before="x")


def written(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "ü",
        "\ud800",
        "bnVsbA",
        written(),
        written("factors by ic asc"),
        written("factors by ic asc", 0.1),
        written("factors by ic asc", "0.1", 1),
        written("factors by ic asc", True, 1),
        written("factors by ic asc", 0.1, None),
        written("factors by ic asc", 0.1, 2**40),
        written("factors by ic asc", 10**400, 1),
        written("factors by ic asc", 0.1, 1, 1),
        base64.urlsafe_b64encode(b"[" * 100_000).decode(),
    ],
)
async def test_a_broken_cursor_is_refused(database: Database, cursor: str) -> None:
    order = FactorOrder(FactorOrderField.IC)
    async with database.read() as session:
        for page in (PageRequest.of(after=cursor), PageRequest.of(before=cursor)):
            with pytest.raises(BadInputError, match="is not a cursor; give one that this list"):
                await list_factors(session, FactorQuery(), order, page)


@pytest.mark.parametrize("value", ["x\x00", "\ud800", "9999-12-31T23:59:59-23:00", "now", 5])
async def test_no_value_in_a_cursor_reaches_the_database_unread(
    database: Database, value: object
) -> None:
    async with database.read() as session:
        for field, name in (
            ("NAME", "factors by name"),
            ("CREATED_AT", "factors by created_at asc"),
        ):
            if field == "NAME" and value in ("9999-12-31T23:59:59-23:00", "now"):
                continue
            page = PageRequest.of(after=written(name, value, 1))
            with pytest.raises(BadInputError, match="is not a cursor"):
                await list_factors(
                    session, FactorQuery(), FactorOrder(FactorOrderField(field)), page
                )


async def test_a_cursor_belongs_to_its_order(database: Database) -> None:
    await factors_with_ties_and_gaps(database, 10)
    async with database.read() as session:
        cursors = {}
        for order in ORDERS:
            page = await list_factors(session, FactorQuery(), order, PageRequest.of(first=2))
            cursors[order] = page.cursors[0]
        for one, other in pairwise(ORDERS):
            page = PageRequest.of(after=cursors[one])
            with pytest.raises(BadInputError, match="another list or another order"):
                await list_factors(session, FactorQuery(), other, page)
        unsaid = await list_factors(
            session, FactorQuery(), None, PageRequest.of(after=cursors[ORDERS[0]])
        )
    assert len(unsaid.items) == 9
