"""Compiled loops over days: what an instrument's value is among those of the others on that day.

A panel is float64, C-contiguous, of shape (days, instruments). `members` is bool of the same shape:
who belongs to the universe on which day. Those take part who are members with a finite value;
everybody else is NaN in `out`, and a day may be NaN as a whole where each function says so.
Nothing is carried from one day to the next, so that threads can share the days among them, and
`out` may be `x` itself.

Distances from a mean are taken in two steps, since values that lie close together far from zero
would lose digits of their differences to one mean.
"""

import numpy as np
import numpy.typing as npt

from compute.engine.compiled import kernel
from compute.engine.day_order import order_room, put_in_order

Panel = npt.NDArray[np.float64]
"""Shape (days, instruments)."""
Members = npt.NDArray[np.bool_]
"""Shape (days, instruments)."""
Sectors = npt.NDArray[np.int32]
"""Shape (instruments,); numbers from 0, -1 where an instrument has none."""


@kernel
def cross_rank(x: Panel, members: Members, out: Panel) -> None:
    """Rank x among the members and divide by their number, in (0, 1]; ties share their mean rank.

    Source:
        `pandas.DataFrame.rank(axis=1, pct=True)`.
    """
    values, places = _room(x)
    keys, orders, heaps = order_room(x.shape[1])
    for day in range(x.shape[0]):
        count = _gather(x[day], members[day], values, places)
        out[day] = np.nan
        row = put_in_order(values, count, keys, orders, heaps)
        key, order = keys[row], orders[row]
        first = 0
        while first < count:
            last = first
            while last + 1 < count and key[last + 1] == key[first]:
                last += 1
            for place in range(first, last + 1):
                out[day, places[order[place]]] = (first + last + 2) / 2 / count
            first = last + 1


@kernel
def cross_z_score(x: Panel, members: Members, out: Panel) -> None:
    """Distance from the mean in standard deviations (ddof 1).

    A day is NaN where fewer than two take part or all have the same value.
    """
    values, places = _room(x)
    for day in range(x.shape[0]):
        count = _gather(x[day], members[day], values, places)
        out[day] = np.nan
        if _is_constant(values, count):
            continue
        _centre(values, count)
        squares = 0.0
        for place in range(count):
            squares += values[place] * values[place]
        deviation = np.sqrt(squares / (count - 1))
        for place in range(count):
            out[day, places[place]] = values[place] / deviation


@kernel
def cross_demean(x: Panel, members: Members, out: Panel) -> None:
    """Distance from the mean; 0 for one who takes part alone."""
    values, places = _room(x)
    for day in range(x.shape[0]):
        count = _gather(x[day], members[day], values, places)
        out[day] = np.nan
        _centre(values, count)
        for place in range(count):
            out[day, places[place]] = values[place]


@kernel
def cross_scale(x: Panel, members: Members, out: Panel) -> None:
    """x over the sum of absolute values; a day is NaN where that sum is 0."""
    values, places = _room(x)
    for day in range(x.shape[0]):
        count = _gather(x[day], members[day], values, places)
        out[day] = np.nan
        total = 0.0
        for place in range(count):
            total += abs(values[place])
        if total > 0:
            for place in range(count):
                out[day, places[place]] = values[place] / total


@kernel
def cross_winsorize(x: Panel, members: Members, q: float, out: Panel) -> None:
    """x, but no less than the q-quantile and no more than the (1-q)-quantile.

    Args:
        x: The values.
        members: Who takes part.
        q: From 0, which leaves x as it is, to below 0.5.
        out: Where the values go.

    Source:
        `numpy.quantile`, linear.
    """
    values, places = _room(x)
    keys, orders, heaps = order_room(x.shape[1])
    for day in range(x.shape[0]):
        count = _gather(x[day], members[day], values, places)
        out[day] = np.nan
        if count == 0:
            continue
        order = orders[put_in_order(values, count, keys, orders, heaps)]
        low = _quantile(values, order[:count], q)
        high = _quantile(values, order[:count], 1 - q)
        for place in range(count):
            out[day, places[place]] = min(max(values[place], low), high)


