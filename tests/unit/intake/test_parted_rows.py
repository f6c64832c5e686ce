"""However rows are parted on their way, the same market and the same findings come of them."""

import gzip
from collections.abc import Sequence
from pathlib import Path

import daily_files
import numpy as np
import pytest
from import_ground import HEADER, Market, make, put, rows

import intake.quotes
import intake.small_files
import intake.spill
from intake.sources import find_sources
from intake.spill import Rows, Spill

SYMBOLS = [f"S{number:02}" for number in range(40)]
DAYS = daily_files.WEEKDAYS[:120]


def rows_of(symbols: Sequence[int], first_line: int) -> Rows:
    numbers = np.array(symbols, dtype=np.int32)
    lines = np.arange(first_line, first_line + len(numbers), dtype=np.int32)
    return Rows(numbers, lines, lines * 0, lines, {"close": lines * 0.5})


def parted(folder: Path, parts: Sequence[Sequence[int]]) -> list[list[tuple[int, int]]]:
    """Symbols and lines of each bucket when these parts were put into a spill."""
    folder.mkdir()
    spill = Spill(folder, 10)
    line = 0
    for part in parts:
        spill.put(rows_of(part, line))
        line += len(part)
    buckets = list(spill.buckets())
    spill.close()
    assert all((bucket.fields["close"] == bucket.lines * 0.5).all() for bucket in buckets)
    return [list(zip(one.symbols.tolist(), one.lines.tolist(), strict=True)) for one in buckets]


@pytest.mark.parametrize(
    ("parts", "symbols"),
    [
        ([[0, 0], [1, 1], [2]], [[0, 0], [1, 1], [2]]),
        ([[0, 1], [1, 2], [3]], [[0, 1, 1, 2], [3]]),
        ([[0], [1], [2, 0], [3]], [[0, 1, 2, 0], [3]]),
        ([[0, -1], [-1, -1], [1]], [[0, -1], [-1, -1], [1]]),
        ([[-1], [0], [0]], [[-1], [0, 0]]),
        ([], []),
    ],
)
def test_parts_stay_apart_where_no_instrument_is_in_two(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    parts: list[list[int]],
    symbols: list[list[int]],
) -> None:
    monkeypatch.setattr(intake.spill, "SMALL_ROWS", 1)

    buckets = parted(tmp_path / "s", parts)

    assert [[symbol for symbol, _ in bucket] for bucket in buckets] == symbols


@pytest.mark.parametrize("limits", [{}, {"BUCKET_ROWS": 50}, {"SMALL_ROWS": 1}, {"HELD_BYTES": 1}])
def test_every_row_is_in_one_bucket_with_all_of_its_instrument_in_the_order_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limits: dict[str, int]
) -> None:
    for name, value in limits.items():
        monkeypatch.setattr(intake.spill, name, value)
    random = np.random.default_rng(1)
    parts = [random.integers(first, first + 9, 30).tolist() for first in range(0, 40, 4)]

    buckets = parted(tmp_path / "s", parts)

    found = sorted((line, symbol) for bucket in buckets for symbol, line in bucket)
    assert [symbol for _, symbol in found] == [symbol for part in parts for symbol in part]
    assert [line for line, _ in found] == list(range(300))
    whose = [{symbol for symbol, _ in bucket} for bucket in buckets]
    assert sum(map(len, whose)) == len(set().union(*whose))
    for bucket in buckets:
        assert [line for _, line in bucket] == sorted(line for _, line in bucket)


def faulty_files(folder: Path) -> Path:
    """Files of many instruments, in some of which rows are wrong in all kinds of ways."""
    lines = daily_files.made_up(SYMBOLS, DAYS)
    for number, symbol in enumerate(SYMBOLS):
        bars = lines[symbol]
        bars[3] = bars[3].rsplit(",", 1)[0] + ",0"
        if number % 3 == 0:
            bars[5:7] = [bars[5], bars[5], bars[6].replace(",", ",-", 1)]
        if number % 4 == 0:
            bars.append(f",{bars[-1].split(',', 1)[1]}")
        if number % 5 == 0:
            bars.reverse()
    return daily_files.write(folder, lines)


def told(market: Market) -> list[tuple[str, int, tuple[str, ...]]]:
    return [(issue.check, issue.count, issue.examples) for issue in market.made.issues]


def test_parts_of_any_size_make_the_same_market_and_the_same_findings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = faulty_files(tmp_path / "in")
    whole = make(tmp_path / "whole", [folder])
    assert {"DUPLICATE_ROWS", "IMPOSSIBLE_VALUES", "ROWS_WITHOUT_KEY"} <= whole.found.keys()

    monkeypatch.setattr(intake.small_files, "_GROUP_BYTES", 20_000)
    monkeypatch.setattr(intake.spill, "SMALL_ROWS", 1)
    monkeypatch.setattr(intake.spill, "BUCKET_ROWS", 200)
    monkeypatch.setattr(intake.quotes, "_PORTION_ROWS", 100)
    many = make(tmp_path / "many", [folder])
    monkeypatch.setattr(intake.spill, "HELD_BYTES", 10_000)
    written = make(tmp_path / "written", [folder])

    assert many.fingerprint == written.fingerprint == whole.fingerprint
    assert told(many) == told(whole)
    assert written.found == whole.found
    assert list((tmp_path / "written" / "scratch" / "shares").iterdir())
    assert not list((tmp_path / "many" / "scratch" / "shares").iterdir())


@pytest.mark.parametrize("row", ['"2014-01-08",1,1,1,1,1,1', "2014-01-08,1,1,1,1,1,1"])
@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"])
def test_files_that_are_not_alike_are_read_as_if_each_were_alone(
    tmp_path: Path, row: str, end: str
) -> None:
    folder = daily_files.write(tmp_path / "in", daily_files.made_up(["A", "B", "C"], DAYS))
    put(folder, {"B.csv": HEADER + row + end, "C.csv": "\n" + HEADER + row + end})
    packed = {f"{file.name}.gz": gzip.compress(file.read_bytes()) for file in folder.iterdir()}

    together = make(tmp_path / "together", [folder])
    alone = make(tmp_path / "alone", [put(tmp_path / "packed", packed)])

    assert together.symbols == ["A", "B", "C"]
    assert together.made.bars == len(DAYS) + 2
    assert together.fingerprint == alone.fingerprint


def test_a_file_that_grows_while_it_is_imported_is_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = put(tmp_path, {"A.csv": HEADER + rows(), "B.csv": HEADER + rows(("2024-01-02",))})
    [first, second] = find_sources([folder])
    monkeypatch.setattr("intake.requested.find_sources", lambda _: (first, second))
    (folder / "B.csv").write_text(HEADER + rows())

    made = make(tmp_path / "made", [folder])

    assert made.values("close", "B") == made.values("close", "A")
