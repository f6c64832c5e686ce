"""Which rows of a long series are shown."""

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compute.downsampling import pick_rows
from domain.downsampling import Downsampling
from domain.errors import BadInputError

Table = npt.NDArray[np.float64]
THINNING = [Downsampling.M4, Downsampling.MINMAXLTTB]
BOTH = pytest.mark.parametrize("method", THINNING)


def _walk(rows: int, columns: int = 1, missing: float = 0.0, seed: int = 3) -> Table:
    random = np.random.default_rng(seed)
    table = np.cumsum(random.normal(size=(rows, columns)), axis=0)
    table[random.random((rows, columns)) < missing] = np.nan
    return table


def _gaps(values: Table) -> list[range]:
    held = np.flatnonzero(np.isfinite(values))
    return [range(a + 1, b) for a, b in pairwise(held) if b > a + 1]


@st.composite
def _tables(draw: st.DrawFn) -> Table:
    rows = draw(st.integers(0, 400))
    columns = draw(st.sampled_from([0, 1, 1, 1, 2, 3, 8, 9, 12]))
    missing = draw(st.sampled_from([0.0, 0.02, 0.3, 0.9, 1.0]))
    table = _walk(rows, columns, missing, seed=draw(st.integers(0, 2**20)))
    if draw(st.booleans()):
        table = np.round(table)
    late, early = draw(st.integers(0, rows)), draw(st.integers(0, rows))
    table[:late] = np.nan
    table[rows - early :] = np.inf
    return table


@settings(max_examples=400, deadline=None)
@given(_tables(), st.integers(4, 450), st.sampled_from(THINNING))
def test_rows_stay_within_the_bound_in_order_and_hold_both_ends(
    table: Table, max_points: int, method: Downsampling
) -> None:
    rows = pick_rows(table, max_points, method)

    assert rows.dtype == np.int64
    assert len(rows) <= max_points
    assert (np.diff(rows) > 0).all()
    if len(table) <= max_points:
        assert rows.tolist() == list(range(len(table)))
    else:
        assert (rows[0], rows[-1]) == (0, len(table) - 1)
        assert len(rows) <= max_points // 4 * 4


@settings(max_examples=200, deadline=None)
@given(_tables(), st.integers(4, 450), st.sampled_from(THINNING))
def test_the_pick_depends_on_nothing_but_the_arguments(
    table: Table, max_points: int, method: Downsampling
) -> None:
    first = pick_rows(table, max_points, method)
    pick_rows(_walk(1000), 100, method)

    np.testing.assert_array_equal(pick_rows(table.copy(order="F"), max_points, method), first)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**20), st.integers(8, 300), st.sampled_from(THINNING))
def test_each_gap_of_a_line_shows_as_one_empty_row(
    seed: int, max_points: int, method: Downsampling
) -> None:
    line = _walk(600, missing=0.1, seed=seed)[:, 0]
    room = max_points // 4 * 4
    gaps = [gap for gap in _gaps(line) if gap.stop < 600]

    shown = set(pick_rows(line, max_points, method).tolist())

    marked = [gap for gap in gaps if len(shown.intersection(gap)) == 1]
    assert all(len(shown.intersection(gap)) <= 1 for gap in gaps)
    if len(gaps) <= room // 2 - 2:
        assert marked == gaps
    unmarked = [len(gap) for gap in gaps if gap not in marked]
    # Where there are too many, the longest are shown.
    assert not marked or not unmarked or max(unmarked) <= min(map(len, marked))


@BOTH
def test_a_line_without_gaps_fills_its_points_and_keeps_its_extremes(
    method: Downsampling,
) -> None:
    line = _walk(5000)[:, 0]

    rows = pick_rows(line, 203, method)

    assert 150 < len(rows) <= 200
    assert {int(line.argmin()), int(line.argmax())} <= set(rows.tolist())


@BOTH
def test_missing_values_do_not_crowd_out_present_ones(method: Downsampling) -> None:
    line = _walk(5000, missing=0.05)[:, 0]
    line[[0, -1]] = 0.0

    shown = line[pick_rows(line, 1000, method)]

    gaps = len(_gaps(line))
    assert np.count_nonzero(np.isnan(shown)) == gaps
    # M4 repeats itself where the first of a stretch is its lowest.
    assert np.count_nonzero(~np.isnan(shown)) > 0.8 * (1000 - gaps)


@BOTH
def test_gaps_take_at_most_half_of_the_points(method: Downsampling) -> None:
    line = _walk(5000, missing=0.3)[:, 0]
    line[[0, -1]] = 0.0

    shown = line[pick_rows(line, 100, method)]

    assert np.count_nonzero(np.isnan(shown)) == 50


@BOTH
def test_a_late_listing_keeps_its_empty_first_row(method: Downsampling) -> None:
    line = _walk(500)[:, 0]
    line[:200] = np.nan

    rows = pick_rows(line, 40, method)

    assert rows[:2].tolist() == [0, 200]


@BOTH
def test_few_points_between_empty_ends_show_the_extremes(method: Downsampling) -> None:
    line = _walk(500)[:, 0]
    line[[0, 499]] = np.nan

    extremes = sorted([int(np.nanargmin(line)), int(np.nanargmax(line))])

    assert pick_rows(line, 4, method).tolist() == [0, *extremes, 499]


@BOTH
def test_up_to_eight_columns_pick_an_equal_share_each(method: Downsampling) -> None:
    table = _walk(2000, columns=8)

    rows = set(pick_rows(table, 320, method).tolist())

    for column in table.T:
        assert set(pick_rows(column, 40, method).tolist()) <= rows


@BOTH
def test_more_columns_are_picked_on_their_mean(method: Downsampling) -> None:
    table = _walk(2000, columns=9, missing=0.2)

    np.testing.assert_array_equal(
        pick_rows(table, 100, method), pick_rows(np.nanmean(table, axis=1), 100, method)
    )


@BOTH
def test_columns_whose_share_is_too_small_are_picked_on_their_mean(method: Downsampling) -> None:
    table = _walk(2000, columns=4)

    np.testing.assert_array_equal(
        pick_rows(table, 12, method), pick_rows(table.mean(axis=1), 12, method)
    )


@BOTH
def test_a_gap_that_columns_share_takes_one_row(method: Downsampling) -> None:
    table = _walk(2000, columns=5)
    table[700:760] = np.nan

    rows = pick_rows(table, 200, method)

    assert rows[(rows >= 700) & (rows < 760)].tolist() == [700]


def test_none_shows_every_row_or_refuses() -> None:
    table = _walk(100)

    assert len(pick_rows(table, None, Downsampling.NONE)) == 100
    assert len(pick_rows(table, 100, Downsampling.NONE)) == 100
    with pytest.raises(BadInputError, match="there are 100 rows"):
        pick_rows(table, 99, Downsampling.NONE)


@pytest.mark.parametrize("method", list(Downsampling))
@pytest.mark.parametrize("max_points", [3, 0, -8])
def test_fewer_than_four_points_are_refused(method: Downsampling, max_points: int) -> None:
    with pytest.raises(BadInputError, match="give 4 or more") as refusal:
        pick_rows(_walk(2), max_points, method)
    assert refusal.value.field == "maxPoints"


@BOTH
def test_no_bound_shows_every_row(method: Downsampling) -> None:
    assert len(pick_rows(_walk(5000), None, method)) == 5000
