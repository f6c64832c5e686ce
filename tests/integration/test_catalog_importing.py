"""A market's data is registered whole, once, and only what changed gets a new version."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest
from catalogue_examples import FIRST, LAST, SNAPSHOT, snapshot
from sqlalchemy import func, select

from catalog.database import Database
from catalog.defaults import default_universe, set_default_universe
from catalog.importing import register_snapshot
from catalog.markets import sectors_of_markets
from catalog.reading import entities_by_ids
from catalog.sources import EDGE, INSTRUMENT, LISTING, MARKET, MEMBERSHIP, NAME
from catalog.sources import SNAPSHOT as TABLE
from domain.errors import BadInputError, ConflictError, NotFoundError
from domain.imports import NewInstrument, NewSnapshot, Registered
from domain.records import SnapshotRecord
from domain.work import Spans

pytestmark = pytest.mark.anyio

NEXT_DAY = LAST + timedelta(days=3)


async def register(database: Database, new: NewSnapshot) -> Registered:
    """Register in a transaction of its own."""
    async with database.begin() as session:
        return await register_snapshot(session, new)


async def stored(database: Database, universe_id: int) -> Mapping[str, Spans]:
    """A universe's membership as it is stored."""
    rows = (
        select(INSTRUMENT.c.symbol, MEMBERSHIP.c.start, MEMBERSHIP.c.end)
        .join(INSTRUMENT, INSTRUMENT.c.id == MEMBERSHIP.c.instrument_id)
        .where(MEMBERSHIP.c.universe_id == universe_id)
        .order_by(INSTRUMENT.c.symbol, MEMBERSHIP.c.start)
    )
    spans: dict[str, Spans] = {}
    async with database.read() as session:
        for row in await session.execute(rows):
            spans[row.symbol] = (*spans.get(row.symbol, ()), (row.start, row.end))
    return spans


async def count(database: Database, *tables: str) -> list[int]:
    """How many rows each table has."""
    known = {"snapshot": TABLE, "market": MARKET, "instrument": INSTRUMENT, "listing": LISTING}
    async with database.read() as session:
        return [
            await session.scalar(select(func.count()).select_from(known[table])) or 0
            for table in tables
        ]


async def read(database: Database, snapshot_id: int) -> SnapshotRecord:
    """A snapshot as readers see it."""
    async with database.read() as session:
        found = (await entities_by_ids(session, [snapshot_id]))[snapshot_id]
    assert isinstance(found, SnapshotRecord)
    return found


async def test_the_first_import_makes_the_market_and_everything_in_it(database: Database) -> None:
    registered = await register(database, SNAPSHOT)
    assert registered.is_new
    assert set(registered.universes) == {"all", "pair"}
    assert await count(database, "market", "instrument", "listing", "snapshot") == [1, 3, 3, 1]
    record = await read(database, registered.snapshot_id)
    assert (record.name, record.version, record.created_by) == ("tiny", 1, "tests")
    for field in ("directory", "stamp", "region", "frequency", "fingerprint", "benchmark"):
        assert getattr(record, field) == getattr(SNAPSHOT, field)
    for field in ("first_date", "last_date", "trading_days", "fields", "quality"):
        assert getattr(record, field) == getattr(SNAPSHOT, field)
    async with database.read() as session:
        market = (await session.execute(select(MARKET))).one()
    assert (market.currency, market.benchmark) == ("USD", "IDX")
    assert market.default_universe == "pair"


async def test_a_stay_that_reaches_the_last_day_is_open(database: Database) -> None:
    registered = await register(database, SNAPSHOT)
    assert await stored(database, registered.universes["pair"]) == {
        "AAA": ((FIRST, None),),
        "BBB": ((FIRST, date(2020, 6, 30)), (date(2021, 1, 4), None)),
    }


async def test_stays_that_overlap_are_stored_as_one(database: Database) -> None:
    def day(number: int) -> date:
        return FIRST + timedelta(days=number)

    overlapping = {
        "AAA": ((day(10), day(20)), (day(0), day(12)), (day(30), day(40)), (day(30), day(35))),
        "BBB": ((day(0), None), (day(5), day(9))),
    }
    registered = await register(database, snapshot(universes={"pair": overlapping}))
    assert await stored(database, registered.universes["pair"]) == {
        "AAA": ((day(0), day(20)), (day(30), day(40))),
        "BBB": ((day(0), None),),
    }


