"""A small market without fault, for tests to look at and to break."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from bars.universes import Span
from bars.writing import write_market

DAYS = np.arange("2020-01-01", "2020-02-29", dtype="datetime64[D]")
CALENDAR = DAYS[np.is_busday(DAYS)]


def faultless_bars(seed: int) -> dict[str, np.ndarray]:
    """A random walk with every field that Qlib can use, consistent with itself."""
    chance = np.random.default_rng(seed)
    close = 20 * np.cumprod(1 + chance.normal(0, 0.02, len(CALENDAR)))
    change = np.r_[np.nan, close[1:] / close[:-1] - 1]
    return {
        "open": close * 1.001,
        "high": close * 1.01,
        "low": close * 0.99,
        "close": close,
        "vwap": close * 0.999,
        "volume": chance.uniform(1e6, 2e6, len(CALENDAR)),
        "factor": np.full(len(CALENDAR), 0.5),
        "change": change,
    }


@pytest.fixture
def bars() -> dict[str, dict[str, np.ndarray]]:
    """Bars of two shares, AAA and BBB, and of the index IDX; BBB is listed on the sixth day."""
    market = {name: faultless_bars(seed) for seed, name in enumerate(("AAA", "BBB", "IDX"))}
    for values in market["BBB"].values():
        values[:5] = np.nan
    market["BBB"]["change"][5] = np.nan
    return market


@pytest.fixture
def market(tmp_path: Path, bars: dict[str, dict[str, np.ndarray]]) -> Callable[..., Path]:
    """Writes the market, with other bars or universes where a test gives them."""

    def write(name: str = "market", universes: object = None, **changes: object) -> Path:
        members = universes or {
            "two": {"AAA": (Span(date(2020, 1, 1)),), "BBB": (Span(date(2020, 1, 8)),)}
        }
        settings = {"calendar": CALENDAR, "bars": bars, "markets": members, **changes}
        write_market(tmp_path / name, **settings)
        return tmp_path / name

    return write
