"""Factor values as stock Qlib computes them: for what the engine does not plan, and to check it."""

from collections.abc import Iterator, Sequence

import numpy as np

from compute.engine.panel_evaluation import FieldPanel
from compute.engine.spans import Spans
from compute.qlib_session import forget_values, stock_features
from domain.arrays import DateArray

_CELLS_AT_ONCE = 4_000_000
_MOST_SYMBOLS = 64


def stock_panel(expression: str, symbols: Sequence[str], calendar: DateArray) -> FieldPanel:
    """Have Qlib compute one canonical expression over whole histories.

    Args:
        expression: Only what our parser made of a text, since Qlib evaluates it.
        symbols: The instruments, in upper case.
        calendar: That of the market on which Qlib stands.

    Returns:
        float32 (days, instruments), and the rows that Qlib has of each instrument.
    """
    values = np.full((len(calendar), len(symbols)), np.nan, dtype=np.float32)
    first, stop = np.zeros((2, len(symbols)), dtype=np.int64)
    for chunk in _chunks(len(calendar), len(symbols)):
        frame = stock_features(list(symbols[chunk]), [expression])
        forget_values()
        place = {symbol: column for column, symbol in enumerate(symbols)}
        instruments, days = frame.index.levels
        columns = np.array([place[symbol] for symbol in instruments], dtype=np.int64)
        rows = np.searchsorted(calendar, days.to_numpy().astype("datetime64[D]"))
        of_cell = rows[frame.index.codes[1]], columns[frame.index.codes[0]]
        values[of_cell] = frame[expression].to_numpy(dtype=np.float32)
        for column in columns:
            of_column = of_cell[0][of_cell[1] == column]
            first[column], stop[column] = of_column.min(), of_column.max() + 1
    return FieldPanel(values, Spans(first, stop))


def _chunks(days: int, symbols: int) -> Iterator[slice]:
    """The instruments that Qlib is asked for at a time, as slices of all."""
    size = min(_MOST_SYMBOLS, max(1, _CELLS_AT_ONCE // days))
    for first in range(0, symbols, size):
        yield slice(first, min(first + size, symbols))
