"""The bins of many instruments at once are those of each."""

import numpy as np

from bars.bin_writing import bins_of


def expected(rows: np.ndarray, values: np.ndarray) -> bytes:
    """One bin, made of a column that is put on the calendar row by row."""
    there = {int(row): value for row, value in zip(rows, values, strict=True) if value == value}
    if not there:
        return b""
    days = range(min(there), max(there) + 1)
    return np.array([min(there), *(there.get(day, np.nan) for day in days)], "<f4").tobytes()


def test_bins_of_many_instruments_are_those_of_each_with_gaps_and_open_ends() -> None:
    random = np.random.default_rng(3)
    days = [np.flatnonzero(random.random(60) < share) for share in (0.1, 0.5, 0.9, 1, 1, 1)]
    starts = np.cumsum([0, *map(len, days)])
    rows = np.concatenate(days)
    columns = {
        name: np.where(random.random(len(rows)) < share, np.nan, random.normal(size=len(rows)))
        for name, share in (("close", 0), ("change", 0.1), ("pe", 0.97))
    }
    columns["close"][starts[3] : starts[4]] = np.nan

    bins = bins_of(starts, rows, columns)

    for number, found in enumerate(bins):
        part = slice(starts[number], starts[number + 1])
        alone = {name: expected(rows[part], values[part]) for name, values in columns.items()}
        there = {name: content for name, content in alone.items() if content}
        assert {name: content.tobytes() for name, content in found.items()} == there
    assert "close" not in bins[3]
