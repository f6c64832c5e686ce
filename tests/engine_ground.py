"""A small market with every kind of trouble, computed by the engine and by stock Qlib."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from bars.directory import MarketDirectory
from compute.engine.field_panels import read_field_panel
from compute.engine.panel_evaluation import panels_of
from compute.engine.plan import plan
from domain.expression import parse

Panel = npt.NDArray[np.float32]
"""Shape (days, instruments)."""

FIELDS = ("open", "high", "low", "close", "volume", "vwap", "change", "factor")
DAYS = 140


def troubled_bars(days: int = DAYS, seed: int = 0) -> dict[str, tuple[int, dict[str, Panel]]]:
    """The first row and the fields of each instrument.

    In order of names: a plain one; one with gaps; one listed late; one delisted; flat stretches;
    ties, its prices being few; infinities; prices far apart; long suspension; both signs.
    """
    chance = np.random.default_rng(seed)
    names = ("plain", "gaps", "late", "ended", "flat", "ties", "infinite", "wild", "long", "signs")
    bars = {}
    for name in names:
        first, stop = (
            (days // 3 if name == "late" else 0),
            (days * 2 // 3 if name == "ended" else days),
        )
        walk = 10 * np.exp(chance.normal(0, 0.02, days).cumsum())
        match name:
            case "flat":
                walk = np.repeat(walk[::20], 20)[:days]
            case "ties":
                walk = 10 + np.round(chance.normal(0, 1, days)) / 2
            case "wild":
                walk = 10.0 ** chance.uniform(-6, 7, days)
            case "signs":
                walk = np.round(chance.normal(0, 2, days), 1)
        fields = _fields(walk, chance)
        _trouble(name, fields, chance)
        bars[name] = first, {field: values[first:stop] for field, values in fields.items()}
    return bars


def _fields(close: npt.NDArray[np.float64], chance: np.random.Generator) -> dict[str, Panel]:
    spread = np.abs(chance.normal(0, 0.01, (3, len(close)))) * np.abs(close)
    with np.errstate(divide="ignore", invalid="ignore"):
        change = np.append(np.nan, close[1:] / close[:-1] - 1)
    fields = {
        "close": close,
        "open": close + spread[0] * np.where(chance.random(len(close)) < 0.5, 1, -1),
        "high": close + spread[1] + spread[0],
        "low": close - spread[2] - spread[0],
        "volume": np.round(chance.lognormal(10, 1, len(close))),
        "vwap": close + chance.normal(0, 0.001, len(close)),
        "change": change,
        "factor": np.ones(len(close)),
    }
    return {field: values.astype(np.float32) for field, values in fields.items()}


def _trouble(name: str, fields: dict[str, Panel], chance: np.random.Generator) -> None:
    days = len(fields["close"])
    closed = np.zeros(days, dtype=bool)
    match name:
        case "gaps":
            closed = chance.random(days) < 0.15
        case "long":
            closed[days // 4 : days // 2] = True
        case "infinite":
            fields["close"][days // 3] = np.inf
            fields["open"][days // 2] = -np.inf
            fields["volume"][days // 5] = np.inf
        case "flat":
            fields["volume"][days // 2 :] = 0
            fields["open"][:] = fields["close"]
    for values in fields.values():
        values[closed] = np.nan


class EngineGround:
    """A Qlib data directory, on which stock Qlib stands while `standing` goes on."""

    def __init__(self, root: Path, bars: Mapping[str, tuple[int, Mapping[str, Panel]]]) -> None:
        days = max(first + len(next(iter(fields.values()))) for first, fields in bars.values())
        dates = np.busday_offset("2015-01-01", np.arange(days), roll="forward")
        (root / "calendars").mkdir(parents=True)
        (root / "instruments").mkdir()
        (root / "calendars" / "day.txt").write_text("\n".join(dates.astype(str)) + "\n")
        lines = [f"{name.upper()}\t{dates[0]}\t{dates[-1]}\n" for name in bars]
        (root / "instruments" / "all.txt").write_text("".join(lines))
        for name, (first, fields) in bars.items():
            folder = root / "features" / name.lower()
            folder.mkdir(parents=True)
            for field, values in fields.items():
                column = np.append(np.float32(first), values).astype("<f4")
                column.tofile(folder / f"{field}.day.bin")
        self._open(root, sorted(name.upper() for name in bars))

    @classmethod
    def over(cls, root: Path, symbols: Sequence[str]) -> "EngineGround":
        """Some instruments of a directory that is there."""
        ground = cls.__new__(cls)
        ground._open(root, symbols)
        return ground

    def _open(self, root: Path, symbols: Sequence[str]) -> None:
        self.root = root
        self.symbols = tuple(symbols)
        self.directory = MarketDirectory.open(root)
        self.dates = self.directory.calendar
        self.days = len(self.dates)

    def engine(self, texts: Sequence[str], threads: int = 1) -> list[Panel]:
        """What the engine computes, by expression."""
        planned = plan([parse(text).tree for text in texts])
        names = planned.fields or ("close",)
        panels = {name: read_field_panel(self.directory, name, self.symbols) for name in names}
        return [one.values for one in panels_of(planned, panels, threads=threads)]

    def stock(self, text: str) -> Panel:
        """What stock Qlib computes of one expression, over the whole calendar."""
        from qlib.data.cache import H
        from qlib.data.data import ExpressionD

        H.clear()
        values = np.full((self.days, len(self.symbols)), np.nan, dtype=np.float32)
        span = str(self.dates[0]), str(self.dates[-1])
        for column, symbol in enumerate(self.symbols):
            series = ExpressionD.expression(symbol, parse(text).canonical, *span)
            values[series.index.to_numpy(dtype=np.int64), column] = series.to_numpy(np.float32)
        return values

    @contextmanager
    def standing(self, folder: Path | None = None) -> Iterator["EngineGround"]:
        """Put stock Qlib of this process on the directory, in a working directory of its own."""
        import qlib
        from qlib.data.cache import H
        from qlib.data.data import LocalFeatureProvider

        with pytest.MonkeyPatch.context() as patch, np.errstate(all="ignore"):
            patch.chdir(folder or self.root)
            qlib.init(
                provider_uri=str(self.root),
                region="us",
                kernels=1,
                expression_cache=None,
                dataset_cache=None,
                logging_level=logging.CRITICAL,
            )
            patch.setattr(LocalFeatureProvider, "feature", _read_once(LocalFeatureProvider.feature))
            yield self
        H.clear()


def _read_once(feature: Callable[..., Any]) -> Callable[..., Any]:
    """Qlib's reading of one field of one instrument, which takes it as long as most operators."""
    kept = cache(feature)
    return lambda *asked: kept(*asked).copy()


def require_qlibs_bits(text: str, ours: Panel, stock: Panel) -> None:
    """Check that two panels are equal to the last bit, signs of zero included."""
    same = (ours == stock) & (np.signbit(ours) == np.signbit(stock))
    different = np.argwhere(~(same | (np.isnan(ours) & np.isnan(stock))))
    assert not len(different), (
        f"{text}: {len(different)} of {ours.size} cells differ; the first is "
        f"{tuple(different[0])}: {ours[tuple(different[0])]!r}, not {stock[tuple(different[0])]!r}"
    )
