"""Every figure of a signal's evaluation against the library that it is named after.

On made-up panels with gaps, ties, constant days, late listings and changing members, and on
CSI 300 closes where they are at hand.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from pathlib import Path

import alphalens.performance as alphalens
import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from pandas.tseries.offsets import CustomBusinessDay
from qlib.contrib.eva.alpha import calc_ic, pred_autocorr
from scipy import stats

from compute.analysis.evaluation import SignalEvaluationFigures, decay, evaluate

# The peers warn of the constant days that are put in on purpose.
pytestmark = pytest.mark.filterwarnings("ignore:An input array is constant")

HORIZON_DAYS = 2
QUANTILES = 5


@dataclass(frozen=True, slots=True, eq=False)
class Market:
    """Panels over trading days, and the rows that are judged."""

    dates: pd.DatetimeIndex
    signal: npt.NDArray[np.float32]
    close: npt.NDArray[np.float32]
    members: npt.NDArray[np.bool_]
    period: slice

    def forward_returns(self, horizon_days: int) -> npt.NDArray[np.float32]:
        """Float32 returns, told with pandas and not with the code under test."""
        close = pd.DataFrame(self.close)
        returns = close.shift(-1 - horizon_days) / close.shift(-1) - np.float32(1)
        panel: npt.NDArray[np.float32] = returns.to_numpy(dtype=np.float32)
        return panel

    def frame(self, horizon_days: int) -> pd.DataFrame:
        """One row for each member-day of the period with a finite signal, in float64."""
        shape = self.signal.shape
        index = pd.MultiIndex.from_product([self.dates, range(shape[1])])
        frame = pd.DataFrame(
            {
                "signal": self.signal.astype(np.float64).ravel(),
                "return": self.forward_returns(horizon_days).astype(np.float64).ravel(),
                "day": np.repeat(np.arange(shape[0]), shape[1]),
            },
            index=index.set_names(["datetime", "instrument"]),
        )
        inside = frame["day"].between(self.period.start, self.period.stop - 1)
        frame = frame[inside & self.members.ravel() & np.isfinite(frame["signal"])]
        return frame.drop(columns="day")


def _made_up_market(seed: int, discrete: bool) -> Market:
    random = np.random.default_rng(seed)
    days, names = 140, 40
    dates = pd.bdate_range("2019-01-01", periods=days)
    close = 10 * np.exp(np.cumsum(random.normal(0, 0.02, size=(days, names)), axis=0))
    close[random.random((days, names)) < 0.05] = np.nan
    signal = random.normal(size=(days, names)).cumsum(axis=0)
    if discrete:
        signal = np.round(signal)
    signal[random.random((days, names)) < 0.05] = np.nan
    signal[50, 3] = np.inf
    for name in range(10):
        close[: 10 * name, name] = signal[: 10 * name, name] = np.nan
    members = random.random((days, names)).cumsum(axis=0) % 20 < 15
    signal[[40, 41, 90]] = 0.5
    members[60] = False
    members[70] = np.arange(names) == 20
    members[71] = np.arange(names) < 3
    return Market(
        dates, signal.astype(np.float32), close.astype(np.float32), members, slice(25, days)
    )


def _csi300_market(directory: Path) -> Market:
    """300 days of CSI 300; the signal is the change over the 20 days before."""
    calendar = pd.DatetimeIndex((directory / "calendars/day.txt").read_text().split())
    rows = slice(2000, 2345)
    dates = calendar[rows]
    spans = pd.read_csv(
        directory / "instruments/csi300.txt",
        sep="\t",
        names=["code", "start", "end"],
        parse_dates=["start", "end"],
    )
    spans = spans[(spans["start"] <= dates[-1]) & (spans["end"] >= dates[0])]
    codes = sorted(set(spans["code"]))
    close = np.full((len(calendar), len(codes)), np.nan, dtype=np.float32)
    for column, code in enumerate(codes):
        bin_file = directory / "features" / code.lower() / "close.day.bin"
        start, *values = np.fromfile(bin_file, dtype="<f4")
        close[int(start) : int(start) + len(values), column] = values
    signal = np.full_like(close, np.nan)
    signal[20:] = close[20:] / close[:-20] - 1
    members = np.zeros(close.shape, dtype=bool)
    for code, start, end in spans.itertuples(index=False):
        members[:, codes.index(code)] |= (calendar >= start) & (calendar <= end)
    return Market(dates, signal[rows], close[rows], members[rows], slice(20, 320))


@pytest.fixture(scope="module", params=["continuous", "discrete", "csi300"])
def market(request: pytest.FixtureRequest) -> Market:
    if request.param == "csi300":
        return _csi300_market(request.getfixturevalue("csi300_directory"))
    return _made_up_market(seed=17, discrete=request.param == "discrete")


@pytest.fixture(scope="module")
def figures(market: Market) -> SignalEvaluationFigures:
    return evaluate(
        market.signal, market.close, market.members, HORIZON_DAYS, QUANTILES, market.period
    )


@pytest.fixture(scope="module")
def daily_ics(market: Market) -> tuple[pd.Series, pd.Series]:
    """Qlib's IC and rank IC for each day of the period, NaN where it has none."""
    frame = market.frame(HORIZON_DAYS).dropna()
    days = market.dates[market.period]
    ic, rank_ic = calc_ic(frame["signal"], frame["return"])
    return ic.reindex(days), rank_ic.reindex(days)