@kernel
def cross_demean_sectors(x: Panel, members: Members, sectors: Sectors, out: Panel) -> None:
    """Distance from the mean of the same sector; NaN without a sector, 0 for one alone in it."""
    groups = sectors.max() + 1 if len(sectors) else 0
    counts, rough, rest = np.zeros(groups, np.int64), np.zeros(groups), np.zeros(groups)
    values, places = _room(x)
    for day in range(x.shape[0]):
        count = _gather(x[day], members[day], values, places)
        out[day] = np.nan
        counts[:], rough[:], rest[:] = 0, 0.0, 0.0
        for place in range(count):
            group = sectors[places[place]]
            if group >= 0:
                counts[group] += 1
                rough[group] += values[place]
        for place in range(count):
            group = sectors[places[place]]
            if group >= 0:
                rest[group] += values[place] - rough[group] / counts[group]
        for place in range(count):
            group = sectors[places[place]]
            if group >= 0:
                distance = values[place] - rough[group] / counts[group]
                out[day, places[place]] = distance - rest[group] / counts[group]


@kernel
def cross_residual(x: Panel, by: Panel, members: Members, out: Panel) -> None:
    """What the day's least-squares line of x on `by`, with an intercept, leaves of x.

    Those take part who have both values finite. A day is NaN where they are fewer than three, of
    whom two would leave nothing but rounding, or where `by` is the same for all.
    """
    values, places = _room(x)
    regressors = np.empty(x.shape[1])
    for day in range(x.shape[0]):
        count = _gather_pairs(x[day], by[day], members[day], values, regressors, places)
        out[day] = np.nan
        if count < 3 or _is_constant(regressors, count):
            continue
        _centre(values, count)
        _centre(regressors, count)
        products, squares = 0.0, 0.0
        for place in range(count):
            products += regressors[place] * values[place]
            squares += regressors[place] * regressors[place]
        slope = products / squares
        for place in range(count):
            out[day, places[place]] = values[place] - slope * regressors[place]


@kernel
def _room(x: Panel) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Room for the values of those who take part on a day, and for where they stand."""
    return np.empty(x.shape[1]), np.empty(x.shape[1], np.int64)


@kernel
def _gather(
    x: npt.NDArray[np.float64],
    members: npt.NDArray[np.bool_],
    values: npt.NDArray[np.float64],
    places: npt.NDArray[np.int64],
) -> int:
    """Put those who take part side by side, and count them."""
    count = 0
    for place in range(len(x)):
        if members[place] and np.isfinite(x[place]):
            values[count], places[count] = x[place], place
            count += 1
    return count


@kernel
def _gather_pairs(
    x: npt.NDArray[np.float64],
    by: npt.NDArray[np.float64],
    members: npt.NDArray[np.bool_],
    values: npt.NDArray[np.float64],
    regressors: npt.NDArray[np.float64],
    places: npt.NDArray[np.int64],
) -> int:
    count = 0
    for place in range(len(x)):
        if members[place] and np.isfinite(x[place]) and np.isfinite(by[place]):
            values[count], regressors[count], places[count] = x[place], by[place], place
            count += 1
    return count


@kernel
def _is_constant(values: npt.NDArray[np.float64], count: int) -> bool:
    """Whether the first values are all the same; the mean of such may differ from them."""
    is_constant = True
    for place in range(1, count):
        is_constant &= values[place] == values[0]
    return is_constant


@kernel
def _centre(values: npt.NDArray[np.float64], count: int) -> None:
    """Replace the first values by their distances from their mean."""
    total, rest = 0.0, 0.0
    for place in range(count):
        total += values[place]
    for place in range(count):
        values[place] -= total / count
        rest += values[place]
    for place in range(count):
        values[place] -= rest / count


@kernel
def _quantile(values: npt.NDArray[np.float64], order: npt.NDArray[np.int32], level: float) -> float:
    """Between the two values next to the place of the level, as far as it lies between them."""
    place = level * (len(order) - 1)
    lower = int(place)
    below, above = values[order[lower]], values[order[min(lower + 1, len(order) - 1)]]
    share, step = place - lower, above - below
    if share >= 0.5:
        return float(above - step * (1 - share))
    return float(below + step * share)
