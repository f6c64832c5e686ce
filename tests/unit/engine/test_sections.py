"""Cross-sections are what pandas, SciPy and NumPy make of a day's members, and nobody else's."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from scipy.stats import rankdata, zscore

from compute.engine import sections
from compute.engine.day_order import order_room, put_in_order

Panel = npt.NDArray[np.float64]
Row = npt.NDArray[np.float64]

DAYS, INSTRUMENTS = 60, 97
SECTORS = (np.arange(INSTRUMENTS) % 7 - 1).astype(np.int32)


def nasty_panel(seed: int) -> Panel:
    """Days of every kind of trouble: gaps, infinities, ties, constants, large levels."""
    chance = np.random.default_rng(seed)
    x = chance.normal(0, 1, (DAYS, INSTRUMENTS)) * 10.0 ** chance.integers(-6, 7, (DAYS, 1))
    x[1::6] = chance.integers(0, 4, x[1::6].shape)
    x[2::6] = 1e8 + chance.integers(0, 3, x[2::6].shape) * 8.0
    x[3::12] = 0.1
    x[4::12] = 0.0
    x[5::12] = np.where(chance.random(x[5::12].shape) < 0.5, 0.0, -0.0)
    x[chance.random(x.shape) < 0.1] = np.nan
    x[chance.random(x.shape) < 0.02] = np.inf
    x[chance.random(x.shape) < 0.02] = -np.inf
    x[0] = np.nan
    for day, count in ((6, 1), (7, 2), (8, 3)):
        x[day, count:] = np.nan
        x[day, :count] = np.arange(count) ** 2
    return np.ascontiguousarray(x)


@pytest.fixture(scope="module")
def x() -> Panel:
    return nasty_panel(3)


@pytest.fixture(scope="module")
def by() -> Panel:
    return nasty_panel(8)


@pytest.fixture(scope="module")
def members() -> npt.NDArray[np.bool_]:
    """Spans that begin and end, a day without members, and days when all are in."""
    chance = np.random.default_rng(5)
    inside = np.repeat(chance.random((DAYS // 10, INSTRUMENTS)) < 0.7, 10, axis=0)
    inside[6:9] = True
    inside[20], inside[40:45] = False, True
    return np.ascontiguousarray(inside)


def day_by_day(one_day: Callable[..., Row], inside: npt.NDArray[np.bool_], *panels: Panel) -> Panel:
    """What a function of one day's values gives, NaN for all whom it is not told."""
    out = np.full(inside.shape, np.nan)
    for day in range(len(inside)):
        taking_part = inside[day] & np.all([np.isfinite(panel[day]) for panel in panels], axis=0)
        if taking_part.any():
            out[day, taking_part] = one_day(*(panel[day, taking_part] for panel in panels))
    return out


def computed(section: Callable[..., None], x: Panel, *given: object) -> Panel:
    out = np.full(x.shape, 7.0)
    section(x, *given, out)
    return out


def require_near(ours: Panel, theirs: Panel, scale: Panel) -> None:
    """Equal within 1e-12 of the scale of each day, NaN in the same places."""
    assert (np.isnan(ours) == np.isnan(theirs)).all()
    known = np.isfinite(theirs)
    assert known.sum() > 1000
    sizes = np.broadcast_to(np.maximum(scale, np.abs(theirs)), ours.shape)
    assert (np.abs(ours - theirs)[known] <= 1e-12 * sizes[known]).all()


def level(x: Panel) -> Panel:
    """The largest finite size of each day."""
    return np.max(np.where(np.isfinite(x), np.abs(x), 0.0), axis=1, keepdims=True)


def test_ranks_are_scipys_to_the_last_bit(x: Panel, members: npt.NDArray[np.bool_]) -> None:
    expected = day_by_day(lambda row: rankdata(row) / len(row), members, x)

    np.testing.assert_array_equal(computed(sections.cross_rank, x, members), expected)
    finite = pd.DataFrame(np.where(members & np.isfinite(x), x, np.nan))
    np.testing.assert_array_equal(expected, finite.rank(axis=1, pct=True).to_numpy())


def test_scores_are_scipys_and_nan_on_days_without_spread(
    x: Panel, members: npt.NDArray[np.bool_]
) -> None:
    def one_day(row: Row) -> Row:
        if len(np.unique(row)) < 2:
            return np.full(len(row), np.nan)
        exact = row.astype(np.longdouble)
        return zscore(exact, ddof=1).astype(np.float64)

    expected = day_by_day(one_day, members, x)

    require_near(computed(sections.cross_z_score, x, members), expected, np.ones((DAYS, 1)))
    assert np.isnan(expected[6]).all()


