"""Series as they are shown: the members, their days, and what is missing."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

import resolvers.series as series
from catalog.artifacts import LocalArtifacts
from domain.downsampling import Downsampling
from domain.errors import BadInputError
from domain.period import Period
from domain.work import Spans, StoredPanel
from resolvers.series import (
    Thinning,
    instrument_table,
    members_table,
    panel_table,
    shown_members,
    thinned,
)

DAYS = np.arange("2020-01-01", "2020-01-11", dtype="datetime64[D]")
VALUES = np.arange(30, dtype=np.float32).reshape(10, 3)
ALWAYS: Spans = ((date(2020, 1, 1), None),)
WHOLE = Period(date(2020, 1, 1), date(2020, 1, 31))


@pytest.fixture
def store(tmp_path: Path) -> LocalArtifacts:
    return LocalArtifacts(tmp_path)


@pytest.fixture
def panel(store: LocalArtifacts) -> StoredPanel:
    return StoredPanel(
        store.put_array(VALUES),
        store.put_array(DAYS),
        store.put_array(np.array(["AAA", "BBB", "CCC"])),
    )


def test_a_column_for_each_member_in_the_order_of_the_members(
    panel: StoredPanel, store: LocalArtifacts
) -> None:
    members = {"AAA": ALWAYS, "CCC": ALWAYS}
    table = panel_table(panel, members, WHOLE, Thinning(), store)

    assert table.names == ("AAA", "CCC")
    np.testing.assert_array_equal(table.values, VALUES[:, [0, 2]])
    np.testing.assert_array_equal(table.dates, DAYS)
    assert (table.source_rows, table.size) == (10, 20)


def test_days_outside_a_membership_are_missing(panel: StoredPanel, store: LocalArtifacts) -> None:
    stays: Spans = (
        (date(2020, 1, 2), date(2020, 1, 3)),
        (date(2020, 1, 9), None),
    )
    table = panel_table(panel, {"BBB": stays}, WHOLE, Thinning(), store)

    np.testing.assert_array_equal(
        np.isfinite(table.values[:, 0]), np.isin(np.arange(10), [1, 2, 8, 9])
    )
    np.testing.assert_array_equal(table.values[[1, 2, 8, 9], 0], VALUES[[1, 2, 8, 9], 1])
    assert np.isfinite(store.open_array(panel.values)).all()  # what is kept stays as it is


def test_only_days_of_the_period_are_shown(panel: StoredPanel, store: LocalArtifacts) -> None:
    period = Period(date(2020, 1, 4), date(2020, 1, 6))
    table = panel_table(panel, {"AAA": ALWAYS}, period, Thinning(), store)

    np.testing.assert_array_equal(table.dates, DAYS[3:6])
    np.testing.assert_array_equal(table.values[:, 0], VALUES[3:6, 0])


def test_a_member_that_a_panel_lacks_is_missing_throughout(
    panel: StoredPanel, store: LocalArtifacts
) -> None:
    table = panel_table(panel, {"AAA": ALWAYS, "NEW": ALWAYS}, WHOLE, Thinning(), store)

    np.testing.assert_array_equal(table.values[:, 0], VALUES[:, 0])
    assert np.isnan(table.values[:, 1]).all()


@pytest.mark.anyio
async def test_large_tables_are_the_same_as_small_ones(
    panel: StoredPanel, store: LocalArtifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = {"AAA": ALWAYS, "CCC": ALWAYS}
    small = await members_table(panel, members, WHOLE, Thinning(), store)
    monkeypatch.setattr(series, "_CELLS_AT_ONCE", 1)
    large = await members_table(panel, members, WHOLE, Thinning(), store)

    np.testing.assert_array_equal(small.values, large.values)
    assert small.names == large.names == ("AAA", "CCC")


def test_one_instrument_is_shown_whatever_it_belongs_to(
    panel: StoredPanel, store: LocalArtifacts
) -> None:
    table = instrument_table(panel, "CCC", WHOLE, Thinning(), store)
    np.testing.assert_array_equal(table.values[:, 0], VALUES[:, 2])


def test_chosen_instruments_are_shown_once_and_by_symbol() -> None:
    members = {"AAA": ALWAYS, "BBB": ALWAYS, "CCC": ALWAYS}
    assert list(shown_members(members, None)) == ["AAA", "BBB", "CCC"]
    assert list(shown_members(members, ["CCC", "AAA", "CCC"])) == ["AAA", "CCC"]


@pytest.mark.parametrize(
    ("chosen", "words"),
    [(["AAA", "NOPE", "X"], "NOPE, X did not belong"), ([], "empty"), (["NOPE"], "such as AAA")],
)
def test_instruments_that_are_no_members_are_refused(chosen: list[str], words: str) -> None:
    with pytest.raises(BadInputError, match=words) as refused:
        shown_members({"AAA": ALWAYS}, chosen)
    assert refused.value.field == "instruments"


def test_long_series_are_thinned_by_rows_that_are_there() -> None:
    days = np.arange("2000-01-01", "2010-01-01", dtype="datetime64[D]")
    values = np.random.default_rng(1).normal(size=(len(days), 1))
    table = thinned(days, ["AAA"], values, Thinning(100, Downsampling.M4))

    assert len(table.dates) <= 100
    assert table.source_rows == len(days)
    rows = np.searchsorted(days, table.dates)
    np.testing.assert_array_equal(table.values, values[rows])
    assert (table.dates[0], table.dates[-1]) == (days[0], days[-1])


@pytest.mark.parametrize(("points", "method"), [(3, Downsampling.M4), (9, Downsampling.NONE)])
def test_points_that_cannot_show_the_rows_are_refused_beforehand(
    points: int, method: Downsampling
) -> None:
    with pytest.raises(BadInputError, match=f"maxPoints is {points}"):
        Thinning(points, method).require_room(slice(0, 10))
    Thinning(10, method).require_room(slice(0, 10))
