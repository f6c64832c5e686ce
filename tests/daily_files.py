"""Files of made-up daily bars, as a vendor sends them: one for each symbol."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

HEADER = "Date,Open,High,Low,Close,Adj Close,Volume"
WEEKDAYS = [
    str(day)
    for day in np.arange("2014-01-01", "2016-12-31", dtype="datetime64[D]")
    if np.is_busday(day)
]
Lines = dict[str, list[str]]
"""The rows of each symbol, one for each day that it has."""


def made_up(symbols: Sequence[str], days: Sequence[str], seed: int = 5) -> Lines:
    """Prices that walk at random, with a dividend in the middle."""
    random = np.random.default_rng(seed)
    return {symbol: _rows(days, random) for symbol in symbols}


def write(folder: Path, lines: Lines, days: Iterable[str] | None = None) -> Path:
    """Write the rows of some days, all if left out; a symbol without any has no file."""
    wanted = None if days is None else set(days)
    folder.mkdir(parents=True, exist_ok=True)
    for symbol, rows in lines.items():
        kept = [row for row in rows if wanted is None or row.split(",")[0] in wanted]
        if kept:
            (folder / f"{symbol}.csv").write_text("\n".join([HEADER, *kept]) + "\n")
    return folder


def _rows(days: Sequence[str], random: np.random.Generator) -> list[str]:
    close = 50 * np.exp(np.cumsum(random.normal(0, 0.02, len(days))))
    adjusted = close * np.where(np.arange(len(days)) < len(days) // 2, 0.97, 1.0)
    rows = []
    for day, price, kept in zip(days, close, adjusted, strict=True):
        low, high = price * 0.98, price * 1.02
        volume = random.integers(1_000, 9_000)
        rows.append(f"{day},{price:.4f},{high:.4f},{low:.4f},{price:.4f},{kept:.6f},{volume}")
    return rows
