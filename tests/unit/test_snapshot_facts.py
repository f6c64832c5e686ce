"""Calendars, members and bars of snapshots: read once, hashed by content, and bounded."""

import asyncio
import os
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

import resolvers.facts
import resolvers.open_directories
from bars.directory import MarketDirectory
from bars.fingerprint import fingerprint_bars
from bars.stamp import stamp
from bars.universes import Span
from bars.writing import write_market
from domain.errors import BadInputError, DataDirectoryError, SnapshotChangedError
from domain.names import EntityKind
from domain.period import Period
from domain.records import SnapshotRecord
from domain.work import Spans
from resolvers.facts import Calendar, Facts, require_trading_days, rows_with_lookback
from resolvers.lookups import Lookups

pytestmark = pytest.mark.anyio

DAYS = np.arange("2020-01-01", "2020-03-01", dtype="datetime64[D]")
SYMBOLS = ("AAA", "BBB", "CCC")


def write(target: Path) -> SnapshotRecord:
    """A market of three shares, and what the catalogue knows of it."""
    prices = np.linspace(1, 2, len(DAYS))
    bars = {symbol: {"close": prices, "open": prices * 2} for symbol in SYMBOLS}
    members = {symbol: (Span(date(2020, 1, 1)),) for symbol in SYMBOLS}
    write_market(target, DAYS, bars, {"all": members})
    return SnapshotRecord(
        id=7,
        name_id=1,
        kind=EntityKind.SNAPSHOT,
        name="tiny",
        version=1,
        latest_version=1,
        description=None,
        created_at=datetime(2024, 1, 1, tzinfo=UTC),
        created_by="ada",
        archived_at=None,
        market_id=1,
        directory=str(target),
        stamp=stamp(target),
        region="us",
        frequency="day",
        fingerprint="f",
        benchmark=None,
        first_date=date(2020, 1, 1),
        last_date=date(2020, 2, 29),
        trading_days=len(DAYS),
        fields=("close", "open"),
        quality={},
    )


class Membership:
    """As much of the catalogue as facts about members need."""

    def __init__(self, spans: Mapping[str, Spans]) -> None:
        self.reads = 0
        self._spans = spans

    async def spans(self, universe_id: int) -> Mapping[str, Spans]:
        """The stays in any universe."""
        self.reads += 1
        return self._spans


STAYS = Membership(
    {
        "OUT": ((date(2019, 1, 1), date(2019, 12, 31)),),
        "NOW": ((date(2019, 1, 1), None),),
        "BACK": ((date(2019, 1, 1), date(2020, 1, 10)), (date(2020, 1, 20), date(2020, 6, 1))),
        "LATE": ((date(2020, 2, 1), None),),
    }
)
JANUARY = Period(date(2020, 1, 5), date(2020, 1, 31))


def lookups(membership: Membership) -> Lookups:
    """What facts read members with."""
    return cast(Lookups, membership)


async def test_members_are_those_of_the_period_clipped_to_it() -> None:
    members = await Facts().members(1, JANUARY, lookups(STAYS))

    assert members == {
        "BACK": (
            (date(2020, 1, 5), date(2020, 1, 10)),
            (date(2020, 1, 20), date(2020, 1, 31)),
        ),
        "NOW": ((date(2020, 1, 5), date(2020, 1, 31)),),
    }
    assert list(members) == ["BACK", "NOW"]


async def test_members_after_the_period_do_not_matter_to_its_key() -> None:
    stays: dict[str, Spans] = {"NOW": ((date(2019, 1, 1), None),)}
    left: dict[str, Spans] = {"NOW": ((date(2019, 1, 1), date(2020, 5, 1)),)}
    gone: dict[str, Spans] = {"NOW": ((date(2019, 1, 1), date(2020, 1, 30)),)}
    now, later, before = [
        await Facts().membership_key(1, JANUARY, lookups(Membership(spans)))
        for spans in (stays, left, gone)
    ]

    assert now == later != before


async def test_what_was_read_is_remembered_within_bounds() -> None:
    membership = Membership({"NOW": ((date(2019, 1, 1), None),)})
    facts = Facts(wholes=4)
    for _ in range(3):
        await facts.members(1, JANUARY, lookups(membership))
    assert membership.reads == 1
    for universe_id in range(2, 20):
        await facts.members(universe_id, JANUARY, lookups(membership))
    await facts.members(1, JANUARY, lookups(membership))
    assert membership.reads == 20


async def test_bars_are_hashed_by_what_is_read_of_them(tmp_path: Path) -> None:
    snapshot, facts = write(tmp_path / "m"), Facts()
    directory = MarketDirectory.open(tmp_path / "m")
    rows = slice(3, 20)

    found = await facts.bars(snapshot, ("open", "close"), ("AAA", "BBB"), rows)

    assert found == fingerprint_bars(directory, ("close", "open"), ("BBB", "AAA"), rows)
    others: list[tuple[Any, ...]] = [
        (("close",), ("AAA", "BBB"), rows),
        (("open", "close"), ("AAA",), rows),
        (("open", "close"), ("AAA", "BBB"), slice(3, 21)),
    ]
    assert found not in [await facts.bars(snapshot, *other) for other in others]