async def test_the_same_data_again_makes_no_version(database: Database) -> None:
    first = await register(database, SNAPSHOT)
    again = await register(database, SNAPSHOT)
    assert again == replace(first, is_new=False)
    assert await count(database, "market", "instrument", "listing", "snapshot") == [1, 3, 3, 1]


async def test_the_same_data_elsewhere_moves_the_snapshot(database: Database) -> None:
    first = await register(database, SNAPSHOT)
    await register(database, snapshot(directory="/elsewhere", stamp="stamp-2"))
    record = await read(database, first.snapshot_id)
    assert (record.directory, record.stamp) == ("/elsewhere", "stamp-2")
    assert record.is_latest


async def test_more_days_of_the_same_members_leave_the_universe_as_it_is(
    database: Database,
) -> None:
    first = await register(database, SNAPSHOT)
    longer = {
        "all": dict.fromkeys(("AAA", "BBB", "IDX"), ((FIRST, NEXT_DAY),)),
        "pair": {
            "AAA": ((FIRST, NEXT_DAY),),
            "BBB": ((FIRST, date(2020, 6, 30)), (date(2021, 1, 4), None)),
        },
    }
    second = await register(
        database, snapshot(fingerprint="bars-2", last_date=NEXT_DAY, universes=longer)
    )
    assert second.is_new
    assert second.universes == first.universes
    assert (await read(database, second.snapshot_id)).version == 2
    assert not (await read(database, first.snapshot_id)).is_latest
    async with database.read() as session:
        priced = select(EDGE.c.source_id).where(
            EDGE.c.target_id == first.universes["pair"], EDGE.c.relation == "PRICES"
        )
        assert set(await session.scalars(priced)) == {first.snapshot_id, second.snapshot_id}


async def test_other_members_make_a_new_version_of_their_universe_alone(
    database: Database,
) -> None:
    first = await register(database, SNAPSHOT)
    left = {"AAA": ((FIRST, None),), "BBB": ((FIRST, date(2020, 6, 30)),)}
    second = await register(
        database,
        snapshot(fingerprint="bars-2", universes={**SNAPSHOT.universes, "pair": left}),
    )
    assert second.universes["all"] == first.universes["all"]
    assert second.universes["pair"] != first.universes["pair"]
    assert await stored(database, second.universes["pair"]) == left
    # What was is not rewritten.
    assert "BBB" in await stored(database, first.universes["pair"])


async def test_names_and_sectors_fill_in_and_stay(database: Database) -> None:
    async def described() -> dict[str, tuple[str | None, str | None]]:
        async with database.read() as session:
            rows = await session.execute(select(INSTRUMENT))
            return {row.symbol: (row.company_name, row.sector) for row in rows}

    def instrument(**facts: str) -> tuple[NewInstrument, ...]:
        return (NewInstrument(symbol="AAA", first_date=FIRST, last_date=LAST, **facts),)

    await register(database, SNAPSHOT)
    named = instrument(company_name="Triple A", sector="Letters")
    await register(database, snapshot(fingerprint="bars-2", instruments=named))
    assert (await described())["AAA"] == ("Triple A", "Letters")
    renamed = instrument(company_name="AAA Inc.")
    await register(database, snapshot(fingerprint="bars-3", instruments=renamed))
    assert (await described())["AAA"] == ("AAA Inc.", "Letters")
    assert (await described())["BBB"] == (None, None)


async def test_what_comes_with_the_same_data_takes_effect_without_a_version(
    database: Database,
) -> None:
    first = await register(database, SNAPSHOT)
    described = tuple(
        replace(one, company_name=f"{one.symbol} Inc.", sector="Letters")
        for one in SNAPSHOT.instruments
    )
    found = {"rows": 1010, "instruments": 3, "issues": [{"check": "BENCHMARK_GAPS"}]}
    again = await register(
        database,
        snapshot(instruments=described, currency="EUR", benchmark="BBB", quality=found),
    )
    assert again == replace(first, is_new=False)
    assert await count(database, "market", "instrument", "listing", "snapshot") == [1, 3, 3, 1]
    record = await read(database, first.snapshot_id)
    assert (record.version, record.benchmark, record.quality) == (1, "BBB", found)
    async with database.read() as session:
        market = (await session.execute(select(MARKET))).one()
        companies = set(await session.execute(select(INSTRUMENT.c.company_name)))
        sectors = await sectors_of_markets(session, [market.id])
    assert (market.currency, market.benchmark) == ("EUR", "BBB")
    assert companies == {("AAA Inc.",), ("BBB Inc.",), ("IDX Inc.",)}
    assert sectors == {market.id: ("Letters",)}


