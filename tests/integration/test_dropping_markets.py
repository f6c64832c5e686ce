"""Markets and snapshots are dropped whole, with nothing left behind and nothing left hanging."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from asking_ground import INDEX, MARKET, Ground, until, write_days
from sqlalchemy import func, select

from bars.shelf import shelf_of
from catalog.database import Database
from catalog.defaults import default_universe, set_default_universe
from catalog.defining import create_factor
from catalog.markets import all_markets, latest_snapshots
from catalog.naming import set_archived
from catalog.references import resolve
from catalog.results import RESULT
from catalog.sources import (
    EDGE,
    ENTITY,
    HEADLINE,
    INSTRUMENT,
    LISTING,
    MEMBERSHIP,
    SNAPSHOT,
    UNIVERSE,
)
from catalog.sources import (
    MARKET as MARKETS,
)
from domain.errors import BadInputError, ConflictError, NotFoundError
from domain.expression import parse
from domain.names import EntityKind
from domain.regions import Region
from resolvers.defining.expressions import factor_spec
from resolvers.dropping import Dropped, Files, drop_market
from resolvers.importing import register_market
from resolvers.market_reading import read_market

pytestmark = pytest.mark.anyio

CHANGE = (("AAA", "close", 7),)
FEWER = ("AAA", "BBB", "CCC")
EVALUATION = '{ factor(name: "momentum") { evaluation { ic } } }'
FACTOR = '{ factor(name: "momentum") { status headline { ic isCurrent } } }'


@pytest.fixture
async def ground(database: Database, tmp_path: Path) -> AsyncIterator[Ground]:
    ground = Ground(database, tmp_path)
    await ground.import_data()
    yield ground
    ground.executor.gate.set()
    await ground.runner.close()


async def other_market(ground: Ground, name: str = "other") -> None:
    """A market of the same symbols and universes beside the first."""
    target = ground.folder / name
    write_days(target, 100, CHANGE)
    reading = await asyncio.to_thread(read_market, target, Region.US, INDEX)
    await register_market(ground.database, name, reading, "ada")


async def drop(ground: Ground, text: str, **options: Any) -> Dropped:
    return await drop_market(ground.database, ground.folder / "home", text, **options)


async def refusal(ground: Ground, text: str, **options: Any) -> str:
    """Why something is not dropped; nothing of it changes then."""
    before = await counts(ground)
    with pytest.raises(ConflictError) as refused:
        await drop(ground, text, **options)
    assert await counts(ground) == before
    return refused.value.message


async def counts(ground: Ground) -> dict[str, int]:
    """How many rows each table has of what belongs to markets and of what was computed."""
    tables = (MARKETS, INSTRUMENT, SNAPSHOT, LISTING, UNIVERSE, MEMBERSHIP, EDGE, RESULT, HEADLINE)
    async with ground.database.read() as session:
        return {
            table.name: await session.scalar(select(func.count()).select_from(table)) or 0
            for table in tables
        }


async def newest(ground: Ground, market: str = MARKET) -> int:
    """The version of a market's newest snapshot, as all queries find it."""
    async with ground.database.read() as session:
        [row] = [one for one in await all_markets(session) if one.name == market]
        found = (await latest_snapshots(session, [row.id]))[row.id]
        named = await resolve(session, EntityKind.SNAPSHOT, market)
    assert found == named
    assert found.is_latest
    return found.version


async def test_the_snapshot_before_the_newest_is_newest_again(ground: Ground) -> None:
    await ground.import_data(days=118)
    await ground.import_data(changes=CHANGE)

    dropped = await drop(ground, "tiny:3")

    assert (dropped.is_whole, dropped.snapshots, dropped.newest) == (False, ("tiny:3",), 2)
    assert dropped.universes == ()
    assert await newest(ground) == 2
    found = await ground.data(
        '{ market(name: "tiny") { latestSnapshot { version isLatest versions { version } } }'
        ' instrument(symbol: "AAA") { lastDate } snapshot(market: "tiny") { version lastDate } }'
    )
    snapshot = {"version": 2, "isLatest": True, "versions": [{"version": 2}, {"version": 1}]}
    assert found["market"]["latestSnapshot"] == snapshot
    assert found["instrument"]["lastDate"] == found["snapshot"]["lastDate"]


