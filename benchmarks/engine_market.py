"""A synthetic market as the engine meets them: gaps, late listings, flat stretches, suspensions."""

from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bars.universes import Span
from bars.writing import write_market

UNIVERSE = "all"
_FIRST = date(2012, 1, 2)

Column = npt.NDArray[np.float64]


def write(target: Path, instruments: int, days: int) -> Path:
    """Write a Qlib data directory of `instruments` over `days`; the same for the same numbers.

    Every eighth instrument has gaps, another is listed late, another is flat for weeks, another
    was suspended for long, another was delisted; three of eight are plain.
    """
    calendar = np.busday_offset(np.datetime64(_FIRST), np.arange(days), roll="forward")
    chance = np.random.default_rng(7)
    names = symbols(instruments)
    bars = {name: _bars(place // 8 % 8, days, chance) for place, name in enumerate(names)}
    write_market(target, calendar, bars, {UNIVERSE: dict.fromkeys(names, (Span(_FIRST),))})
    return target


def symbols(instruments: int) -> list[str]:
    """The names of the first so many, ascending."""
    return [f"S{number:04d}" for number in range(instruments)]


def some_symbols(instruments: int, count: int) -> list[str]:
    """So many of them, equally far apart, every kind among them."""
    return symbols(instruments)[:: instruments // count]


def _bars(kind: int, days: int, chance: np.random.Generator) -> dict[str, Column]:
    close = 20 * np.exp(chance.normal(0.0002, 0.02, days).cumsum())
    if kind == 2:
        close = np.repeat(close[::25], 25)[:days]
    spread = np.abs(chance.normal(0, 0.01, (2, days))) * close
    opened = close * (1 + chance.normal(0, 0.005, days))
    fields = {
        "open": close if kind == 2 else opened,
        "close": close,
        "high": np.maximum(close, opened) + spread[0],
        "low": np.minimum(close, opened) - spread[1],
        "vwap": close * (1 + chance.normal(0, 0.001, days)),
        "volume": np.round(chance.lognormal(12, 1, days)),
        "factor": np.ones(days),
        "change": np.append(np.nan, close[1:] / close[:-1] - 1),
    }
    closed = _closed(kind, days, chance)
    for values in fields.values():
        values[closed] = np.nan
    return fields


def _closed(kind: int, days: int, chance: np.random.Generator) -> npt.NDArray[np.bool_]:
    """The days on which an instrument was not traded."""
    closed = np.zeros(days, dtype=np.bool_)
    match kind:
        case 1:
            closed = chance.random(days) < 0.05
        case 3:
            closed[: int(chance.uniform(0.1, 0.6) * days)] = True
        case 4:
            begin = int(chance.uniform(0.2, 0.6) * days)
            closed[begin : begin + days // 10] = True
        case 5:
            closed[int(chance.uniform(0.5, 0.9) * days) :] = True
    return closed
