"""Two markets of the same symbols and universes, and different prices, days, members and rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import numpy as np
from asking_ground import ALL_DAYS, INDEX, MEMBERS

from bars.sample import Company
from bars.stamp import stamp
from bars.universes import Days, Span
from bars.writing import write_market
from catalog.database import Database
from domain.period import Period, Segments
from domain.regions import Region
from domain.work import Bars
from resolvers.importing import Adopted, register_market
from resolvers.market_reading import read_market

_Columns = dict[str, np.ndarray[Any, np.dtype[np.float64]]]


@dataclass(frozen=True, slots=True)
class MarketPlan:
    """What makes one market unlike the other."""

    name: str
    region: Region
    days: Days
    volatility: float
    factor: float
    companies: Mapping[str, Company]


US = MarketPlan(
    name="america",
    region=Region.US,
    days=ALL_DAYS[:120],
    volatility=0.01,
    factor=1.0,
    companies=MappingProxyType({"AAA": Company("American A", "Energy")}),
)
CN = MarketPlan(
    name="china",
    region=Region.CN,
    days=np.delete(ALL_DAYS[5:150], [20, 21, 22, 60]),  # with holidays of its own
    volatility=0.06,  # so that limits stop trades
    factor=2.5,  # so that units are of other numbers of adjusted shares
    companies=MappingProxyType(
        {"AAA": Company("Chinese A", "Utilities"), "BBB": Company("Chinese B", "Materials")}
    ),
)
PLANS = (US, CN)
UNIVERSE = "five"

SEGMENTS = Segments(
    train=Period(date(2020, 1, 20), date(2020, 3, 31)),
    valid=Period(date(2020, 4, 1), date(2020, 4, 24)),
    test=Period(date(2020, 4, 27), date(2020, 5, 22)),
)
TRADED = Period(date(2020, 2, 20), date(2020, 5, 20))


def write_plan(plan: MarketPlan, target: Path) -> Bars:
    """Write a market as a Qlib directory; in China EEE comes late and has no bars before."""
    bars = {symbol: columns_of(plan, symbol) for symbol in (*MEMBERS, INDEX)}
    spans = {symbol: (Span(cast(date, plan.days[0].item())),) for symbol in MEMBERS}
    if plan is CN:
        late = 40
        spans["EEE"] = (Span(cast(date, plan.days[late].item())),)
        for values in bars["EEE"].values():
            values[:late] = np.nan
    write_market(target, plan.days, bars, {UNIVERSE: spans})
    return Bars(str(target), plan.region.value, stamp(target))


def columns_of(plan: MarketPlan, symbol: str) -> _Columns:
    """The bars of an instrument, by field; they differ between markets."""
    numbers = np.random.default_rng(list(f"{plan.name}{symbol}".encode()))
    count = len(plan.days)
    close = 50 * np.cumprod(1 + numbers.normal(0.0005, plan.volatility, count))
    return {
        "open": close * 1.001,
        "high": close * 1.01,
        "low": close * 0.99,
        "close": close,
        "volume": np.round(numbers.uniform(1e5, 1e6, count)),
        "factor": np.full(count, plan.factor),
        "change": np.append(np.nan, close[1:] / close[:-1] - 1),
    }


async def register(database: Database, plan: MarketPlan, folder: Path) -> Adopted:
    """Write a market and register it."""
    target = folder / plan.name
    write_plan(plan, target)
    reading = read_market(target, plan.region, INDEX)
    return await register_market(
        database,
        plan.name,
        reading,
        "ada",
        currency=plan.region.currency,
        companies=plan.companies,
    )
