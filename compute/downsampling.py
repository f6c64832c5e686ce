"""Which rows of a long series are shown, so that its line looks the same on a screen."""

import numpy as np
import numpy.typing as npt
from tsdownsample import M4Downsampler, MinMaxLTTBDownsampler

from domain.arrays import FloatArray, FloatPanel, RowArray
from domain.downsampling import Downsampling
from domain.errors import BadInputError

FEWEST_POINTS = 4
MOST_PICKING_COLUMNS = 8

_DOWNSAMPLERS = {
    Downsampling.M4: M4Downsampler(),
    Downsampling.MINMAXLTTB: MinMaxLTTBDownsampler(),
}


def pick_rows(columns: FloatPanel, max_points: int | None, method: Downsampling) -> RowArray:
    """Choose the rows of a series that are shown.

    Args:
        columns: Shape (rows,) or (rows, columns); NaN and infinity are missing.
        max_points: The most rows to show, at least 4; None for all. A series no longer than that
            is shown whole; a longer one in at most max_points rounded down to a multiple of 4.
        method: How to choose.

    Returns:
        Ascending positions of rows, always with the first and the last. Missing values are taken
        out before choosing. A gap, a stretch of missing values between two present ones, shows
        as its first row; where gaps would take more than half of the rows, or leave a column
        fewer than 4, the longest are shown (the earlier of equals). With up to 8 columns each
        chooses an equal share of the rows, and all are shown; with more, or where a share
        would be below 4, the mean over the columns chooses.

    Raises:
        BadInputError: max_points is below 4, or below the number of rows when none may be left
            out.

    Source:
        The M4 and MinMaxLTTB of tsdownsample. The choice depends on the arguments alone.
    """
    table = columns[:, None] if columns.ndim == 1 else columns
    rows = len(table)
    require_room(rows, max_points, method)
    if max_points is None or rows <= max_points:
        return np.arange(rows, dtype=np.int64)
    room = max_points - max_points % 4
    picking = _picking_columns(table, room)
    present = np.isfinite(picking)
    ends = np.array([0, rows - 1], dtype=np.int64)
    # An end that some column has is among that column's picks already.
    bare_ends = np.count_nonzero(~present[ends].any(axis=1))
    most_marks = min(room // 2, room - bare_ends - FEWEST_POINTS * picking.shape[1])
    marks = _gap_marks(present, max(most_marks, 0))
    share = (room - bare_ends - len(marks)) // picking.shape[1]
    picks = [_pick(values, share, method) for values in picking.T]
    return np.unique(np.concatenate([ends, marks, *picks]))


def require_room(rows: int, max_points: int | None, method: Downsampling) -> None:
    """Check that so many points can show so many rows.

    Raises:
        BadInputError: As `pick_rows`.
    """
    if max_points is None:
        return
    if max_points < FEWEST_POINTS:
        raise BadInputError(
            f"maxPoints is {max_points}; give {FEWEST_POINTS} or more.", "maxPoints"
        )
    if method is Downsampling.NONE and max_points < rows:
        raise BadInputError(
            f"maxPoints is {max_points} but there are {rows} rows and the method NONE leaves out "
            "none; give more points or the method M4 or MINMAXLTTB.",
            "maxPoints",
        )


def _picking_columns(table: FloatPanel, room: int) -> FloatArray:
    width = table.shape[1]
    if 1 <= width <= min(MOST_PICKING_COLUMNS, room // FEWEST_POINTS):
        return table.astype(np.float64, copy=False)
    present = np.isfinite(table)
    sums = np.where(present, table, 0.0).sum(axis=1, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        means: FloatArray = sums / present.sum(axis=1)
    return means[:, None]


def _gap_marks(present: npt.NDArray[np.bool_], most: int) -> RowArray:
    """First rows of the longest gaps of all columns, at most `most`."""
    longest: dict[int, int] = {}
    for column in present.T:
        for start, length in zip(*_gaps(column), strict=True):
            longest[start] = max(length, longest.get(start, 0))
    ordered = sorted(longest, key=lambda start: (-longest[start], start))
    return np.array(ordered[:most], dtype=np.int64)


def _gaps(present: npt.NDArray[np.bool_]) -> tuple[list[int], list[int]]:
    """Starts and lengths of the stretches of missing values between present ones."""
    held = np.flatnonzero(present)
    steps = np.diff(held)
    before = steps > 1
    return (held[:-1][before] + 1).tolist(), (steps[before] - 1).tolist()


def _pick(values: FloatArray, share: int, method: Downsampling) -> RowArray:
    """Rows of present values that one column chooses, at most `share` (2 or more)."""
    held = np.flatnonzero(np.isfinite(values))
    if len(held) <= share:
        return held
    line = np.ascontiguousarray(values[held])
    if share < FEWEST_POINTS:
        return held[[line.argmin(), line.argmax()]]
    # M4 takes four from each stretch. Below three values tsdownsample would panic: here there
    # are more values than the share, which is at least four.
    count = share - share % 4 if method is Downsampling.M4 else share
    chosen: RowArray = held[_DOWNSAMPLERS[method].downsample(line, n_out=count).astype(np.int64)]
    return chosen
