"""Days and instruments are added to a market: the past stays, what stays is shared."""

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from daily_files import HEADER, WEEKDAYS, Lines, made_up, write

from bars.bins import read_bins
from bars.directory import MarketDirectory
from bars.stamp import stamp
from catalog.database import Database
from catalog.markets import all_markets, latest_snapshots
from catalog.membership import spans_of
from domain.errors import NotFoundError
from domain.records import SnapshotRecord
from intake.faults import ImportFileError
from intake.growing import MAX_TAIL_DAYS
from intake.progress import Silence
from intake.request import ImportRequest
from intake.rewriting import RewriteError
from resolvers.file_appends import Appended, append_files
from resolvers.file_imports import Imported, Terms, import_files
from resolvers.importing import adopt_market, import_sample_market

pytestmark = pytest.mark.anyio

SYMBOLS = [f"N{number:02d}" for number in range(12)]
DAYS = WEEKDAYS[:300]
LINES = made_up(SYMBOLS, DAYS)


async def bring(database: Database, home: Path, name: str, *paths: Path) -> Imported:
    request = ImportRequest(paths)
    return await import_files(database, home, name, request, Terms("us"), "ada", Silence())


async def append(
    database: Database, home: Path, *paths: Path, name: str = "us", allow_rewrite: bool = False
) -> Appended:
    return await append_files(
        database,
        home,
        name,
        ImportRequest(paths),
        "ada",
        Silence(),
        allow_rewrite=allow_rewrite,
    )


async def newest(database: Database, name: str = "us") -> SnapshotRecord:
    async with database.read() as session:
        [market] = [one for one in await all_markets(session) if one.name == name]
        return (await latest_snapshots(session, [market.id]))[market.id]


def bins_of(snapshot: SnapshotRecord) -> Path:
    return (Path(snapshot.directory) / "features").resolve()


def bytes_below(folder: Path) -> int:
    """What files take, each counted once however many names it has."""
    files = {
        (file.stat().st_dev, file.stat().st_ino): file.stat().st_size
        for file in folder.rglob("*")
        if file.is_file() and not file.is_symlink()
    }
    return sum(files.values())


def changed(lines: Lines, symbol: str, day: str, close: str) -> Lines:
    """Rows with other prices of one day."""

    def row(text: str) -> str:
        cells = text.split(",")
        return ",".join([day, *[close] * 5, cells[6]]) if cells[0] == day else text

    return lines | {symbol: [row(text) for text in lines[symbol]]}


async def test_a_market_grown_day_by_day_is_the_market_imported_at_once(
    database: Database, tmp_path: Path
) -> None:
    await bring(database, tmp_path, "whole", write(tmp_path / "all", LINES))
    await bring(database, tmp_path, "us", write(tmp_path / "base", LINES, DAYS[:-10]))
    first = await newest(database)
    size = bytes_below(tmp_path / "markets" / "us")

    for day in DAYS[-10:]:
        await append(database, tmp_path, write(tmp_path / day, LINES, [day]))

    last = await newest(database)
    assert (first.version, last.version) == (1, 11)
    assert last.fingerprint == (await newest(database, "whole")).fingerprint
    assert bins_of(first) == bins_of(last)
    added = bytes_below(tmp_path / "markets" / "us") - size
    assert added / 10 < size / 10  # of a market of twelve names; of larger ones far less
    assert stamp(Path(first.directory)) == first.stamp


async def test_many_days_at_once_are_written_into_bins(database: Database, tmp_path: Path) -> None:
    await bring(database, tmp_path, "whole", write(tmp_path / "all", LINES))
    cut = len(DAYS) - MAX_TAIL_DAYS - 1
    await bring(database, tmp_path, "us", write(tmp_path / "base", LINES, DAYS[:cut]))

    await append(database, tmp_path, write(tmp_path / "one", LINES, DAYS[cut : cut + 1]))
    with_tail = await newest(database)
    await append(database, tmp_path, write(tmp_path / "rest", LINES, DAYS[cut + 1 :]))

    last = await newest(database)
    assert (Path(with_tail.directory) / "tail").is_dir()
    assert not (Path(last.directory) / "tail").exists()
    assert last.fingerprint == (await newest(database, "whole")).fingerprint


