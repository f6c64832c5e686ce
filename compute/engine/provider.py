"""The engine behind Qlib: what handlers, filters, benchmarks and exchanges load comes from it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from qlib.data.data import Cal, LocalDatasetProvider

from bars.layout import upper_case
from compute.engine.market_panels import MarketPanels
from compute.engine.panel_evaluation import evaluate
from compute.engine.plan import Plan, UnplannableError, plan
from compute.engine.spans import Spans
from compute.engine.turns import Series
from domain.expression import InvalidExpressionError, parse

Spells = Sequence[tuple[Any, Any]]
"""The days between which an instrument counts, as Qlib gives them."""


class PanelDatasetProvider(LocalDatasetProvider):  # type: ignore[misc]
    """Computes datasets with the engine; what it does not plan, Qlib computes itself.

    The value of a day is that over an instrument's full history up to it, sliced to what is asked
    for. Qlib reads a little before the first day asked for, and has other values where an operator
    remembers more than that: `EMA`, `Delta` and windows of 0.

    Args:
        panels: The fields of the market that Qlib stands on.
    """

    def __init__(self, panels: MarketPanels, align_time: bool = True) -> None:
        super().__init__(align_time)
        self._panels = panels

    # Qlib calls with one argument more first, and once more without it when that raises TypeError:
    # the signature stays exactly this, and nothing inside may raise one.
    def dataset(
        self,
        instruments: Any,
        fields: Sequence[object],
        start_time: Any = None,
        end_time: Any = None,
        freq: str = "day",
        inst_processors: Sequence[object] = [],
    ) -> pd.DataFrame:
        """Values by (instrument, datetime), float32, a column for each field in its order."""
        names = self.get_column_names(fields)
        planned = _planned(names)
        if planned is None or freq != "day" or inst_processors:
            return super().dataset(instruments, fields, start_time, end_time, freq, inst_processors)
        asked = self.get_instruments_d(instruments, freq)
        spells: Mapping[str, Spells | None] = (
            asked if isinstance(asked, Mapping) else dict.fromkeys(asked)
        )
        days = Cal.calendar(freq=freq)
        wanted = Cal.calendar(start_time, end_time, freq)
        rows = slice(0, 0)
        if len(wanted):
            first = int(np.searchsorted(days, wanted[0]))
            rows = slice(first, first + len(wanted))
        return _frame(self._panels, planned, names, dict(sorted(spells.items())), days, rows)


def _planned(names: Sequence[str]) -> Plan | None:
    """The plan of what can be computed without knowing a universe; Qlib refuses the rest."""
    try:
        expressions = [parse(name) for name in names]
        if any(one.is_cross_sectional for one in expressions):
            return None
        return plan([one.tree for one in expressions])
    except (InvalidExpressionError, UnplannableError):
        return None


def _frame(
    panels: MarketPanels,
    planned: Plan,
    names: Sequence[str],
    spells: Mapping[str, Spells | None],
    days: npt.NDArray[Any],
    rows: slice,
) -> pd.DataFrame:
    labels = list(spells)
    symbols = [upper_case(label) for label in labels]
    fields = panels.panels(planned.fields, symbols)
    spans = _united([panel.spans for panel in fields.values()])
    first = np.clip(spans.first, rows.start, rows.stop)
    stop = np.maximum(np.clip(spans.stop, rows.start, rows.stop), first)
    ends = np.cumsum(stop - first)
    places = ends - (stop - first)
    values = np.empty((len(names), int(ends[-1]) if len(ends) else 0), dtype=np.float32)

    def keep(place: int, columns: slice, series: Series) -> None:
        for lane, column in enumerate(range(columns.start, columns.stop)):
            values[place, places[column] : ends[column]] = series.values[
                first[column] : stop[column], lane
            ]

    if values.size:
        with np.errstate(over="ignore"):
            evaluate(planned, fields, keep)
    of_label = np.repeat(np.arange(len(labels)), stop - first)
    of_day = np.arange(len(of_label)) - np.repeat(places - first, stop - first)
    index = pd.MultiIndex(
        levels=[labels, pd.DatetimeIndex(days)],
        codes=[of_label, of_day.astype(np.int64)],
        names=["instrument", "datetime"],
    )
    frame = pd.DataFrame(values.T, index=index, columns=list(names), copy=False)
    shown = _shown(spells, of_label, of_day, days)
    return (frame if shown.all() else frame[shown]).set_axis(
        index.remove_unused_levels() if shown.all() else index[shown].remove_unused_levels()
    )


def _united(spans: Sequence[Spans]) -> Spans:
    united = spans[0]
    for one in spans[1:]:
        united = united.union(one)
    return united


def _shown(
    spells: Mapping[str, Spells | None],
    of_label: npt.NDArray[np.int64],
    of_day: npt.NDArray[np.int64],
    days: npt.NDArray[Any],
) -> npt.NDArray[np.bool_]:
    """The rows within the days of their instruments, shape (rows,)."""
    counts = [spell is None for spell in spells.values()]
    if all(counts):
        return np.ones(len(of_label), dtype=np.bool_)
    open_days = np.zeros((len(spells), len(days)), dtype=np.bool_)
    for shown, spell in zip(open_days, spells.values(), strict=True):
        for begin, end in [(days[0], days[-1])] if spell is None else spell:
            shown[np.searchsorted(days, begin) : np.searchsorted(days, end, side="right")] = True
    result: npt.NDArray[np.bool_] = open_days[of_label, of_day.astype(np.int64)]
    return result