def test_a_demeaned_day_is_pandas_own(x: Panel, members: npt.NDArray[np.bool_]) -> None:
    frame = pd.DataFrame(np.where(members & np.isfinite(x), x, np.nan))
    expected = frame.sub(frame.mean(axis=1), axis=0).to_numpy()

    require_near(computed(sections.cross_demean, x, members), expected, level(x))


def test_a_scaled_day_adds_up_to_one(x: Panel, members: npt.NDArray[np.bool_]) -> None:
    frame = pd.DataFrame(np.where(members & np.isfinite(x), x, np.nan))
    total = frame.abs().sum(axis=1)
    expected = frame.div(total.where(total > 0), axis=0).to_numpy()

    ours = computed(sections.cross_scale, x, members)

    require_near(ours, expected, np.zeros((DAYS, 1)))
    assert np.isnan(ours[4]).all()


@pytest.mark.parametrize("q", [0.0, 0.01, 0.05, 0.25, 0.49])
def test_a_winsorized_day_keeps_to_numpys_quantiles(
    x: Panel, members: npt.NDArray[np.bool_], q: float
) -> None:
    def one_day(row: Row) -> Row:
        return np.clip(row, *np.quantile(row, [q, 1 - q]))

    expected = day_by_day(one_day, members, x)

    require_near(computed(sections.cross_winsorize, x, members, q), expected, level(x))


def test_sectors_are_demeaned_as_pandas_groups_are(
    x: Panel, members: npt.NDArray[np.bool_]
) -> None:
    frame = pd.DataFrame(np.where(members & np.isfinite(x) & (SECTORS >= 0), x, np.nan)).T
    groups = frame.groupby(SECTORS)
    expected = (frame - groups.transform("mean")).T.to_numpy()

    ours = computed(sections.cross_demean_sectors, x, members, SECTORS)

    require_near(ours, expected, level(x))
    assert np.isnan(ours[:, SECTORS < 0]).all()


def test_one_alone_in_its_sector_is_zero_and_a_market_without_sectors_nan() -> None:
    x, members = np.array([[3.0, 5.0, 9.0]]), np.ones((1, 3), dtype=np.bool_)
    two = np.array([0, 1, 1], dtype=np.int32)

    found = computed(sections.cross_demean_sectors, x, members, two)

    np.testing.assert_array_equal(found, [[0.0, -2.0, 2.0]])
    none = np.full(3, -1, dtype=np.int32)
    assert np.isnan(computed(sections.cross_demean_sectors, x, members, none)).all()


def test_residuals_are_numpys_least_squares(
    x: Panel, by: Panel, members: npt.NDArray[np.bool_]
) -> None:
    def one_day(row: Row, regressor: Row) -> Row:
        if len(row) < 3 or len(np.unique(regressor)) < 2:
            return np.full(len(row), np.nan)
        centred = regressor - regressor.mean()  # at a level of 1e8 lstsq would lose digits
        design = np.stack([np.ones(len(row)), centred / np.abs(centred).max()], axis=1)
        return row - design @ np.linalg.lstsq(design, row)[0]

    expected = day_by_day(one_day, members, x, by)

    require_near(computed(sections.cross_residual, x, by, members), expected, level(x))
    assert np.isnan(expected[7]).all()


@pytest.mark.parametrize("section", [sections.cross_rank, sections.cross_scale])
def test_a_section_may_take_the_place_of_its_values(
    section: Callable[..., None], x: Panel, members: npt.NDArray[np.bool_]
) -> None:
    expected, replaced = computed(section, x, members), x.copy()

    section(replaced, members, replaced)

    np.testing.assert_array_equal(replaced, expected)


def test_days_can_be_shared_out(x: Panel, members: npt.NDArray[np.bool_]) -> None:
    whole, parts = computed(sections.cross_rank, x, members), np.empty(x.shape)

    for days in (slice(0, 23), slice(23, None)):
        sections.cross_rank(x[days], members[days], parts[days])

    np.testing.assert_array_equal(parts, whole)


@pytest.mark.parametrize("count", [0, 1, 2, 48, 49, 300])
@pytest.mark.parametrize("kind", ["float64", "float32", "ties", "equal"])
def test_a_day_is_put_in_the_order_of_numpy(count: int, kind: str) -> None:
    values = np.random.default_rng(count).normal(0, 1e3, count + 1)
    if kind == "float32":
        values = values.astype(np.float32).astype(np.float64)
    elif kind != "float64":
        values = np.round(values, -3) if kind == "ties" else np.full(count + 1, -2.5)
    keys, places, heaps = order_room(count + 1)
    row = put_in_order(values, count, keys, places, heaps)

    assert sorted(places[row, :count]) == list(range(count))
    np.testing.assert_array_equal(values[places[row, :count]], np.sort(values[:count]))