async def test_what_is_left_out_with_the_same_data_stays(database: Database) -> None:
    described = (replace(SNAPSHOT.instruments[0], company_name="Triple A", sector="Letters"),)
    first = await register(database, snapshot(instruments=described))
    await register(database, snapshot(currency=None, benchmark=None, quality={"rows": 0}))
    record = await read(database, first.snapshot_id)
    assert (record.benchmark, record.quality) == ("IDX", SNAPSHOT.quality)
    async with database.read() as session:
        market = (await session.execute(select(MARKET))).one()
        named = select(INSTRUMENT).where(INSTRUMENT.c.company_name.is_not(None))
        [company] = (await session.execute(named)).all()
    assert (market.currency, market.benchmark) == ("USD", "IDX")
    assert (company.symbol, company.company_name, company.sector) == ("AAA", "Triple A", "Letters")


async def test_a_member_without_bars_is_an_instrument_without_a_listing(
    database: Database,
) -> None:
    registered = await register(database, snapshot(instruments=SNAPSHOT.instruments[:1]))
    assert set(await stored(database, registered.universes["pair"])) == {"AAA", "BBB"}
    assert await count(database, "instrument", "listing") == [3, 1]


async def test_another_region_is_a_conflict_and_changes_nothing(database: Database) -> None:
    await register(database, SNAPSHOT)
    with pytest.raises(ConflictError, match=r"'us'.*'cn'"):
        await register(database, snapshot(region="cn", fingerprint="bars-2"))
    assert await count(database, "snapshot") == [1]


@pytest.mark.parametrize(
    "wrong", [{"market": "no good"}, {"universes": {"all": {}, "no/good": {}}}]
)
async def test_names_that_break_the_rule_are_refused(
    database: Database, wrong: dict[str, object]
) -> None:
    with pytest.raises(BadInputError, match="begin with a letter"):
        await register(database, snapshot(**wrong))
    assert await count(database, "market") == [0]


async def test_the_first_import_alone_sets_the_default_universe(database: Database) -> None:
    async with database.read() as session:
        assert await default_universe(session) is None
    await register(database, SNAPSHOT)
    await register(database, snapshot(market="other"))
    async with database.read() as session:
        assert await default_universe(session) == ("tiny", "pair")


async def test_a_market_with_one_universe_has_that_as_default(database: Database) -> None:
    await register(database, snapshot(universes={"all": SNAPSHOT.universes["all"]}))
    async with database.read() as session:
        assert await default_universe(session) == ("tiny", "all")


async def test_the_default_universe_changes_on_purpose_only(database: Database) -> None:
    await register(database, SNAPSHOT)
    async with database.begin() as session:
        with pytest.raises(NotFoundError, match="tiny/nobody"):
            await set_default_universe(session, "tiny", "nobody")
        await set_default_universe(session, "tiny", "all")
    await register(database, snapshot(fingerprint="bars-2"))
    async with database.read() as session:
        assert await default_universe(session) == ("tiny", "all")


async def test_universes_of_two_markets_may_share_a_name(database: Database) -> None:
    first = await register(database, SNAPSHOT)
    second = await register(database, snapshot(market="other"))
    assert not set(first.universes.values()) & set(second.universes.values())
    async with database.read() as session:
        scopes = select(NAME.c.scope).where(NAME.c.kind == "UNIVERSE", NAME.c.name == "pair")
        assert set(await session.scalars(scopes)) == {"tiny", "other"}


async def test_imports_that_race_register_the_same_data_once(database: Database) -> None:
    registered = await asyncio.gather(*(register(database, SNAPSHOT) for _ in range(4)))
    assert sum(one.is_new for one in registered) == 1
    assert len({one.snapshot_id for one in registered}) == 1
    assert await count(database, "market", "snapshot", "listing") == [1, 1, 3]


async def test_a_large_market_is_registered_whole(database: Database) -> None:
    symbols = [f"SH{number:06}" for number in range(760)]
    stays = ((FIRST, date(2020, 6, 30)), (date(2021, 1, 4), LAST))
    large = snapshot(
        instruments=tuple(
            NewInstrument(symbol=symbol, first_date=FIRST, last_date=LAST) for symbol in symbols
        ),
        universes={"csi300": dict.fromkeys(symbols, stays)},
    )
    registered = await register(database, large)
    members = await stored(database, registered.universes["csi300"])
    assert list(members) == symbols
    assert set(members.values()) == {((FIRST, date(2020, 6, 30)), (date(2021, 1, 4), None))}
