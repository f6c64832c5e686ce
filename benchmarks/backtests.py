"""Backtests by our executor beside Qlib's, on the CSI 300, and whether they are equal."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from bars.bins import read_bins
from bars.directory import MarketDirectory
from bars.stamp import stamp
from benchmarks.figures import Figure, median
from catalog.artifacts import LocalArtifacts
from compute.engine.market_panels import MarketPanels
from compute.open_market import open_panels
from compute.progress import unheard
from compute.qlib_session import qlib_on
from compute.traded_signal import TradedSignal, traded_signal
from compute.trading.benchmark import benchmark_returns
from compute.trading.quotes import Quotes, open_quotes
from compute.trading.topk_dropout import Tables, trade
from compute.trading_days import TradingDays, trading_days
from domain.period import Period
from domain.specs import StrategySpec
from domain.trading_defaults import default_exchange
from domain.work import BacktestWork, Bars, StoredPanel

ROUNDS = 5
FASTER = 100
PERIODS = (
    Period(date(2017, 1, 1), date(2020, 7, 31)),
    Period(date(2010, 1, 4), date(2019, 12, 31)),
)
_FRACTIONS = ("return", "bench", "cost", "turnover", "weight")


def figures() -> Iterator[Figure]:
    """Trade a reversal on the 50 best of the CSI 300, both ways; all is found equal first."""
    place = os.environ.get("QATLAS_TEST_DATA")
    if not place:
        print("backtests: set QATLAS_TEST_DATA to a Qlib directory of the CSI 300")
        return
    with TemporaryDirectory() as folder:
        for period in PERIODS:
            yield from _beside_qlib(_Trial.of(Path(place), period, LocalArtifacts(Path(folder))))


@dataclass(frozen=True, slots=True, eq=False)
class _Trial:
    """One backtest, with all that both executors read."""

    work: BacktestWork
    panels: MarketPanels
    days: TradingDays
    signal: TradedSignal

    @classmethod
    def of(cls, place: Path, period: Period, store: LocalArtifacts) -> "_Trial":
        """The backtest of a period, Qlib standing on its data."""
        market = MarketDirectory.open(place)
        spans = market.markets["csi300"]
        symbols = list(spans)
        closes = read_bins(market, "close", symbols)
        scores = np.full(closes.shape, np.nan)
        scores[5:] = closes[:-5] / closes[5:] - 1
        arrays = (scores, market.calendar, np.array(symbols))
        first, last = (market.calendar[end].item() for end in (0, -1))
        work = BacktestWork(
            bars=Bars(str(place), "cn", stamp(place)),
            signal=StoredPanel(*(store.put_array(array) for array in arrays)),
            members={one: tuple((span.start, span.end) for span in spans[one]) for one in symbols},
            signal_period=Period(first, last),
            period=period,
            benchmark="SH000300",
            account=1e8,
            strategy=StrategySpec(50, 5),
            exchange=default_exchange("cn"),
        )
        qlib_on(work.bars, store)
        panels = open_panels(work.bars, store)
        days = trading_days(period, panels.directory.calendar)
        return cls(work, panels, days, traded_signal(work, store, days))

    def quotes(self) -> tuple[Quotes, np.ndarray]:
        """What our executor reads."""
        days, held = self.days.days, self.signal.held
        return (
            open_quotes(self.panels, self.work.exchange, held, days, unheard),
            benchmark_returns(self.work.benchmark, self.panels, days, unheard),
        )


def _beside_qlib(trial: _Trial) -> Iterator[Figure]:
    from compute.trading.reference import open_exchange, trade_in_qlib, traded

    quotes, bench = trial.quotes()
    ours = trade(trial.work, trial.signal, quotes, bench, unheard)
    theirs = trade_in_qlib(trial.work, trial.signal, trial.days, unheard)
    _require_equal(ours, theirs)
    rows = f"{len(trial.days.days):,} days, {len(theirs['trades']['date']):,} trades"
    exchange = open_exchange(trial.work.exchange, trial.signal.held, trial.days)
    warm = _seconds(lambda: trade(trial.work, trial.signal, quotes, bench, unheard))
    peer = _seconds(lambda: traded(trial.work, trial.signal, exchange, trial.days, unheard), 1)
    yield _figure(trial, "quotes at hand", warm, peer, rows)
    cold = _seconds(lambda: trade(trial.work, trial.signal, *trial.quotes(), unheard))
    peer = _seconds(lambda: trade_in_qlib(trial.work, trial.signal, trial.days, unheard), 1)
    yield _figure(trial, "quotes read from panels", cold, peer, rows)


def _figure(trial: _Trial, what: str, ours: float, peer: float, rows: str) -> Figure:
    period = trial.work.period
    return Figure(
        f"Backtest, top 50 of CSI 300, {period.start.year} to {period.end.year}, {what}",
        "ms",
        ours * 1e3,
        peer * 1e3 / FASTER,
        peer * 1e3,
        "Qlib",
        f"{rows}; ours the median of {ROUNDS}, Qlib's one run; both have the ranked signal; all "
        "tables found equal to 1e-12",
    )


def _seconds(run: Callable[[], object], rounds: int = ROUNDS) -> float:
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        run()
        taken.append(time.perf_counter() - begun)
    return median(taken)


def _require_equal(ours: Tables, theirs: Tables) -> None:
    for name, table in theirs.items():
        for column, expected in table.items():
            found, said = ours[name][column], f"{name} {column}"
            if expected.dtype != np.dtype("f8"):
                np.testing.assert_array_equal(found, expected, said)
            elif column in _FRACTIONS and name != "trades":
                np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12, err_msg=said)
            else:
                np.testing.assert_allclose(found, expected, rtol=1e-12, atol=0, err_msg=said)
