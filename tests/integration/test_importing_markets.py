"""Directories are adopted where they lie: whole, once, and only if Qlib can use them."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from bars.directory import MarketDirectory
from bars.fingerprint import fingerprint_directory
from bars.quality import CHECKS
from bars.stamp import stamp
from catalog.database import Database
from catalog.markets import all_markets, find_instrument, latest_snapshots, universes_of_markets
from catalog.membership import spans_of
from domain.errors import BadInputError, ConflictError, DataDirectoryError
from domain.records import MarketRecord, SnapshotRecord, UniverseRecord
from domain.regions import Region
from resolvers.importing import Adopted, adopt_market, import_sample_market
from resolvers.market_reading import MarketRefusedError, read_market

pytestmark = pytest.mark.anyio


@pytest.fixture
def directory(sample_directory: Path, tmp_path: Path) -> Path:
    """A copy of the sample market that a test may change."""
    return Path(shutil.copytree(sample_directory, tmp_path / "data"))


async def adopt(database: Database, directory: Path, **changes: str | None) -> Adopted:
    given = {"name": "us", "region": "us", "benchmark": "SPX", "author": "ada", **changes}
    return await adopt_market(database, directory=directory, **given)


async def markets(database: Database) -> tuple[MarketRecord, ...]:
    async with database.read() as session:
        return await all_markets(session)


async def newest(database: Database) -> SnapshotRecord:
    async with database.read() as session:
        [market] = await all_markets(session)
        return (await latest_snapshots(session, [market.id]))[market.id]


async def universes(database: Database) -> dict[str, UniverseRecord]:
    async with database.read() as session:
        [market] = await all_markets(session)
        found = await universes_of_markets(session, [market.id])
    return {universe.name: universe for universe in found[market.id]}


def edit(directory: Path, symbol: str, field: str, change: Callable[[np.ndarray], object]) -> None:
    """Change the values of a bin in place."""
    path = directory / "features" / symbol / f"{field}.day.bin"
    content = np.fromfile(path, "<f4")
    change(content[1:])
    content.tofile(path)


async def test_a_directory_is_registered_as_it_is(database: Database, directory: Path) -> None:
    adopted = await adopt(database, directory)

    assert (adopted.snapshot_name, adopted.version, adopted.is_new) == ("us", 1, True)
    assert (adopted.universes, adopted.benchmark) == (("us5",), "SPX")
    [market] = await markets(database)
    assert (market.name, market.region, market.currency) == ("us", "us", "USD")
    assert (market.benchmark, market.default_universe) == ("SPX", "us5")
    snapshot = await newest(database)
    assert snapshot.id == adopted.snapshot_id
    assert (snapshot.directory, snapshot.created_by) == (str(directory), "ada")
    assert (snapshot.first_date, snapshot.last_date) == (date(2000, 3, 1), date(2013, 3, 1))
    assert (snapshot.trading_days, snapshot.frequency) == (3270, "day")
    assert set(snapshot.fields) == {
        *("open", "high", "low", "close"),
        *("vwap", "volume", "factor", "change"),
    }
    assert snapshot.fingerprint == fingerprint_directory(MarketDirectory.open(directory))
    assert snapshot.stamp == stamp(directory)


async def test_what_the_checks_found_is_kept(database: Database, directory: Path) -> None:
    edit(directory, "ibm", "factor", lambda values: values.__setitem__(7, np.nan))

    adopted = await adopt(database, directory)

    snapshot = await newest(database)
    assert snapshot.quality["instruments"] == 6
    assert snapshot.quality["rows"] == adopted.report.rows == 15424
    assert snapshot.quality["issues"] == [
        {
            "check": "FACTOR_GAPS",
            "severity": "WARNING",
            "count": 1,
            "examples": ["IBM 2000-03-10"],
        },
        {
            "check": "PRICE_JUMPS",
            "severity": "WARNING",
            "count": 1,
            "examples": ["AAPL 2000-09-29: -52 %"],
        },
        {"check": "VWAP_ESTIMATED", "severity": "INFO", "count": 1, "examples": ["vwap"]},
    ]


async def test_membership_is_point_in_time(database: Database, directory: Path) -> None:
    rows = [
        ("AAPL", "2001-01-02", "2002-01-02"),
        ("AAPL", "2003-01-02", "2013-03-01"),
        ("ibm", "2001-01-02", "2005-01-03"),
    ]
    text = "".join("\t".join(row) + "\n" for row in rows)
    (directory / "instruments" / "two.txt").write_text(text)

    await adopt(database, directory)

    two = (await universes(database))["two"]
    async with database.read() as session:
        spans = await spans_of(session, two.id)
    assert spans == {
        "AAPL": ((date(2001, 1, 2), date(2002, 1, 2)), (date(2003, 1, 2), None)),
        "IBM": ((date(2001, 1, 2), date(2005, 1, 3)),),
    }


async def test_the_same_data_makes_no_new_version(database: Database, directory: Path) -> None:
    first = await adopt(database, directory)
    again = await adopt(database, directory)

    assert (again.is_new, again.version, again.snapshot_id) == (False, 1, first.snapshot_id)
    assert again.universes == first.universes


async def test_data_that_moved_is_the_same_data_elsewhere(
    database: Database, directory: Path, tmp_path: Path
) -> None:
    first = await adopt(database, directory)
    directory.rename(tmp_path / "elsewhere")
    again = await adopt(database, tmp_path / "elsewhere")

    assert (again.is_new, again.snapshot_id) == (False, first.snapshot_id)
    snapshot = await newest(database)
    assert snapshot.directory == str(tmp_path / "elsewhere")
    assert snapshot.stamp == stamp(tmp_path / "elsewhere")


async def test_another_benchmark_for_the_same_data_is_that_of_its_snapshot(
    database: Database, directory: Path
) -> None:
    first = await adopt(database, directory, benchmark=None)
    again = await adopt(database, directory, benchmark="SPX")

    assert (again.is_new, again.snapshot_id, again.benchmark) == (False, first.snapshot_id, "SPX")
    snapshot = await newest(database)
    assert (snapshot.version, snapshot.benchmark) == (1, "SPX")
    assert "NO_BENCHMARK" not in [issue["check"] for issue in snapshot.quality["issues"]]
    assert [market.benchmark for market in await markets(database)] == ["SPX"]


async def test_other_bars_make_a_snapshot_and_leave_universes_alone(
    database: Database, directory: Path
) -> None:
    await adopt(database, directory)
    before = (await universes(database))["us5"]
    edit(directory, "ibm", "volume", lambda values: values.__setitem__(7, 1234.0))

    adopted = await adopt(database, directory)

    assert (adopted.version, adopted.is_new) == (2, True)
    assert (await universes(database))["us5"].id == before.id


async def test_other_members_make_a_version_of_their_universe_only(
    database: Database, directory: Path
) -> None:
    shutil.copy(directory / "instruments" / "us5.txt", directory / "instruments" / "same.txt")
    await adopt(database, directory)
    lines = (directory / "instruments" / "us5.txt").read_text().splitlines(keepends=True)
    (directory / "instruments" / "us5.txt").write_text("".join(lines[1:]))

    await adopt(database, directory)

    versions = {name: universe.version for name, universe in (await universes(database)).items()}
    assert versions == {"same": 1, "us5": 2}


def _percent(root: Path) -> None:
    for symbol in ("aapl", "goog", "ibm", "msft"):
        edit(root, symbol, "change", lambda values: np.multiply(values, 100, out=values))


def _upper_case(root: Path) -> None:
    (root / "features" / "ibm").rename(root / "features" / "IBM")


def _odd_bin(root: Path) -> None:
    with (root / "features" / "ibm" / "close.day.bin").open("ab") as file:
        file.write(b"\0")


def _no_benchmark_closes(root: Path) -> None:
    (root / "features" / "spx" / "close.day.bin").unlink()


@pytest.mark.parametrize(
    ("damage", "check"),
    [
        (_percent, "CHANGE_IN_PERCENT"),
        (_upper_case, "UPPER_CASE_FOLDERS"),
        (_odd_bin, "BIN_SIZE"),
        (_no_benchmark_closes, "MISSING_BENCHMARK"),
    ],
)
async def test_what_would_make_qlib_wrong_is_refused_and_nothing_kept(
    database: Database, directory: Path, damage: Callable[[Path], None], check: str
) -> None:
    damage(directory)

    with pytest.raises(MarketRefusedError, match=check) as refusal:
        await adopt(database, directory)

    assert CHECKS[check][1] in refusal.value.message
    assert refusal.value.code == "MARKET_REFUSED"
    assert check in [issue.check for issue in refusal.value.report.issues]
    assert await markets(database) == ()


def _no_calendar(root: Path) -> None:
    (root / "calendars" / "day.txt").unlink()


def _no_universe(root: Path) -> None:
    (root / "instruments" / "us5.txt").unlink()


def _odd_universe(root: Path) -> None:
    (root / "instruments" / "us5.txt").rename(root / "instruments" / "5us.txt")


def _no_bars(root: Path) -> None:
    shutil.rmtree(root / "features")


def _bad_line(root: Path) -> None:
    (root / "instruments" / "us5.txt").write_text("AAPL 2000-03-01 2013-03-01\n")


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (_no_calendar, "calendars/day.txt is missing"),
        (_no_universe, "has no universe"),
        (_odd_universe, "No universe of .* has a name that the catalogue takes"),
        (_no_bars, "features is missing"),
        (_bad_line, "us5.txt, line 1"),
        (shutil.rmtree, "is not there"),
    ],
)
async def test_a_broken_directory_is_refused_and_nothing_kept(
    database: Database, directory: Path, damage: Callable[[Path], None], sentence: str
) -> None:
    damage(directory)

    with pytest.raises(DataDirectoryError, match=sentence):
        await adopt(database, directory)

    assert await markets(database) == ()


@pytest.mark.parametrize(
    ("changes", "sentence", "field"),
    [
        ({"name": "5us"}, "begin with a letter", "name"),
        ({"region": "uk"}, "cn and us are known", "region"),
        ({"currency": "dollars"}, "three capital letters", "currency"),
        ({"benchmark": "SPXX"}, "SPXX has no bars in .*; did you mean SPX?", "benchmark"),
        ({"benchmark": "SH000300"}, "SH000300 has no bars .* or none", "benchmark"),
        ({"benchmark": ""}, "has no bars", "benchmark"),
    ],
)
async def test_bad_input_is_named_and_nothing_kept(
    database: Database, directory: Path, changes: dict[str, str], sentence: str, field: str
) -> None:
    with pytest.raises(BadInputError, match=sentence) as refusal:
        await adopt(database, directory, **changes)

    assert refusal.value.field == field
    assert await markets(database) == ()


async def test_a_benchmark_may_be_written_in_lower_case(
    database: Database, directory: Path
) -> None:
    assert (await adopt(database, directory, benchmark="spx")).benchmark == "SPX"


async def test_a_new_market_without_a_benchmark_has_none(
    database: Database, directory: Path
) -> None:
    adopted = await adopt(database, directory, benchmark=None)

    assert adopted.benchmark is None
    assert (await newest(database)).benchmark is None
    assert "NO_BENCHMARK" in [issue.check for issue in adopted.report.issues]


async def test_china_is_held_against_its_usual_index_where_it_is_there(
    database: Database, directory: Path
) -> None:
    (directory / "features" / "spx").rename(directory / "features" / "sh000300")

    adopted = await adopt(database, directory, region="cn", benchmark=None)

    assert adopted.benchmark == "SH000300"
    [market] = await markets(database)
    assert (market.benchmark, market.currency) == ("SH000300", "CNY")


async def test_china_without_its_usual_index_has_no_benchmark(
    database: Database, directory: Path
) -> None:
    assert (await adopt(database, directory, region="cn", benchmark=None)).benchmark is None


async def test_a_market_keeps_what_is_not_said_again(database: Database, directory: Path) -> None:
    await adopt(database, directory, currency="EUR")
    edit(directory, "ibm", "volume", lambda values: values.__setitem__(7, 1234.0))

    adopted = await adopt(database, directory, benchmark=None)

    assert (adopted.version, adopted.benchmark) == (2, "SPX")
    [market] = await markets(database)
    assert (market.currency, market.benchmark) == ("EUR", "SPX")


async def test_a_market_keeps_its_region(database: Database, directory: Path) -> None:
    await adopt(database, directory)
    edit(directory, "ibm", "volume", lambda values: values.__setitem__(7, 1234.0))

    with pytest.raises(ConflictError, match="region"):
        await adopt(database, directory, region="cn")

    assert (await newest(database)).version == 1


@contextmanager
def _written_to(path: Path) -> Iterator[None]:
    """Somebody else writes to a file, over and over."""
    done = threading.Event()

    def write() -> None:
        moment = 0
        while not done.is_set():
            moment += 1
            os.utime(path, ns=(moment, moment))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        done.set()
        writer.join()


def test_a_directory_that_changes_while_it_is_read_is_refused(directory: Path) -> None:
    with (
        _written_to(directory / "features" / "ibm" / "close.day.bin"),
        pytest.raises(DataDirectoryError, match="changed while they were read"),
    ):
        read_market(directory, Region.US, "SPX")


async def test_a_link_is_followed_so_that_pointing_it_elsewhere_changes_nothing(
    database: Database, directory: Path, tmp_path: Path
) -> None:
    (tmp_path / "current").symlink_to(directory)

    await adopt(database, tmp_path / "current")

    assert (await newest(database)).directory == str(directory)


async def test_the_sample_market_is_made_and_registered(database: Database, tmp_path: Path) -> None:
    adopted = await import_sample_market(database, tmp_path, "ada")

    assert (adopted.snapshot_name, adopted.version, adopted.is_new) == ("sample", 1, True)
    assert (adopted.universes, adopted.benchmark) == (("us5",), "SPX")
    assert [issue.check for issue in adopted.report.issues] == ["PRICE_JUMPS", "VWAP_ESTIMATED"]
    [market] = await markets(database)
    assert (market.region, market.currency, market.benchmark) == ("us", "USD", "SPX")
    snapshot = await newest(database)
    assert Path(snapshot.directory) == tmp_path / "markets" / "sample" / snapshot.fingerprint
    async with database.read() as session:
        apple = await find_instrument(session, "AAPL")
        google = await find_instrument(session, "GOOG")
    assert apple is not None
    assert google is not None
    assert (apple.company_name, apple.sector) == ("Apple Inc.", "Information Technology")
    assert (google.first_date, google.last_date) == (date(2004, 8, 19), date(2013, 3, 1))


async def test_the_sample_market_is_made_once(database: Database, tmp_path: Path) -> None:
    await import_sample_market(database, tmp_path, "ada")
    before = await newest(database)

    again = await import_sample_market(database, tmp_path, "ada")

    assert (again.is_new, again.version) == (False, 1)
    assert (await newest(database)).stamp == before.stamp
    assert stamp(Path(before.directory)) == before.stamp
    assert list((tmp_path / "markets" / "sample").iterdir()) == [Path(before.directory)]


async def test_a_damaged_sample_market_is_mended(database: Database, tmp_path: Path) -> None:
    await import_sample_market(database, tmp_path, "ada")
    place = Path((await newest(database)).directory)
    (place / "features" / "ibm" / "close.day.bin").unlink()

    again = await import_sample_market(database, tmp_path, "ada")

    assert not again.is_new
    snapshot = await newest(database)
    assert snapshot.stamp == stamp(place)
    assert fingerprint_directory(MarketDirectory.open(place)) == snapshot.fingerprint


async def test_the_csi_300_is_adopted(database: Database, csi300_directory: Path) -> None:
    adopted = await adopt(database, csi300_directory, name="cn", region="cn", benchmark=None)

    assert adopted.benchmark == "SH000300"
    assert adopted.universes == ("all", "csi300")
    [market] = await markets(database)
    assert market.default_universe == "csi300"
    assert (await newest(database)).quality["instruments"] == 759
    again = await adopt(database, csi300_directory, name="cn", region="cn", benchmark=None)
    assert not again.is_new
