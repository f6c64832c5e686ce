"""Factor values: expressions over all instruments and the whole calendar, as Qlib computes them."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bars.calendars import read_calendar
from bars.layout import SYMBOL
from compute.outcomes import outcome
from compute.progress import ProgressReport, Report
from compute.qlib_session import forget_values, qlib_on
from domain.arrays import DateArray
from domain.artifacts import ArtifactStore
from domain.errors import BadInputError, EmptyDataError
from domain.expression import parse, require_qlibs
from domain.work import Outcome, PanelsWork, StoredPanel

PHASE = "factor values"

_PANEL_CELLS = 200_000_000
"""Values of finished panels that are held in memory at a time."""
_FRAME_CELLS = 4_000_000
"""Values that Qlib is asked for at a time."""
_MOST_SYMBOLS = 64

Panels = npt.NDArray[np.float32]
"""Shape (expressions, days, instruments)."""


def compute_panels(work: PanelsWork, store: ArtifactStore, report: Report) -> Outcome:
    """Compute each expression over every instrument and day of a snapshot, and keep the panels.

    An instrument's full history is what a value is computed from. Values are float32, NaN where
    an instrument has none; a field that an instrument lacks is NaN on all of its days.

    Returns:
        `panels` in the document tells the digests of values, dates and symbols by expression.
        Artifacts are `dates`, `symbols` and `values`, or `values:0` and so on where there are
        several expressions.

    Raises:
        BadInputError: An expression is not in its canonical form, or a symbol cannot be one.
        EmptyDataError: There are no instruments.
        SnapshotChangedError: The files are not those that were registered.
    """
    require_plain(work.expressions, work.symbols)
    qlib_on(work.bars)
    calendar = read_calendar(Path(work.bars.directory))
    expressions = tuple(dict.fromkeys(work.expressions))
    dates, symbols = store.put_array(calendar), store.put_array(np.array(work.symbols))
    values = []
    for panels in _panels(expressions, work.symbols, calendar, report):
        values += [store.put_array(panel) for panel in panels]
    return _outcome(expressions, values, dates, symbols, store)


def _panels(
    expressions: Sequence[str], symbols: Sequence[str], calendar: DateArray, report: Report
) -> Iterator[Panels]:
    """The panels of some expressions at a time, in order."""
    size = max(1, _PANEL_CELLS // (len(calendar) * len(symbols)))
    groups = [expressions[first : first + size] for first in range(0, len(expressions), size)]
    total = len(groups) * len(symbols)
    for turn, group in enumerate(groups):
        panels = np.full((len(group), len(calendar), len(symbols)), np.nan, dtype=np.float32)
        for columns in chunks(len(group), len(calendar), len(symbols)):
            report(ProgressReport(PHASE, turn * len(symbols) + columns.start, total))
            _fill(panels[:, :, columns], group, symbols[columns], calendar)
        yield panels
    report(ProgressReport(PHASE, total, total))


def chunks(expressions: int, days: int, symbols: int) -> Iterator[slice]:
    """The instruments that Qlib is asked for at a time, as slices of all."""
    size = min(_MOST_SYMBOLS, max(1, _FRAME_CELLS // (expressions * days)))
    for first in range(0, symbols, size):
        yield slice(first, min(first + size, symbols))


def _fill(
    panels: Panels, expressions: Sequence[str], symbols: Sequence[str], calendar: DateArray
) -> None:
    """Ask Qlib for the values of a few instruments and put each in its row and column."""
    from qlib.data import D

    frame = D.features(list(symbols), list(expressions), freq="day")
    forget_values()
    place = {symbol: column for column, symbol in enumerate(symbols)}
    instruments, days = frame.index.levels
    columns = np.array([place[symbol] for symbol in instruments], dtype=np.int64)
    rows = np.searchsorted(calendar, days.to_numpy().astype("datetime64[D]"))
    cells = rows[frame.index.codes[1]], columns[frame.index.codes[0]]
    for panel, expression in zip(panels, expressions, strict=True):
        panel[cells] = frame[expression].to_numpy(dtype=np.float32)


def _outcome(
    expressions: Sequence[str],
    values: Sequence[str],
    dates: str,
    symbols: str,
    store: ArtifactStore,
) -> Outcome:
    panels = {
        expression: asdict(StoredPanel(digest, dates, symbols))
        for expression, digest in zip(expressions, values, strict=True)
    }
    names = ["values"] if len(values) == 1 else [f"values:{place}" for place in range(len(values))]
    artifacts = dict(zip(names, values, strict=True)) | {"dates": dates, "symbols": symbols}
    return outcome({"panels": panels}, artifacts, store)


def require_plain(expressions: Sequence[str], symbols: Sequence[str]) -> None:
    """Let nothing reach Qlib, which evaluates texts and opens files, but what is ours.

    Raises:
        BadInputError: An expression is not in its canonical form or none of Qlib's, or a symbol
            cannot be one.
        EmptyDataError: There are no symbols.
    """
    for text in expressions:
        require_canonical(text)
    for symbol in symbols:
        if not SYMBOL.fullmatch(symbol):
            raise BadInputError(f"{symbol!r} cannot be the symbol of an instrument.")
    if not symbols:
        raise EmptyDataError("There are no instruments, so no factor has a value.")


def require_canonical(text: str) -> None:
    """Let only what our parser made of an expression pass, and only what Qlib can compute.

    Raises:
        BadInputError: It is another text, or has an operator that Qlib lacks.
    """
    expression = parse(text)
    if expression.canonical != text:
        raise BadInputError(f"{text!r} is not in canonical form; that is what is computed.")
    require_qlibs(expression)
