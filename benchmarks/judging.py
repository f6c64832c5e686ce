"""158 factors judged beside Qlib's calc_ic and alphalens-reloaded, found equal before.

`QATLAS_TEST_DATA` names a Qlib directory of the CSI 300; without it the market is made up. Peers
judge a few factors, and their time is scaled up to all.
"""

import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from bars.directory import MarketDirectory
from bars.stamp import stamp
from benchmarks.engine_market import write
from benchmarks.engine_real import real_directory
from benchmarks.figures import Figure, median
from catalog.artifacts import LocalArtifacts
from compute.analysis.evaluation import SignalEvaluationFigures, Yardstick, judge
from compute.analysis.quantiles import assign_quantiles
from compute.analysis.ranks import ordered
from compute.judging_many import evaluate_many, measured_by
from compute.member_values import MemberValues
from compute.progress import unheard
from compute.qlib_factor_sets import alpha158
from domain.arrays import Array
from domain.expression import parse
from domain.period import Period
from domain.work import Bars, EvaluationsWork, JudgedSignal

HORIZON_DAYS = 1
QUANTILES = 5
FASTER = 20
ROUNDS = 3
FEW = ("KMID", "STD60", "CORR10", "ROC20")
"""The factors that peers judge."""
_REAL = Period(date(2017, 1, 3), date(2020, 7, 31))
_MADE_UP = 300, 900
"""Instruments and days."""


def figures() -> Iterator[Figure]:
    """Our time for judging all factors beside the peers', then that of the whole pass."""
    with TemporaryDirectory(prefix="qatlas-bench-") as name, _quiet():
        store = LocalArtifacts(Path(name) / "artifacts")
        work = _work(Path(name))
        trial = _Trial.of(work, store)
        trial.require_equal()
        ours = median([_seconds(trial.judge_all) for _ in range(ROUNDS)])
        what = f"judge {len(work.signals)} factors over {trial.over}, values given"
        for peer, seconds in (("calc_ic", trial.by_qlib), ("alphalens", trial.by_alphalens)):
            took = seconds()
            yield Figure(
                f"{what}, beside {peer}",
                "s",
                ours,
                took / FASTER,
                took,
                peer,
                f"one thread; {peer} on {len(FEW)} factors, scaled up; {_SAID[peer]}",
            )
        whole = [_seconds(lambda: evaluate_many(work, store, unheard)) for _ in range(ROUNDS)]
        yield Figure(
            f"compute, judge and keep {len(work.signals)} factors over {trial.over}",
            "s",
            median(whole),
            note="the whole pass behind a leaderboard, all cores",
        )


_SAID = {
    "calc_ic": "IC and rank IC equal within 1e-12; ours gives all other figures in that time, too",
    "alphalens": "rank IC, quantile returns and turnover equal within 1e-9, quantiles given to it",
}


def _work(folder: Path) -> EvaluationsWork:
    """Alpha158 over the shares of CSI 300, or over a market that is made up."""
    directory, universe, region, period = real_directory(), "csi300", "cn", _REAL
    if directory is None:
        directory, universe, region = write(folder / "market", *_MADE_UP), "all", "us"
        days = MarketDirectory.open(directory).calendar
        period = Period(days[100].item(), days[-1].item())
    spans = MarketDirectory.open(directory).markets[universe]
    members = {
        symbol: tuple((span.start, span.end) for span in stays)
        for symbol, stays in spans.items()
        if any(
            span.start <= period.end and (span.end or period.end) >= period.start for span in stays
        )
    }
    signals = tuple(
        JudgedSignal(name, parse(expression).canonical, f"evaluation-{name}", f"refusal-{name}")
        for name, expression in alpha158()
    )
    bars = Bars(str(directory), region, stamp(directory))
    return EvaluationsWork(bars, signals, members, period, HORIZON_DAYS, QUANTILES)