async def test_days_that_are_there_already_and_equal_change_nothing(
    database: Database, tmp_path: Path
) -> None:
    await bring(database, tmp_path, "us", write(tmp_path / "all", LINES))

    appended = await append(database, tmp_path, write(tmp_path / "again", LINES, DAYS[100:]))

    assert appended.imported.adopted is not None
    assert not appended.imported.adopted.is_new
    assert not appended.rewriting.is_any
    assert (await newest(database)).version == 1


async def test_a_changed_past_is_told_and_nothing_is_kept(
    database: Database, tmp_path: Path
) -> None:
    await bring(database, tmp_path, "us", write(tmp_path / "all", LINES))
    before = sorted((tmp_path / "markets" / "us").rglob("*"))
    other = changed(LINES, "N03", DAYS[50], "99.0")

    with pytest.raises(RewriteError) as told:
        await append(database, tmp_path, write(tmp_path / "new", {"N03": other["N03"]}))

    was = float(LINES["N03"][50].split(",")[4])
    assert "of 1 instrument on days" in told.value.message
    assert f"on {DAYS[50]}, by " in told.value.message
    assert told.value.message.endswith("give --allow-rewrite if that is right.")
    assert was != 99
    assert sorted((tmp_path / "markets" / "us").rglob("*")) == before
    assert (await newest(database)).version == 1


async def test_a_changed_past_that_is_asked_for_leaves_the_other_bins_shared(
    database: Database, tmp_path: Path
) -> None:
    await bring(database, tmp_path, "us", write(tmp_path / "all", LINES))
    first = await newest(database)
    other = changed(LINES, "N03", DAYS[50], "51.0")
    await bring(database, tmp_path, "whole", write(tmp_path / "other", other))

    await append(
        database,
        tmp_path,
        write(tmp_path / "new", {"N03": other["N03"]}),
        allow_rewrite=True,
    )

    last = await newest(database)
    assert last.fingerprint == (await newest(database, "whole")).fingerprint
    same = {folder.name for folder in bins_of(first).iterdir()}
    for name in same:
        files = [bins_of(one) / name / "close.day.bin" for one in (first, last)]
        assert files[0].samefile(files[1]) == (name != "n03")


async def test_a_new_instrument_comes_with_its_past(database: Database, tmp_path: Path) -> None:
    await bring(database, tmp_path, "whole", write(tmp_path / "all", LINES))
    old = {symbol: LINES[symbol] for symbol in SYMBOLS[1:]}
    await bring(database, tmp_path, "us", write(tmp_path / "base", old))

    appended = await append(database, tmp_path, write(tmp_path / "new", {"N00": LINES["N00"]}))

    assert not appended.rewriting.is_any
    last = await newest(database)
    assert last.fingerprint == (await newest(database, "whole")).fingerprint


async def test_a_day_between_those_that_are_there_changes_the_past(
    database: Database, tmp_path: Path
) -> None:
    await bring(database, tmp_path, "whole", write(tmp_path / "all", LINES))
    days = [day for day in DAYS if day != DAYS[100]]
    await bring(database, tmp_path, "us", write(tmp_path / "base", LINES, days))
    missing = write(tmp_path / "missing", LINES, [DAYS[100]])

    with pytest.raises(RewriteError, match="1 trading day comes between those that are there"):
        await append(database, tmp_path, missing)
    await append(database, tmp_path, missing, allow_rewrite=True)

    assert (await newest(database)).fingerprint == (await newest(database, "whole")).fingerprint


async def test_an_adopted_directory_is_copied_and_left_alone(
    database: Database, sample_directory: Path, tmp_path: Path
) -> None:
    directory = Path(shutil.copytree(sample_directory, tmp_path / "theirs"))
    await adopt_market(database, "us", directory, "us", "SPX", "ada")
    witness = stamp(directory)
    row = "2013-03-04,430,431,429,430,430,1000"
    (tmp_path / "AAPL.csv").write_text(f"{HEADER}\n{row}\n")

    await append(database, tmp_path, tmp_path / "AAPL.csv")

    last = await newest(database)
    market = MarketDirectory.open(Path(last.directory))
    assert stamp(directory) == witness
    ibm = directory / "features/ibm/close.day.bin"
    assert not ibm.samefile(bins_of(last) / "ibm/close.day.bin")
    apple, ibm_close = read_bins(market, "close", ["AAPL", "IBM"])[-1]
    assert apple == 430
    assert np.isnan(ibm_close)
    assert set(market.markets) == {"us5", "all"}
    assert market.markets["us5"]["IBM"][0].end is None