async def test_bars_that_were_read_are_known_when_the_files_are_gone(tmp_path: Path) -> None:
    snapshot, facts = write(tmp_path / "m"), Facts()
    found = await facts.bars(snapshot, ("close",), SYMBOLS, slice(0, 9))
    (tmp_path / "m").rename(tmp_path / "away")

    assert await facts.bars(snapshot, ("close",), SYMBOLS, slice(0, 9)) == found
    with pytest.raises(DataDirectoryError):
        await facts.bars(snapshot, ("open",), SYMBOLS, slice(0, 9))
    (tmp_path / "away").rename(tmp_path / "m")
    assert await facts.bars(snapshot, ("open",), SYMBOLS, slice(0, 9))


async def test_few_directories_stay_open_and_calendars_are_known_without(tmp_path: Path) -> None:
    one, other = write(tmp_path / "m"), write(tmp_path / "n")
    facts = Facts(directories=1)
    calendar, opened = await facts.calendar(one), await facts.directory(one)
    assert await facts.directory(one) is opened
    await facts.directory(other)
    assert await facts.directory(one) is not opened
    (tmp_path / "m").rename(tmp_path / "away")
    await facts.directory(other)
    assert await facts.calendar(one) is calendar
    with pytest.raises(DataDirectoryError):
        await facts.directory(one)


async def test_bars_that_changed_are_refused_and_never_remembered(tmp_path: Path) -> None:
    snapshot, facts = write(tmp_path / "m"), Facts()
    await facts.directory(snapshot)
    path = tmp_path / "m" / "features" / "aaa" / "close.day.bin"
    content = path.read_bytes()
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    path.write_bytes(content[:-4] + b"\0\0\0\0")
    for _ in range(2):
        with pytest.raises(SnapshotChangedError, match="register the directory"):
            await facts.bars(snapshot, ("close",), SYMBOLS, slice(0, 99))
    with pytest.raises(SnapshotChangedError):
        await Facts().calendar(snapshot)

    path.write_bytes(content)
    os.utime(path, ns=times)
    expected = fingerprint_bars(MarketDirectory.open(tmp_path / "m"), ("close",), SYMBOLS)
    assert await facts.bars(snapshot, ("close",), SYMBOLS, slice(0, 99)) == expected


async def test_what_somebody_is_likely_to_compute_from_is_told_beforehand(tmp_path: Path) -> None:
    told: list[tuple[SnapshotRecord, tuple[str, ...]]] = []
    facts = Facts(foresee=lambda snapshot, fields: told.append((snapshot, fields)))
    snapshot = write(tmp_path / "m")

    await facts.calendar(snapshot)
    assert told == [(snapshot, ())]
    await facts.bars(snapshot, ("open", "close"), SYMBOLS, slice(0, 99))
    assert told[1:] == [(snapshot, ("open", "close"))]


async def test_fields_asked_together_are_read_in_turn_and_checked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot, facts = write(tmp_path / "m"), Facts()
    await facts.directory(snapshot)
    events: list[str] = []

    def read(*_: object) -> str:
        events.append("begun")
        time.sleep(0.05)
        events.append("ended")
        return "0" * 32

    monkeypatch.setattr(resolvers.facts, "field_fingerprint", read)
    monkeypatch.setattr(
        resolvers.open_directories, "require_unchanged", lambda *_: events.append("checked")
    )
    await asyncio.gather(
        facts.bars(snapshot, ("close", "open"), SYMBOLS, slice(0, 9)),
        facts.bars(snapshot, ("high",), SYMBOLS, slice(0, 9)),
    )
    assert events == ["begun", "ended"] * 3 + ["checked"]


def test_rows_are_those_of_the_trading_days_in_a_period() -> None:
    weekdays = DAYS[np.is_busday(DAYS)]
    calendar = Calendar(weekdays)
    rows = calendar.rows(Period(date(2020, 1, 4), date(2020, 1, 12)))  # a Saturday, a Sunday

    assert [str(day) for day in weekdays[rows]] == [f"2020-01-{day:02}" for day in range(6, 11)]
    assert calendar.day(rows.start) == date(2020, 1, 6)
    weekend = Period(date(2020, 1, 4), date(2020, 1, 5))
    with pytest.raises(BadInputError, match="between 2020-01-04 and 2020-01-05"):
        require_trading_days(calendar.rows(weekend), weekend)


@pytest.mark.parametrize(
    ("lookback", "start"),
    [(0, 6000), (1, 5936), (64, 5936), (65, 5744), (5000, 1000), (5001, 0), (None, 0)],
)
def test_lookbacks_are_rounded_up_so_that_many_share_the_rows(
    lookback: int | None, start: int
) -> None:
    assert rows_with_lookback(slice(6000, 6010), lookback) == slice(start, 6010)


def test_no_lookback_reads_before_the_first_day() -> None:
    assert rows_with_lookback(slice(10, 20), 64) == slice(0, 20)