@dataclass(frozen=True, slots=True, eq=False)
class _Trial:
    """Values of all factors, and the same of a few as peers have them."""

    values: MemberValues
    by: Yardstick
    signals: Mapping[str, Array]

    @classmethod
    def of(cls, work: EvaluationsWork, store: LocalArtifacts) -> "_Trial":
        values = MemberValues.over(work, work.signals, store)
        found = {
            signal.name: one
            for batch in values.values(work.signals, unheard)
            for signal, one in batch
            if isinstance(one, np.ndarray)
        }
        assert len(found) == len(work.signals)
        return cls(values, measured_by(values, HORIZON_DAYS), found)

    @property
    def over(self) -> str:
        """How much is judged."""
        days = self.values.sections.days
        return f"{days:,} days and {len(self.values.sections) / days:.0f} members"

    def judge_all(self) -> list[SignalEvaluationFigures]:
        """Every figure of every factor."""
        return [judge(one, self.by, QUANTILES) for one in self.signals.values()]

    def require_equal(self) -> None:
        """Check our figures of a few factors against both peers'."""
        days = pd.DatetimeIndex(self.values.dates.astype("datetime64[ns]"))
        for name in FEW:
            ours, frame = judge(self.signals[name], self.by, QUANTILES), self._frame(name)
            ics = _calc_ic(frame)
            for own, theirs in zip((ours.daily_ic, ours.daily_rank_ic), ics, strict=True):
                _require_close(own, theirs.reindex(days), 1e-12)
            rank_ic, means, entered = _alphalens(frame)
            _require_close(ours.daily_rank_ic, rank_ic["1D"].reindex(days), 1e-9)
            _require_close([one.mean_return for one in ours.quantile_returns], means[0]["1D"], 1e-9)
            _require_close([ours.turnover], [entered.mean()], 1e-9)

    def by_qlib(self) -> float:
        """Seconds of calc_ic for all factors."""
        return self._scaled(_calc_ic)

    def by_alphalens(self) -> float:
        """Seconds of alphalens for all factors."""
        return self._scaled(_alphalens)

    def _scaled(self, peer: Callable[[pd.DataFrame], object]) -> float:
        frames = [self._frame(name) for name in FEW]
        seconds = sum(_seconds(partial(peer, frame)) for frame in frames)
        return seconds * len(self.signals) / len(FEW)

    def _frame(self, name: str) -> pd.DataFrame:
        """Rows with a value and a return in double precision, as alphalens wants them."""
        sections, returns = self.values.sections, self.by.returns.values
        signal = ordered(self.signals[name], sections)
        rows, columns = np.nonzero(sections.members)
        days = pd.DatetimeIndex(self.values.dates.astype("datetime64[ns]"))
        weekdays = pd.bdate_range(days[0], days[-1])
        closed = weekdays.difference(days).to_numpy().astype("datetime64[D]")
        grid = pd.DatetimeIndex(days, freq=pd.offsets.CustomBusinessDay(holidays=list(closed)))
        index = pd.MultiIndex(
            levels=[grid, range(sections.members.shape[1])],
            codes=[rows, columns],
            names=["date", "asset"],
        )
        frame = pd.DataFrame(
            {
                "1D": returns.astype(np.float64),
                "factor": signal.values.astype(np.float64),
                "factor_quantile": assign_quantiles(signal, returns, sections, QUANTILES),
            },
            index,
        )
        return frame[np.isfinite(frame["factor"]) & np.isfinite(frame["1D"])]


def _calc_ic(frame: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    from qlib.contrib.eva.alpha import calc_ic

    found: tuple[pd.Series, pd.Series] = calc_ic(frame["factor"], frame["1D"], date_col="date")
    return found


def _alphalens(frame: pd.DataFrame) -> tuple[Any, Any, Any]:
    from alphalens import performance

    return (
        performance.factor_information_coefficient(frame),
        performance.mean_return_by_quantile(frame, demeaned=False),
        performance.quantile_turnover(frame["factor_quantile"], QUANTILES, period=1),
    )


def _require_close(ours: Any, theirs: Sequence[float] | pd.Series, within: float) -> None:
    np.testing.assert_allclose(
        np.asarray(ours, dtype=np.float64),
        np.asarray(theirs, dtype=np.float64),
        rtol=within,
        atol=within,
    )


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the warnings of peers about constant days."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield
