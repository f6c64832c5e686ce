"""The operators of "101 Formulaic Alphas" in plain pandas, as docs/expressions.md explains them.

They share nothing with our kernels. A market is a mapping of frames by day and instrument: open,
high, low, close, volume, vwap and market_cap as float32, members as bool, and sectors, a series by
instrument, NaN where there is none. As in Qlib, arithmetic on fields stays float32, and rolling
windows may be partial.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

Market = Mapping[str, Any]
Frame = pd.DataFrame


def finite(x: Frame) -> Frame:
    return x.where(np.isfinite(x))


def rolling(x: Frame, days: int) -> Any:
    return finite(x).rolling(days, min_periods=1)


def correlation(x: Frame, y: Frame, days: int) -> Frame:
    """As in Qlib, not where either hardly moves."""
    still = [np.isclose(rolling(side, days).std(), 0, atol=2e-5) for side in (x, y)]
    return rolling(x, days).corr(finite(y)).mask(still[0] | still[1])


def ts_rank(x: Frame, days: int) -> Frame:
    return rolling(x, days).rank(pct=True)


def delta(x: Frame, days: int) -> Frame:
    return x - x.shift(days)


def signed_power(x: Frame, a: Frame | float) -> Frame:
    return np.sign(x) * np.abs(x) ** a


def decay_linear(x: Frame, days: int) -> Frame:
    x = finite(x)
    lags = range(days)
    total = sum((days - lag) * x.shift(lag).fillna(0) for lag in lags)
    weights = sum((days - lag) * x.shift(lag).notna() for lag in lags)
    return total / weights.where(weights > 0)


def ts_argmax(x: Frame, days: int) -> Frame:
    """`days` is today, 1 the oldest day; the most recent of equals."""
    largest = rolling(x, days).max()
    found = largest * np.nan
    for lag in reversed(range(days)):
        found = found.mask(finite(x).shift(lag) == largest, days - lag)
    return found


def ts_argmin(x: Frame, days: int) -> Frame:
    return ts_argmax(-x, days)


def product(x: Frame, days: int) -> Frame:
    return rolling(x, days).apply(np.nanprod, raw=True)


def adv(market: Market, days: int) -> Frame:
    return rolling(market["close"] * market["volume"], days).mean()


def returns(market: Market) -> Frame:
    return market["close"] / market["close"].shift(1) - 1


def among_members(x: Frame, market: Market) -> Frame:
    return finite(x.astype(float)).where(market["members"])


def rank(x: Frame, market: Market) -> Frame:
    return among_members(x, market).rank(axis=1, pct=True)


def zscore(x: Frame, market: Market) -> Frame:
    x = among_members(x, market)
    spread = x.std(axis=1, ddof=1).where(x.nunique(axis=1) > 1)
    return x.sub(x.mean(axis=1), axis=0).div(spread, axis=0)


def demean(x: Frame, market: Market) -> Frame:
    x = among_members(x, market)
    return x.sub(x.mean(axis=1), axis=0)


def scale(x: Frame, market: Market) -> Frame:
    x = among_members(x, market)
    total = x.abs().sum(axis=1)
    return x.div(total.where(total > 0), axis=0)


def winsorize(x: Frame, q: float, market: Market) -> Frame:
    x = among_members(x, market)
    return x.clip(x.quantile(q, axis=1), x.quantile(1 - q, axis=1), axis=0)


def indneutralize(x: Frame, market: Market) -> Frame:
    columns = among_members(x, market).T
    groups = columns.groupby(market["sectors"])
    return (columns - groups.transform("mean")).where(market["sectors"].notna(), axis=0).T


def residual(x: Frame, by: Frame, market: Market) -> Frame:
    x, by = among_members(x, market), among_members(by, market)
    out = x * np.nan
    for day in x.index:
        both = x.loc[day].notna() & by.loc[day].notna()
        y, z = x.loc[day, both], by.loc[day, both]
        if len(y) >= 3 and z.nunique() > 1:
            slope, intercept = np.polyfit(z, y, 1)
            out.loc[day, both] = y - slope * z - intercept
    return out


def choose(condition: Frame, x: Any, y: Any) -> Frame:
    return Frame(np.where(condition, x, y), condition.index, condition.columns)


def holds(condition: Frame) -> Frame:
    """A comparison as a number."""
    return condition.astype(float)


def middle(market: Market) -> Frame:
    return (market["high"] + market["low"]) / 2


def blend(x: Frame, y: Frame, weight: float) -> Frame:
    return x * weight + y * (1 - weight)
