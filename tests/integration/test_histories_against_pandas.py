"""Jumps, gaps and stale prices of real markets are those that pandas finds the plain way."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from history_ground import history_issues

from bars.bins import read_bins
from bars.directory import MarketDirectory
from bars.indices import looks_like_index
from bars.quality import MAX_EXAMPLES, QualityIssue
from bars.sample import BENCHMARK


def closes_of(path: Path) -> pd.DataFrame:
    """Closes of the shares, days by symbols."""
    market = MarketDirectory.open(path)
    symbols = [name for name in market.instruments if name != BENCHMARK]
    shares = [symbol for symbol in symbols if not looks_like_index(symbol)]
    closes = read_bins(market, "close", shares)
    return pd.DataFrame(closes, index=market.calendar, columns=shares)


def with_holes(closes: pd.DataFrame) -> pd.DataFrame:
    """The closes without one day in thirty and a few long stretches."""
    chance = np.random.default_rng(21)
    holed = closes.mask(chance.random(closes.shape) < 1 / 30)
    for column, start in enumerate(chance.integers(0, len(closes) - 400, closes.shape[1])):
        holed.iloc[start : start + 40 * (1 + column % 7), column] = np.nan
    return holed


def with_suspensions_filled(closes: pd.DataFrame) -> pd.DataFrame:
    """As vendors give suspended days: each with the close before."""
    return with_holes(closes).ffill()


def with_errors(closes: pd.DataFrame) -> pd.DataFrame:
    """Prices that change their unit for good now and then."""
    chance = np.random.default_rng(22)
    units = np.cumsum(chance.normal(size=closes.shape) * (chance.random(closes.shape) < 0.002), 0)
    return (with_holes(closes) * np.exp(3 * units)).astype(np.float32)


VARIANTS = (lambda closes: closes, with_holes, with_suspensions_filled, with_errors)


@pytest.fixture(params=["sample_directory", "csi300_directory"])
def closes(request: pytest.FixtureRequest) -> pd.DataFrame:
    """The sample market, and every twentieth share of the CSI 300, where pandas takes long."""
    closes = closes_of(request.getfixturevalue(request.param))
    return closes if request.param == "sample_directory" else closes.iloc[:, ::20]


@pytest.fixture(params=VARIANTS, ids=["as it is", "holes", "filled", "errors"])
def panel(request: pytest.FixtureRequest, closes: pd.DataFrame) -> pd.DataFrame:
    changed: pd.DataFrame = request.param(closes)
    return changed


def found_in(panel: pd.DataFrame) -> dict[str, QualityIssue]:
    shares = {symbol: {"close": panel[symbol].to_numpy()} for symbol in panel}
    return history_issues(shares, panel.index.to_numpy().astype("datetime64[D]"))


def jumps(panel: pd.DataFrame) -> list[str]:
    """Moves of more than half that are neither taken back by the next close nor take one back."""
    told = []
    for symbol in panel:
        close = panel[symbol].dropna().astype(float)
        move = close.pct_change(fill_method=None)
        left = (close.shift(-1) / close.shift(1) - 1).abs()
        spike = (move.abs() > 0.05) & (left <= (move.abs() / 4).clip(upper=0.1))
        jump = (move.abs() > 0.5) & ~spike & ~spike.shift(1, fill_value=False)
        told += [f"{symbol} {day.date()}: {move[day] * 100:+.0f} %" for day in close.index[jump]]
    return told


def gap_days(panel: pd.DataFrame) -> int:
    return sum(int(panel[one].loc[slice(*ends(panel[one]))].isna().sum()) for one in panel)


def ends(close: pd.Series) -> tuple[object, object]:
    return close.first_valid_index(), close.last_valid_index()


def longest_gaps(panel: pd.DataFrame) -> list[int]:
    lengths: list[int] = []
    for symbol in panel:
        inside = panel[symbol].loc[slice(*ends(panel[symbol]))]
        missing = inside.isna()
        lengths += missing.groupby((~missing).cumsum()).sum().tolist()
    return sorted((one for one in lengths if one), reverse=True)


def stale_runs(panel: pd.DataFrame) -> list[str]:
    told = []
    for symbol in panel:
        close = panel[symbol].dropna()
        runs = pd.DataFrame({"day": close.index, "run": (close != close.shift()).cumsum()})
        days = runs.groupby("run").day.agg(["first", "last", "size"])
        for run in days[days["size"] >= 10].itertuples():
            told.append(f"{symbol} {run.first.date()} to {run.last.date()}: {close[run.first]:.6g}")
    return told


def test_findings_are_those_of_pandas(panel: pd.DataFrame) -> None:
    found = found_in(panel)
    for check, told in (("PRICE_JUMPS", jumps(panel)), ("STALE_PRICES", stale_runs(panel))):
        assert (check in found) == bool(told)
        if told:
            assert found[check].count == len(told)
            assert found[check].examples == tuple(told[:MAX_EXAMPLES])
    assert (found["BAR_GAPS"].count if "BAR_GAPS" in found else 0) == gap_days(panel)
    examples = found["BAR_GAPS"].examples if "BAR_GAPS" in found else ()
    assert [int(one.split(": ")[1].split()[0]) for one in examples] == longest_gaps(panel)[:5]


def test_the_changes_make_something_to_find(closes: pd.DataFrame) -> None:
    assert gap_days(with_holes(closes)) > 30 * closes.shape[1]
    assert len(stale_runs(with_suspensions_filled(closes))) >= closes.shape[1] / 2
    assert len(jumps(with_errors(closes))) > closes.shape[1]