async def test_the_sample_market_can_be_appended_to(database: Database, tmp_path: Path) -> None:
    await import_sample_market(database, tmp_path, "ada")
    (tmp_path / "MSFT.csv").write_text(f"{HEADER}\n2013-03-04,28,29,27,28,28,1000\n")

    await append(database, tmp_path, tmp_path / "MSFT.csv", name="sample")

    assert (await newest(database, "sample")).last_date == date(2013, 3, 4)


async def test_a_name_without_bars_for_twenty_days_has_left_all(
    database: Database, tmp_path: Path
) -> None:
    gone = LINES | {"N00": LINES["N00"][:240]}
    await bring(database, tmp_path, "us", write(tmp_path / "base", gone, DAYS[:250]))
    await append(database, tmp_path, write(tmp_path / "some", gone, DAYS[250:255]))
    async with database.read() as session:
        still = await spans_of(session, (await _all(database)))
    await append(database, tmp_path, write(tmp_path / "rest", gone, DAYS[255:]))
    async with database.read() as session:
        ended = await spans_of(session, (await _all(database)))

    start = date.fromisoformat(DAYS[0])
    assert still["N00"] == ((start, None),)
    assert ended["N00"] == ((start, date.fromisoformat(DAYS[239])),)
    assert ended["N01"] == ((start, None),)


async def _all(database: Database) -> int:
    from catalog.markets import universes_of_markets

    async with database.read() as session:
        [market] = await all_markets(session)
        [universe] = (await universes_of_markets(session, [market.id]))[market.id]
    return universe.id


async def test_what_was_found_of_rows_before_stays_in_the_report(
    database: Database, tmp_path: Path
) -> None:
    bad = LINES | {"N01": [*LINES["N01"], LINES["N01"][5]]}
    await bring(database, tmp_path, "us", write(tmp_path / "base", bad, DAYS[:200]))
    again = {"N02": [LINES["N02"][200], LINES["N02"][200]]}

    await append(database, tmp_path, write(tmp_path / "more", again))

    issues = {one["check"]: one for one in (await newest(database)).quality["issues"]}
    assert issues["DUPLICATE_ROWS"]["count"] == 2
    assert [text.split()[0] for text in issues["DUPLICATE_ROWS"]["examples"]] == ["N02", "N01"]


async def test_a_market_that_is_not_there_cannot_be_appended_to(
    database: Database, tmp_path: Path
) -> None:
    await bring(database, tmp_path, "us_shares", write(tmp_path / "all", LINES))

    with pytest.raises(NotFoundError, match="did you mean us_shares"):
        await append(database, tmp_path, tmp_path / "all", name="us_share")
    assert not (tmp_path / "markets" / "us_share").exists()


async def test_a_bad_file_leaves_the_market_as_it_was(database: Database, tmp_path: Path) -> None:
    await bring(database, tmp_path, "us", write(tmp_path / "base", LINES, DAYS[:200]))
    before = sorted((tmp_path / "markets").rglob("*"))
    bad = write(tmp_path / "more", LINES, DAYS[200:210])
    (bad / "N05.csv").write_text(f"{HEADER}\n{DAYS[201]},1,1,1,one,1,5\n")

    with pytest.raises(ImportFileError, match=r"N05.csv, row 2, column Close: 'one' is no number"):
        await append(database, tmp_path, bad)

    assert sorted((tmp_path / "markets").rglob("*")) == before
    assert (await newest(database)).version == 1


async def test_a_dry_append_says_what_it_would_make(database: Database, tmp_path: Path) -> None:
    await bring(database, tmp_path, "us", write(tmp_path / "base", LINES, DAYS[:200]))
    request = ImportRequest((write(tmp_path / "more", LINES, DAYS[200:]),))

    appended = await append_files(
        database, tmp_path, "us", replace(request), "ada", Silence(), is_dry=True
    )

    assert appended.imported.adopted is None
    assert len(appended.imported.reading.directory.calendar) == len(DAYS)
    assert (await newest(database)).version == 1