async def test_no_version_number_is_given_twice(ground: Ground) -> None:
    await ground.import_data(changes=CHANGE)
    await drop(ground, "tiny:2")

    again = await ground.import_data(changes=CHANGE)

    assert (again.version, again.is_new) == (3, True)
    assert await newest(ground) == 3
    async with ground.database.read() as session:
        with pytest.raises(NotFoundError, match="newest version of the snapshot 'tiny' is 3"):
            await resolve(session, EntityKind.SNAPSHOT, "tiny:2")


async def test_the_data_of_the_snapshot_that_is_newest_again_makes_no_version(
    ground: Ground,
) -> None:
    await ground.import_data(changes=CHANGE)
    await drop(ground, "tiny:2")

    again = await ground.import_data()

    assert (again.version, again.is_new) == (1, False)


async def test_an_older_snapshot_goes_and_the_newest_stays(ground: Ground) -> None:
    await ground.import_data(changes=CHANGE)

    dropped = await drop(ground, "tiny:1")

    assert (dropped.snapshots, dropped.newest) == (("tiny:1",), 2)
    assert await newest(ground) == 2
    assert (await counts(ground))["snapshot"] == 1


async def test_universes_that_only_it_prices_go_with_a_snapshot(ground: Ground) -> None:
    before = await counts(ground)
    await ground.import_data(changes=CHANGE, members=FEWER, more_universes={"pair": ("AAA", "ZZZ")})
    async with ground.database.read() as session:
        gone = await resolve(session, EntityKind.UNIVERSE, "pair")

    dropped = await drop(ground, "tiny:2")

    assert dropped.universes == ("tiny/five:2", "tiny/pair:1")
    assert await counts(ground) == before
    found = await ground.data(
        '{ universe(name: "five") { version isLatest members(first: 9) { totalCount } }'
        ' market(name: "tiny") { universes { name } } }'
    )
    assert found["universe"] == {"version": 1, "isLatest": True, "members": {"totalCount": 5}}
    assert found["market"]["universes"] == [{"name": "five"}]
    async with ground.database.read() as session:
        with pytest.raises(NotFoundError):
            await resolve(session, EntityKind.UNIVERSE, "pair")
        assert await session.scalar(select(ENTITY.c.id).where(ENTITY.c.id == gone.id)) == gone.id


async def test_universes_of_other_snapshots_stay_with_them(ground: Ground) -> None:
    await ground.import_data(changes=CHANGE, members=FEWER)

    dropped = await drop(ground, "tiny:1")

    assert dropped.universes == ("tiny/five:1",)
    found = await ground.data('{ universe(name: "five") { version members { totalCount } } }')
    assert found["universe"] == {"version": 2, "members": {"totalCount": 3}}


async def test_a_universe_is_given_no_number_twice_either(ground: Ground) -> None:
    await ground.import_data(changes=CHANGE, members=FEWER)
    await drop(ground, "tiny:2")
    await ground.import_data(changes=CHANGE, members=FEWER)

    assert (await ground.data('{ universe(name: "five") { version } }'))["universe"] == {
        "version": 3
    }


async def test_what_a_dropped_snapshot_listed_alone_is_gone(ground: Ground) -> None:
    before = await counts(ground)
    added = ground.folder / "more"
    write_days(added, 120, CHANGE, more_universes={"odd": ("NEW",)})
    reading = await asyncio.to_thread(read_market, added, Region.US, INDEX)
    await register_market(ground.database, MARKET, reading, "ada")
    assert (await counts(ground))["instrument"] == before["instrument"] + 1

    await drop(ground, "tiny:2")

    assert await counts(ground) == before


