"""What Qlib loads comes from the engine, and is what Qlib would have loaded itself."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from engine_ground import EngineGround, troubled_bars

from bars.stamp import stamp
from catalog.artifacts import LocalArtifacts
from compute.engine.market_panels import MarketPanels
from compute.engine.provider import PanelDatasetProvider
from compute.open_market import open_panels
from domain.errors import (
    BadInputError,
    DataDirectoryError,
    SnapshotChangedError,
    StorageError,
)
from domain.expression import InvalidExpressionError
from domain.work import Bars

# None of these remembers more than Qlib reads before the first day that it is asked for.
FIELDS = [
    "$close",
    "Mean($close,5)/$close",
    "Ref($close,-2)/Ref($close,-1)-1",
    "Std($volume, 20)/($volume+1e-12)",
    "($high-$low)/$open",
    "Max($high,10)",
    "Corr($close,Log($volume+1),10)",
]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineGround]:
    bars = troubled_bars()
    # An infinity before the first day asked for is not read by Qlib, and does not matter here.
    bars.pop("infinite")
    made = EngineGround(tmp_path_factory.mktemp("behind") / "market", bars)
    with made.standing():
        yield made


@pytest.fixture
def ours(ground: EngineGround, tmp_path: Path) -> PanelDatasetProvider:
    return PanelDatasetProvider(MarketPanels(ground.directory, tmp_path / "panels"))


def stock(
    instruments: Any, fields: Sequence[str], start: object = None, end: object = None
) -> pd.DataFrame:
    from qlib.data.data import LocalDatasetProvider

    return LocalDatasetProvider().dataset(instruments, fields, start, end)


def require_same(ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(
        ours, theirs, check_exact=True, check_index_type=False, check_column_type=False
    )


def test_a_dataset_is_qlibs_own(ground: EngineGround, ours: PanelDatasetProvider) -> None:
    given = ours.dataset(list(ground.symbols), FIELDS)

    require_same(given, stock(list(ground.symbols), FIELDS))
    assert given.index.names == ["instrument", "datetime"]
    assert (given.dtypes == np.float32).all()


def test_a_comparison_is_no_column_without_values(
    ground: EngineGround, ours: PanelDatasetProvider
) -> None:
    with pytest.raises(Exception, match="CSRank"):
        ours.dataset(list(ground.symbols), ["$close", "CSRank($close)"])


@pytest.mark.parametrize(("start", "end"), [(0, 20), (50, 90), (100, 139), (139, 139)])
def test_a_period_is_cut_as_qlib_cuts_it(
    start: int, end: int, ground: EngineGround, ours: PanelDatasetProvider
) -> None:
    period = str(ground.dates[start]), str(ground.dates[end])
    given = ours.dataset(list(ground.symbols), FIELDS, *period)
    theirs = stock(list(ground.symbols), FIELDS, *period)

    # Running sums that began elsewhere may differ in their last bits.
    pd.testing.assert_frame_equal(given, theirs, rtol=1e-5, check_index_type=False)


def test_days_outside_of_a_spell_are_left_out(
    ground: EngineGround, ours: PanelDatasetProvider
) -> None:
    days = [pd.Timestamp(ground.dates[row]) for row in (10, 40, 60, 61)]
    spells: Mapping[str, Any] = {
        "PLAIN": [(days[0], days[1]), (days[2], days[3])],
        "LATE": [(days[0], days[1])],
        "GAPS": [(days[3], pd.Timestamp(ground.dates[-1]))],
    }
    require_same(ours.dataset(spells, FIELDS), stock(spells, FIELDS))


def test_a_market_of_qlib_is_listed(ours: PanelDatasetProvider) -> None:
    market = {"market": "all", "filter_pipe": []}
    require_same(ours.dataset(market, FIELDS), stock(market, FIELDS))


def test_a_label_stays_as_it_was_written(ours: PanelDatasetProvider) -> None:
    given = ours.dataset(["plain"], ["$close", "$open"])
    assert given.index.get_level_values("instrument").unique().tolist() == ["plain"]
    require_same(given, stock(["plain"], ["$close", "$open"]))


@pytest.mark.parametrize("start", ["2030-01-01", "1990-01-01"])
def test_nothing_is_an_empty_frame(start: str, ours: PanelDatasetProvider) -> None:
    given = ours.dataset(["PLAIN"], ["$close"], start, start)
    theirs = stock(["PLAIN"], ["$close"], start, start)
    assert len(given) == len(theirs) == 0
    assert list(given.columns) == list(theirs.columns)


def test_who_is_not_listed_has_no_rows(ours: PanelDatasetProvider) -> None:
    require_same(
        ours.dataset(["PLAIN", "STRANGER"], ["$close"]), stock(["PLAIN", "STRANGER"], ["$close"])
    )


def test_what_is_not_planned_comes_from_qlib(ours: PanelDatasetProvider) -> None:
    fields = ["Log($close>$open)", "$close"]
    require_same(ours.dataset(["PLAIN"], fields), stock(["PLAIN"], fields))


def test_values_remember_all_of_an_instruments_past(
    ground: EngineGround, ours: PanelDatasetProvider
) -> None:
    """The canonical value of a day: Qlib's own over the full calendar, whatever is asked for."""
    fields = ["EMA($close,20)", "Delta($close,5)", "Mean($close,0)", "Ref($close,0)"]
    period = str(ground.dates[70]), str(ground.dates[100])
    given = ours.dataset(["PLAIN"], fields, *period)

    whole = stock(["PLAIN"], fields)
    days = given.index.get_level_values("datetime")
    require_same(given, whole[whole.index.get_level_values("datetime").isin(days)])
    assert not np.allclose(given, stock(["PLAIN"], fields, *period), equal_nan=True)


