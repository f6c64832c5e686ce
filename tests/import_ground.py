"""Files of bars that tests write, and the markets that come of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from bars.bins import read_bins
from bars.directory import MarketDirectory
from bars.fingerprint import fingerprint_directory
from bars.shelf import Building
from intake.headers import parse_renamings
from intake.making import MadeMarket, make_market
from intake.progress import Silence
from intake.reading import Form
from intake.request import ImportRequest

HEADER = "Date,Open,High,Low,Close,Adj Close,Volume\n"
DAYS = ("2024-01-02", "2024-01-03", "2024-01-04")
TODAY = date(2024, 6, 3)

Files = Mapping[str, str | bytes]


def rows(days: Iterable[str] = DAYS, price: float = 10.0) -> str:
    """Faultless rows below HEADER; half of each price is the adjusted one."""
    return "".join(
        f"{day},{price},{price + 1},{price - 1},{price + 0.5},{(price + 0.5) / 2},1000\n"
        for day in days
    )


GOOD = HEADER + rows()


def put(folder: Path, files: Files) -> Path:
    """Write files below a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


@dataclass(frozen=True)
class Market:
    """A market that was made of files."""

    made: MadeMarket
    directory: MarketDirectory

    @property
    def fingerprint(self) -> str:
        return fingerprint_directory(self.directory)

    @property
    def symbols(self) -> list[str]:
        return list(self.directory.instruments)

    @property
    def found(self) -> dict[str, int]:
        """How often each check found something."""
        counts: dict[str, int] = {}
        for issue in self.made.issues:
            counts[issue.check] = counts.get(issue.check, 0) + issue.count
        return counts

    def examples(self, check: str) -> tuple[str, ...]:
        return next(issue.examples for issue in self.made.issues if issue.check == check)

    def values(self, field: str, symbol: str | None = None) -> list[float]:
        column = read_bins(self.directory, field, [symbol or self.symbols[0]])[:, 0]
        return np.asarray(column, dtype=np.float64).tolist()


def make(
    target: Path,
    paths: Iterable[Path],
    *,
    maps: Iterable[str] = (),
    date_format: str | None = None,
    decimal: str = ".",
    today: date = TODAY,
    **said: object,
) -> Market:
    """Make a market of files below `target`."""
    form = Form(parse_renamings(maps), date_format, decimal)
    request = ImportRequest(tuple(paths), form, today=today, **said)
    building = Building(target / "market", target / "bins" / "b", target / "scratch")
    building.scratch.mkdir(parents=True)
    made = make_market(request, building.market, building.features, building.scratch, Silence())
    building.link_features()
    return Market(made, MarketDirectory.open(building.market))