def _quantile_numbers(values: pd.Series) -> pd.Series:
    """pandas.qcut, or exact arithmetic where ties make it raise."""
    try:
        return pd.qcut(values, QUANTILES, labels=False) + 1
    except ValueError:
        lowest = stats.rankdata(values, method="min").astype(int) - 1
        share = Fraction(QUANTILES, len(values) - 1)
        return pd.Series([max(1, ceil(share * int(m))) for m in lowest], index=values.index)


@pytest.fixture(scope="module")
def factor_data(market: Market) -> pd.DataFrame:
    """What alphalens works on, with the trading calendar as the frequency of its index."""
    frame = market.frame(HORIZON_DAYS).dropna()
    frame = frame[frame.groupby("datetime")["signal"].transform("size") >= QUANTILES]
    frame["factor_quantile"] = frame.groupby("datetime", group_keys=False)["signal"].apply(
        _quantile_numbers
    )
    weekdays = pd.bdate_range(market.dates[0], market.dates[-1])
    holidays = weekdays.difference(market.dates).to_numpy().astype("datetime64[D]")
    grid = pd.DatetimeIndex(market.dates, freq=CustomBusinessDay(holidays=list(holidays)))
    frame.index = pd.MultiIndex(
        levels=[grid, range(market.signal.shape[1])],
        codes=[
            grid.get_indexer(frame.index.get_level_values(0)),
            frame.index.get_level_values(1).to_numpy(),
        ],
        names=["date", "asset"],
    )
    return frame.rename(columns={"signal": "factor", "return": "2D"})


def test_daily_ic_is_qlibs(
    figures: SignalEvaluationFigures, daily_ics: tuple[pd.Series, pd.Series]
) -> None:
    np.testing.assert_allclose(figures.daily_ic, daily_ics[0], atol=1e-12)


def test_daily_rank_ic_is_qlibs(
    figures: SignalEvaluationFigures, daily_ics: tuple[pd.Series, pd.Series]
) -> None:
    np.testing.assert_allclose(figures.daily_rank_ic, daily_ics[1], atol=1e-12)


def test_mean_ics_and_information_ratios_are_qlibs(
    figures: SignalEvaluationFigures, daily_ics: tuple[pd.Series, pd.Series]
) -> None:
    ic, rank_ic = daily_ics

    assert figures.ic == pytest.approx(ic.mean(), rel=1e-10)
    assert figures.rank_ic == pytest.approx(rank_ic.mean(), rel=1e-10)
    # SigAnaRecord of Qlib divides so.
    assert figures.icir == pytest.approx(ic.mean() / ic.std(), rel=1e-10)
    assert figures.rank_icir == pytest.approx(rank_ic.mean() / rank_ic.std(), rel=1e-10)
    assert figures.days == ic.count()