async def test_a_whole_market_goes_and_the_other_stays(ground: Ground) -> None:
    await ground.import_data(changes=CHANGE, members=FEWER)
    async with ground.database.read() as session:
        [market] = await all_markets(session)
    await other_market(ground)
    async with ground.database.begin() as session:
        await set_default_universe(session, "other", "five")

    dropped = await drop(ground, "tiny")

    assert dropped.is_whole
    assert dropped.snapshots == ("tiny:1", "tiny:2")
    assert dropped.universes == ("tiny/five:1", "tiny/five:2")
    assert dropped.newest is None
    found = await ground.data(
        "{ markets { name } universes { nodes { name market { name } } } snapshots { totalCount } "
        ' instrument(symbol: "AAA") { market { name } memberships { universe { name } } } }'
    )
    assert found["markets"] == [{"name": "other"}]
    assert found["universes"]["nodes"] == [{"name": "five", "market": {"name": "other"}}]
    assert found["snapshots"] == {"totalCount": 1}
    assert found["instrument"]["market"] == {"name": "other"}
    assert await newest(ground, "other") == 1
    again = await ground.import_data()
    async with ground.database.read() as session:
        known = {one.name: one.id for one in await all_markets(session)}
    assert (again.version, again.is_new) == (3, True)
    assert known["tiny"] not in (market.id, known["other"])


async def test_the_only_market_goes_with_the_default_universe(ground: Ground) -> None:
    await drop(ground, "tiny")

    assert set((await counts(ground)).values()) == {0}
    async with ground.database.read() as session:
        assert await default_universe(session) is None
    async with ground.database.begin() as session:
        with pytest.raises(NotFoundError, match="tiny/five"):
            await set_default_universe(session, "tiny", "five")
    assert (await ground.data("{ markets { name } }"))["markets"] == []


async def test_a_dropped_market_may_come_back_with_another_region(ground: Ground) -> None:
    await drop(ground, "tiny")
    write_days(ground.folder / "china", 120, ())
    reading = await asyncio.to_thread(read_market, ground.folder / "china", Region.CN, INDEX)
    await register_market(ground.database, MARKET, reading, "ada")

    found = await ground.data('{ market(name: "tiny") { region defaultUniverse { version } } }')
    assert found["market"] == {"region": "cn", "defaultUniverse": {"version": 2}}
    async with ground.database.read() as session:
        assert await default_universe(session) == ("tiny", "five")


async def test_the_default_universe_is_not_dropped_while_there_is_another(ground: Ground) -> None:
    await other_market(ground)

    message = await refusal(ground, "tiny")

    assert message == (
        "tiny cannot be dropped: tiny/five is the default universe; choose another by "
        "`qatlas universe default`."
    )
    assert (await drop(ground, "other")).is_whole


async def test_a_default_universe_that_only_one_snapshot_has_holds_it(ground: Ground) -> None:
    await ground.import_data(changes=CHANGE, more_universes={"pair": ("AAA", "ZZZ")})
    async with ground.database.begin() as session:
        await set_default_universe(session, "tiny", "pair")

    assert "tiny/pair is the default universe" in await refusal(ground, "tiny:2")
    async with ground.database.begin() as session:
        await set_default_universe(session, "tiny", "five")
    assert (await drop(ground, "tiny:2")).universes == ("tiny/pair:1",)


async def test_a_market_whose_own_default_goes_takes_one_that_is_left(ground: Ground) -> None:
    async def own_default() -> Any:
        found = await ground.data('{ market(name: "other") { defaultUniverse { name } } }')
        return found["market"]["defaultUniverse"]["name"]

    for number, names in enumerate((("alpha", "five"), ("five",))):
        target = ground.folder / f"other{number}"
        more = {name: ("AAA", "BBB") for name in names if name != "five"}
        write_days(target, 100 + number, (), more_universes=more)
        reading = await asyncio.to_thread(read_market, target, Region.US, INDEX)
        await register_market(ground.database, "other", reading, "ada")
    assert await own_default() == "alpha"

    await drop(ground, "other:1")

    assert await own_default() == "five"


