"""Writes a Qlib data directory, whole or not at all."""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt

from bars.bin_writing import write_columns
from bars.layout import (
    CALENDAR,
    FEATURES,
    FIELD,
    INSTRUMENTS,
    MARKER,
    MARKET,
    code_of,
    symbol_fault,
)
from bars.marker import marker_text
from bars.persisting import persist, persist_one
from bars.universes import Days, Members
from domain.errors import DataDirectoryError

Bars = Mapping[str, Mapping[str, npt.NDArray[np.floating]]]


def write_market(
    target: Path,
    calendar: Days,
    bars: Bars,
    markets: Mapping[str, Members],
    estimated: Sequence[str] = (),
) -> None:
    """Write a market that Qlib can read.

    The files are written beside the target and renamed when all are on the disk, so that nobody
    ever sees half a market.

    Args:
        target: The folder to make; it must not exist.
        calendar: Ascending trading days, shape (days,).
        bars: Values by symbol and field, each of shape (days,), NaN where there is none; a field
            without any value gets no file.
        markets: Universes: name, symbol, spans; an open span ends on the last trading day.
        estimated: Fields that were estimated and not observed, noted beside the data.

    Raises:
        DataDirectoryError: The target exists; the calendar is empty or does not ascend; a name
            does not fit, or values are not as many as days.
    """
    if target.exists():
        raise DataDirectoryError(f"{target} exists already; give a folder that does not.")
    _require_fitting(calendar, bars, markets, estimated)
    target.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        write_texts(building, calendar, markets, estimated)
        (building / FEATURES).mkdir()
        rows = np.arange(len(calendar))
        for symbol, columns in bars.items():
            write_columns(building / FEATURES, symbol, rows, columns)
        persist(building)
        building.chmod(0o755)
        building.rename(target)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    persist_one(target.parent)


def _require_fitting(
    calendar: Days, bars: Bars, markets: Mapping[str, Members], estimated: Sequence[str]
) -> None:
    if not len(calendar) or not (np.diff(calendar) > np.timedelta64(0)).all():
        raise DataDirectoryError("The calendar should have trading days that ascend, each once.")
    symbols = {*bars, *(symbol for members in markets.values() for symbol in members)}
    fields = {*estimated, *(field for columns in bars.values() for field in columns)}
    if fault := next(filter(None, map(symbol_fault, sorted(symbols))), None):
        raise DataDirectoryError(fault)
    for kind, pattern, names in (("field", FIELD, fields), ("universe", MARKET, markets)):
        for name in names:
            if not pattern.fullmatch(name):
                raise DataDirectoryError(f"{name!r} cannot be the name of a {kind}.")
    for symbol, columns in bars.items():
        for field, values in columns.items():
            if values.shape != calendar.shape:
                raise DataDirectoryError(
                    f"{symbol} has {field} of shape {values.shape}; the calendar has "
                    f"{len(calendar)} days, and there is one value for each."
                )


def write_texts(
    root: Path, calendar: Days, markets: Mapping[str, Members], estimated: Sequence[str]
) -> None:
    """Write all of a market but its bars; an open span ends on the last trading day.

    One that begins after that, as an announced membership does, ends on the day it begins.
    """
    for name in (CALENDAR.split("/")[0], INSTRUMENTS):
        (root / name).mkdir()
    (root / CALENDAR).write_text("".join(f"{day}\n" for day in calendar), encoding="utf-8")
    last = cast(date, calendar[-1].item())
    for market, members in markets.items():
        lines = (
            f"{code_of(symbol)}\t{span.start}\t{span.end or max(span.start, last)}\n"
            for symbol in sorted(members)
            for span in members[symbol]
        )
        (root / INSTRUMENTS / f"{market}.txt").write_text("".join(lines), encoding="utf-8")
    if estimated:
        (root / MARKER).write_text(marker_text(estimated), encoding="utf-8")
