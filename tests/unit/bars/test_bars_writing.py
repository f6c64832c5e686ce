"""A market is written whole or not at all."""

from datetime import date

import numpy as np
import pytest

from bars.bins import read_bins
from bars.directory import MarketDirectory
from bars.universes import Span
from domain.errors import DataDirectoryError


def test_what_was_written_is_read_back(market, bars):
    bars["AAA"]["close"][[0, 8, -1]] = np.nan
    path = market(estimated=["vwap"])

    directory = MarketDirectory.open(path)

    for field in directory.fields:
        expected = np.column_stack([bars[symbol][field] for symbol in bars]).astype(np.float32)
        np.testing.assert_array_equal(read_bins(directory, field, list(bars)), expected)
    assert directory.markets["two"] == {
        "AAA": (Span(date(2020, 1, 1)),),
        "BBB": (Span(date(2020, 1, 8)),),
    }
    assert directory.estimated == ("vwap",)


def test_the_files_are_those_that_qlib_reads(market, bars):
    bars["AAA"]["close"][[0, 1, 8, -1]] = np.nan
    path = market()

    content = np.fromfile(path / "features" / "aaa" / "close.day.bin", dtype="<f4")

    assert content[0] == 2
    assert len(content) == 1 + 40
    np.testing.assert_array_equal(content[1:], bars["AAA"]["close"][2:-1].astype(np.float32))
    assert (path / "instruments" / "two.txt").read_text() == (
        "AAA\t2020-01-01\t2020-02-28\nBBB\t2020-01-08\t2020-02-28\n"
    )
    assert (path / "calendars" / "day.txt").read_text().startswith("2020-01-01\n2020-01-02\n")


def test_a_field_without_a_value_gets_no_file(market, bars):
    bars["AAA"]["pe"] = np.full(43, np.nan)

    assert not (market() / "features" / "aaa" / "pe.day.bin").exists()


def test_what_is_there_is_not_overwritten(market):
    path = market()
    before = sorted(path.rglob("*"))

    with pytest.raises(DataDirectoryError, match="exists already"):
        market()

    assert sorted(path.rglob("*")) == before


def test_a_failure_on_the_way_leaves_nothing_behind(market, bars, tmp_path):
    class FailingColumns(dict[str, np.ndarray]):
        """Values that can be checked and not written, as on a disk that breaks."""

        is_checked = False

        def items(self):
            if self.is_checked:
                raise OSError("the disk broke")
            self.is_checked = True
            return super().items()

    bars["BBB"] = FailingColumns(bars["BBB"])

    with pytest.raises(OSError, match="the disk broke"):
        market()

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"bars": {"A\tB": {}}}, "'A.tB' is not a symbol"),
        ({"bars": {"中" * 40: {}}}, "is too long for the name of a folder"),
        ({"bars": {"AAA": {"Close": np.zeros(43)}}}, "'Close' cannot be the name of a field"),
        ({"bars": {"AAA": {"../x": np.zeros(43)}}}, "'../x' cannot be the name of a field"),
        ({"bars": {"AAA": {"close": np.zeros(42)}}}, "AAA has close of shape .42,."),
        ({"universes": {"a/b": {}}}, "'a/b' cannot be the name of a universe"),
        ({"universes": {"one": {" A": ()}}}, "' A' is not a symbol"),
        ({"estimated": ["V W"]}, "'V W' cannot be the name of a field"),
        ({"calendar": np.array([], dtype="datetime64[D]"), "bars": {}}, "trading days that ascend"),
        (
            {"calendar": np.array(["2020-01-02"] * 2, dtype="datetime64[D]"), "bars": {}},
            "trading days that ascend",
        ),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_written(
    market, tmp_path, changes, sentence
):
    with pytest.raises(DataDirectoryError, match=sentence):
        market(**changes)

    assert list(tmp_path.iterdir()) == []