def test_rank_ic_is_alphalenss(
    figures: SignalEvaluationFigures, market: Market, factor_data: pd.DataFrame
) -> None:
    theirs = alphalens.factor_information_coefficient(factor_data)["2D"]
    ours = pd.Series(figures.daily_rank_ic, index=market.dates[market.period])
    # Days with fewer names than quantiles are not in alphalens' data but have a rank IC.
    days = factor_data.index.unique("date")

    assert theirs.count() > 90
    np.testing.assert_allclose(ours.reindex(days), theirs.reindex(days), atol=1e-12)


def test_autocorrelation_is_qlibs(market: Market, figures: SignalEvaluationFigures) -> None:
    # Qlib compares with the day before that its index has: give it every day.
    signal = market.frame(HORIZON_DAYS)["signal"].unstack().reindex(market.dates[market.period])
    theirs = pred_autocorr(signal.stack(future_stack=True))

    assert theirs.count() > 100
    assert figures.autocorrelation == pytest.approx(theirs.mean(), rel=1e-10)


def test_coverage_is_that_of_a_pandas_count(
    market: Market, figures: SignalEvaluationFigures
) -> None:
    members = pd.DataFrame(market.members[market.period])
    finite = pd.DataFrame(np.isfinite(market.signal[market.period]))
    shares = finite.where(members).astype("float64").mean(axis=1)

    assert figures.coverage == pytest.approx(shares.mean(), rel=1e-12)


def test_turnover_is_alphalenss(
    figures: SignalEvaluationFigures, factor_data: pd.DataFrame
) -> None:
    theirs = alphalens.quantile_turnover(factor_data["factor_quantile"], QUANTILES, period=1)

    assert theirs.count() > 80
    assert figures.turnover == pytest.approx(theirs.mean(), rel=1e-12)


def test_quantile_returns_are_alphalenss(
    figures: SignalEvaluationFigures, factor_data: pd.DataFrame
) -> None:
    theirs, _ = alphalens.mean_return_by_quantile(factor_data, demeaned=False)
    sizes = factor_data["factor_quantile"].value_counts()

    assert [ours.quantile for ours in figures.quantile_returns] == theirs.index.tolist()
    for ours in figures.quantile_returns:
        assert ours.mean_return == pytest.approx(theirs.loc[ours.quantile, "2D"], rel=1e-10)
        assert ours.count == sizes[ours.quantile]


def test_long_short_return_is_the_spread_of_alphalenss_daily_means(
    figures: SignalEvaluationFigures, factor_data: pd.DataFrame
) -> None:
    daily, _ = alphalens.mean_return_by_quantile(factor_data, by_date=True, demeaned=False)
    means = daily["2D"].unstack("factor_quantile")

    expected = (means[QUANTILES] - means[1]).mean()

    assert figures.long_short_return == pytest.approx(expected, rel=1e-9)


def test_decay_is_qlibs_ic_of_each_horizon(market: Market) -> None:
    horizons = [1, 5, 20]

    figures = decay(market.signal, market.close, market.members, horizons, market.period)

    for figure, (ic, rank_ic) in zip(figures, _decayed(market, horizons), strict=True):
        assert figure.ic == pytest.approx(ic, rel=1e-9)
        assert figure.rank_ic == pytest.approx(rank_ic, rel=1e-9)


def _decayed(market: Market, horizons: list[int]) -> Iterator[tuple[float, float]]:
    for horizon in horizons:
        frame = market.frame(horizon).dropna()
        ic, rank_ic = calc_ic(frame["signal"], frame["return"])
        yield ic.mean(), rank_ic.mean()