def test_panels_are_read_once_and_shared(ground: EngineGround, tmp_path: Path) -> None:
    folder = tmp_path / "panels"
    first, second = (MarketPanels(ground.directory, folder) for _ in range(2))
    one = first.panels(["close"], ground.symbols)["close"]
    written = (folder / "close" / "values.npy").stat()
    other = second.panels(["close"], ground.symbols)["close"]

    assert (folder / "close" / "values.npy").stat().st_mtime_ns == written.st_mtime_ns
    assert isinstance(other.values, np.memmap)
    np.testing.assert_array_equal(one.values, other.values)


def test_a_short_bin_is_named_and_leaves_the_rest_alone(tmp_path: Path) -> None:
    ground = EngineGround(tmp_path / "market", troubled_bars())
    broken = tmp_path / "market" / "features" / "plain" / "open.day.bin"
    broken.write_bytes(broken.read_bytes()[:-3])

    panels = MarketPanels(ground.directory, tmp_path / "panels")
    with pytest.raises(DataDirectoryError, match=r"plain/open\.day\.bin"):
        panels.panels(["open"], ground.symbols)
    assert np.isfinite(panels.panels(["close"], ground.symbols)["close"].values).any()
    assert not (tmp_path / "panels" / "open").exists()


def test_fields_of_files_that_changed_are_not_kept(ground: EngineGround, tmp_path: Path) -> None:
    """Files that are put back have their stamp again, so what was read meanwhile must be gone."""
    store = LocalArtifacts(tmp_path / "artifacts")
    root = EngineGround(tmp_path / "market", troubled_bars()).directory.path
    panels = open_panels(Bars(str(root), "us", stamp(root)), store)
    before = np.array(panels.panels(["close"], ground.symbols)["close"].values)
    path = root / "features" / "plain" / "open.day.bin"
    content, times = path.read_bytes(), (path.stat().st_atime_ns, path.stat().st_mtime_ns)

    path.write_bytes(content[:-4] + np.float32(99).tobytes())
    with pytest.raises(SnapshotChangedError):
        panels.panels(["close", "open"], ground.symbols)
    path.write_bytes(content)
    os.utime(path, ns=times)

    found = panels.panels(["close", "open"], ground.symbols)
    np.testing.assert_array_equal(found["close"].values, before)
    assert not (found["open"].values == 99).any()
    assert sorted(one.name for one in panels.folder.iterdir()) == ["close", "open"]


def test_a_disk_that_takes_no_panel_is_told(ground: EngineGround, tmp_path: Path) -> None:
    (tmp_path / "panels").write_text("a file where a folder should be")
    with pytest.raises(StorageError, match=r"panels/here: .*Not a directory"):
        MarketPanels(ground.directory, tmp_path / "panels" / "here").panels(["close"], ["PLAIN"])


@pytest.mark.usefixtures("ground")
def test_qlib_never_evaluates_a_text(tmp_path: Path) -> None:
    from compute.qlib_expressions import ParsedExpressionProvider

    provider = ParsedExpressionProvider()
    owned = tmp_path / "owned"
    for attack in (f"__import__('pathlib').Path('{owned}').touch()", "((H).clear)()", "9**9**9"):
        with pytest.raises(InvalidExpressionError):
            provider.get_expression_instance(attack)
    with pytest.raises(BadInputError, match="CSRank"):
        provider.get_expression_instance("CSRank($close)")
    assert str(provider.get_expression_instance("$close + 1")) == "Add($close,1)"
    assert not owned.exists()