async def test_models_and_backtests_hold_the_universe_that_they_use(ground: Ground) -> None:
    await ground.define()
    async with ground.database.begin() as session:
        model = await resolve(session, EntityKind.MODEL, "trees")
        await set_archived(session, model.name_id, archived=True)
    await ground.import_data(changes=CHANGE, members=FEWER)

    for text in ("tiny", "tiny:1"):
        assert await refusal(ground, text, with_results=True) == (
            f"{text} cannot be dropped: it has the universes of 1 model (trees:1) and "
            "2 backtests (on-momentum:1, on-trees:1)."
        )
    assert (await drop(ground, "tiny:2")).snapshots == ("tiny:2",)


async def test_models_do_not_hold_a_snapshot_whose_universe_another_prices(
    ground: Ground,
) -> None:
    await ground.define()
    await ground.import_data(changes=CHANGE)

    assert (await drop(ground, "tiny:1")).universes == ()
    assert (await ground.data('{ model(name: "trees") { universe { version } } }'))["model"] == {
        "universe": {"version": 1}
    }


async def test_results_hold_a_snapshot_until_they_are_given_up(ground: Ground) -> None:
    await ground.define()
    first = await ground.data(EVALUATION)
    await ground.import_data(changes=CHANGE)
    second = await ground.data(EVALUATION)
    assert first != second

    message = await refusal(ground, "tiny:2")
    assert message.startswith("tiny:2 cannot be dropped: ")
    assert "kept results and 1 headline of momentum:1 come from it" in message
    assert "--with-results gives them up" in message
    dropped = await drop(ground, "tiny:2", with_results=True)

    assert dropped.results > 0
    made = ground.executor.made.total()
    assert await ground.data(EVALUATION) == first
    assert ground.executor.made.total() == made
    found = (await ground.data(FACTOR))["factor"]
    assert found["status"] == "CURRENT"
    assert found["headline"] == {"ic": first["factor"]["evaluation"]["ic"], "isCurrent": True}


async def test_what_was_given_up_with_an_older_snapshot_is_computed_anew(ground: Ground) -> None:
    await ground.define()
    first = await ground.data(EVALUATION)
    again = await ground.import_data(changes=(("ZZZ", "close", 7),))
    assert again.version == 2

    await drop(ground, "tiny:1", with_results=True)

    assert (await ground.data(FACTOR))["factor"] == {"status": "NEVER_COMPUTED", "headline": None}
    assert await ground.data(EVALUATION) == first
    found = (await ground.data(FACTOR))["factor"]
    assert found["status"] == "CURRENT"
    assert found["headline"]["isCurrent"] is True


async def test_a_universe_that_a_result_of_other_data_is_about_holds_its_snapshot(
    ground: Ground,
) -> None:
    await ground.define()
    await ground.import_data(changes=CHANGE, members=FEWER)
    await ground.data(
        '{ factor(name: "momentum") { evaluation(snapshot: "tiny:1", universe: "five:2") { ic } } }'
    )

    assert "kept result of momentum:1 come from it" in await refusal(ground, "tiny:2")
    await drop(ground, "tiny:2", with_results=True)
    assert await newest(ground) == 1


async def test_a_run_under_way_holds_its_snapshot(ground: Ground) -> None:
    async with ground.database.begin() as session:
        spec = factor_spec(parse("$close/Ref($close,3)-1"))
        await create_factor(session, "momentum", spec, author="ada")
    await ground.import_data(changes=CHANGE)
    ground.executor.gate.clear()
    asked = asyncio.create_task(ground.data(EVALUATION))
    await until(lambda: ground.executor.made)

    message = await refusal(ground, "tiny:2", with_results=True)
    assert "under way on it; wait until that is over" in message
    assert (await drop(ground, "tiny:1")).newest == 2
    ground.executor.gate.set()
    await asked
    assert (await drop(ground, "tiny", with_results=True)).is_whole is True


