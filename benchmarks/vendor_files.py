"""Files as a vendor sends them, made up: the same every time."""

from pathlib import Path

import numpy as np

COLUMNS = "Date,Open,High,Low,Close,Adj Close,Volume"


def write_files(folder: Path, instruments: int, days: int) -> int:
    """Write a CSV file for each instrument; returns how many rows there are.

    Prices walk at random with a split each, a hundredth of the days is suspended, and a tenth of
    the instruments was listed late.
    """
    folder.mkdir(parents=True)
    random = np.random.default_rng(7)
    weekdays = np.arange("2010-01-04", "2040-01-01", dtype="datetime64[D]")
    calendar = weekdays[np.is_busday(weekdays)][:days]
    return sum(
        _write_one(folder / f"N{number:04d}.csv", calendar, random) for number in range(instruments)
    )


def _write_one(path: Path, calendar: np.ndarray, random: np.random.Generator) -> int:
    first = random.integers(1, len(calendar) // 2) if random.random() < 0.1 else 0
    dates = calendar[first:]
    size = len(dates)
    close = 50 * np.exp(np.cumsum(random.normal(0, 0.02, size)))
    adjusted = close * np.where(np.arange(size) < size // 2, 0.5, 1.0)
    open_, high, low = (
        close * (1 + random.normal(0, 0.005, size)),
        close * (1 + np.abs(random.normal(0.01, 0.005, size))),
        close * (1 - np.abs(random.normal(0.01, 0.005, size))),
    )
    high, low = np.maximum(high, open_), np.minimum(low, open_)
    volume = random.integers(100_000, 10_000_000, size)
    suspended = random.random(size) < 0.01
    suspended[[0, -1]] = False
    volume[suspended] = 0
    for prices in (open_, high, low):
        prices[suspended] = close[suspended]
    columns = (open_, high, low, close, adjusted)
    with path.open("w", encoding="utf-8") as file:
        file.write(f"{COLUMNS}\n")
        for row in range(size):
            numbers = ",".join(f"{values[row]:.6f}" for values in columns)
            file.write(f"{dates[row]},{numbers},{volume[row]}\n")
    return size
