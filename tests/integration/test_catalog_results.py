"""Results are kept once under their key, and lists show the newest figures."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from catalogue_examples import market_and_set, snapshot
from sqlalchemy import select, update
from sqlalchemy.exc import StatementError

from catalog.database import Database
from catalog.importing import register_snapshot
from catalog.results import (
    RESULT,
    drop_result,
    find_results,
    headlines,
    idle_results,
    keep_result,
    put_headline,
    results_of_entities,
    touch,
)
from domain.records import HeadlineRecord, ResultRecord
from domain.results import NewResult
from domain.runs import RunKind

pytestmark = pytest.mark.anyio

MOMENT = datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)


async def example(database: Database, key: str = "k1") -> NewResult:
    """A result of the factor `close`, which is put into the catalogue with its market."""
    async with database.begin() as session:
        market, factor_id, _ = await market_and_set(session)
    return NewResult(
        key=key,
        kind=RunKind.EVALUATION,
        entity_id=factor_id,
        snapshot_id=market.snapshot_id,
        universe_id=market.universes["pair"],
        engine="qlib 0.9.7",
        document={"ic": 0.05, "days": 240, "icir": None},
        artifacts={"daily_ic": "ab" * 16},
        bytes=5_000_000_000,
        compute_seconds=1.5,
    )


async def keep(database: Database, new: NewResult) -> ResultRecord:
    """Keep in a transaction of its own."""
    async with database.begin() as session:
        return await keep_result(session, new)


async def last_used(database: Database, key: str) -> datetime:
    """When a result was last marked as used."""
    async with database.read() as session:
        moment = await session.scalar(select(RESULT.c.last_used_at).where(RESULT.c.key == key))
    assert isinstance(moment, datetime)
    return moment


async def test_a_result_is_read_back_as_it_was_kept(database: Database) -> None:
    new = await example(database)
    kept = await keep(database, new)
    async with database.read() as session:
        found = await find_results(session, ["k1", "unknown"])
    assert found == {"k1": kept}
    for field in ("key", "entity_id", "snapshot_id", "universe_id", "engine", "bytes"):
        assert getattr(kept, field) == getattr(new, field)
    assert (kept.kind, kept.document, kept.artifacts) == (
        "EVALUATION",
        {"ic": 0.05, "days": 240, "icir": None},
        {"daily_ic": "ab" * 16},
    )
    assert kept.computed_at.tzinfo is not None


async def test_the_first_of_two_results_under_one_key_is_kept(database: Database) -> None:
    new = await example(database)
    kept = await asyncio.gather(
        *(keep(database, replace(new, document={"ic": number})) for number in range(5))
    )
    assert len({repr(one) for one in kept}) == 1


async def test_results_of_an_entity_come_on_the_newest_data_first(database: Database) -> None:
    first = await example(database)
    newer = await next_snapshot(database)
    for key, snapshot_id in (("k1", first.snapshot_id), ("k3", newer), ("k2", newer)):
        await keep(database, replace(first, key=key, snapshot_id=snapshot_id))
    await keep(database, replace(first, key="k4", kind=RunKind.TRAINING))
    entity_id = first.entity_id
    assert entity_id is not None
    async with database.read() as session:
        found = await results_of_entities(session, [entity_id, 999], RunKind.EVALUATION)
    assert found.keys() == {entity_id}
    assert [one.key for one in found[entity_id]] == ["k2", "k3", "k1"]  # the last computed first


async def test_undefined_numbers_are_refused_rather_than_kept(database: Database) -> None:
    new = replace(await example(database), document={"ic": float("nan")})
    with pytest.raises(StatementError, match="JSON compliant"):
        await keep(database, new)


async def test_a_dropped_result_can_be_kept_anew(database: Database) -> None:
    new = await example(database)
    await keep(database, new)
    async with database.begin() as session:
        await drop_result(session, "k1")
        assert await find_results(session, ["k1"]) == {}
        again = await keep_result(session, replace(new, engine="qlib 1.0"))
    assert again.engine == "qlib 1.0"


async def test_use_is_marked_at_most_once_a_minute(database: Database) -> None:
    await keep(database, await example(database))
    kept_at = await last_used(database, "k1")
    async with database.begin() as session:
        assert await idle_results(session, ["k1", "unknown"]) == ()
        await touch(session, ["k1"])
    assert await last_used(database, "k1") == kept_at

    long_ago = kept_at - timedelta(minutes=2)
    async with database.begin() as session:
        await session.execute(update(RESULT).values(last_used_at=long_ago))
        assert await idle_results(session, ["k1", "unknown"]) == ("k1",)
        await touch(session, ["k1", "unknown"])
    assert await last_used(database, "k1") >= kept_at


async def headline(database: Database) -> HeadlineRecord:
    """Figures of the factor `close`."""
    new = await example(database)
    assert new.entity_id is not None
    assert new.universe_id is not None
    return HeadlineRecord(
        entity_id=new.entity_id,
        result_key=new.key,
        snapshot_id=new.snapshot_id,
        universe_id=new.universe_id,
        engine=new.engine,
        computed_at=MOMENT,
        ic=0.05,
        rank_ic=-0.01,
    )


async def next_snapshot(database: Database) -> int:
    """A snapshot with newer data."""
    async with database.begin() as session:
        registered = await register_snapshot(session, snapshot(fingerprint="bars-2"))
    return registered.snapshot_id


async def test_figures_of_newer_data_take_the_place_of_older_ones(database: Database) -> None:
    shown = await headline(database)
    newer = replace(shown, result_key="k2", snapshot_id=await next_snapshot(database), rank_ic=None)
    async with database.begin() as session:
        await put_headline(session, shown)
    async with database.read() as session:
        assert await headlines(session, [shown.entity_id, 10**9]) == {shown.entity_id: shown}
    async with database.begin() as session:
        await put_headline(session, newer)
    async with database.begin() as session:
        await put_headline(session, shown)
    async with database.read() as session:
        assert await headlines(session, [shown.entity_id]) == {shown.entity_id: newer}


async def test_figures_computed_earlier_are_shown_again_when_they_are_todays(
    database: Database,
) -> None:
    shown = await headline(database)
    later = replace(shown, result_key="k2", computed_at=MOMENT + timedelta(days=1))
    for figures in (shown, later, shown):
        async with database.begin() as session:
            await put_headline(session, figures)
    async with database.read() as session:
        assert await headlines(session, [shown.entity_id]) == {shown.entity_id: shown}