async def test_the_only_snapshot_goes_with_its_market_alone(ground: Ground) -> None:
    with pytest.raises(BadInputError, match="`qatlas market drop tiny`"):
        await drop(ground, "tiny:1")


@pytest.mark.parametrize(
    ("text", "error", "sentence"),
    [
        ("tini", NotFoundError, "no market 'tini'. Near to it: tiny."),
        ("else", NotFoundError, "no market 'else'. There is, for one, tiny."),
        ("tiny:7", NotFoundError, "no tiny:7: the market 'tiny' has the versions 1 and 2."),
        ("tiny/five", BadInputError, "'tiny/five' is no name: write a name, or name:version."),
        ("tiny:x", BadInputError, "'tiny:x' is no name"),
    ],
)
async def test_what_is_not_there_is_named_with_what_would_be_right(
    ground: Ground, text: str, error: type[Exception], sentence: str
) -> None:
    await ground.import_data(changes=CHANGE)
    with pytest.raises(error, match=sentence.replace(".", r"\.")):
        await drop(ground, text)


async def test_a_drop_and_a_new_model_do_not_both_succeed(ground: Ground) -> None:
    outcomes = await asyncio.gather(drop(ground, "tiny"), ground.define(), return_exceptions=True)
    async with ground.database.read() as session:
        markets = [market.name for market in await all_markets(session)]

    failed = [isinstance(outcome, Exception) for outcome in outcomes]
    assert failed in ([True, False], [False, True])
    assert markets == (["tiny"] if failed[0] else [])


async def placed(ground: Ground, name: str, market: str = MARKET, days: int = 120) -> Path:
    """A snapshot whose files lie on the shelf of a market, as those of an import do."""
    target = shelf_of(ground.folder / "home", market) / name
    if not target.exists():
        write_days(target, days, ())
    reading = await asyncio.to_thread(read_market, target, Region.US, INDEX)
    await register_market(ground.database, market, reading, "ada")
    return target


async def test_files_on_the_shelf_go_and_adopted_ones_stay(ground: Ground) -> None:
    adopted = ground.folder / "data1"
    made = await placed(ground, "made", days=118)

    one = await drop(ground, "tiny:2")
    rest = await drop(ground, "tiny")

    assert one.files == (Files(made, True),)
    assert not made.parent.exists()
    assert rest.files == (Files(adopted, False, "they were adopted where they lie"),)
    assert (adopted / "calendars" / "day.txt").is_file()


async def test_files_that_another_snapshot_reads_stay(ground: Ground) -> None:
    made = await placed(ground, "made", "other")
    await placed(ground, "later", "other", days=118)
    await placed(ground, "made", "other")

    again = await drop(ground, "other:1")
    assert again.files == (Files(made, False, "another snapshot reads them"),)
    assert (made / "calendars" / "day.txt").is_file()
    last = await drop(ground, "other")
    assert [files.is_removed for files in last.files] == [True, True]
    assert not made.parent.exists()


async def test_nothing_is_removed_when_the_drop_is_refused(ground: Ground) -> None:
    made = await placed(ground, "made", days=118)
    await ground.define()

    await refusal(ground, "tiny")

    assert (made / "calendars" / "day.txt").is_file()


async def test_files_that_cannot_be_removed_are_told(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await placed(ground, "made", "other")

    def refuse(_shelf: Path, directory: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(directory))

    monkeypatch.setattr("resolvers.dropping.take_off_shelf", refuse)
    dropped = await drop(ground, "other")

    reason = f"{made} cannot be removed: Permission denied"
    assert dropped.files == (Files(made, False, reason),)
