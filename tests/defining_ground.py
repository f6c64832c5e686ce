"""A catalogue on which definitions can be written: two markets, factors, a set and a model."""

from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
from sqlalchemy import func, select

from bars.universes import Span
from bars.writing import write_market
from catalog.database import Database
from catalog.sources import EDGE, ENTITY, NAME, TAG
from domain.definitions import (
    FactorDefinition,
    FactorSetDefinition,
    GivenPeriod,
    GivenSegments,
    ModelDefinition,
    ModelParts,
)
from domain.errors import NameTakenError, NotFoundError, QatlasError
from domain.input_issues import InvalidInputError
from domain.regions import Region
from resolvers.defining.editing import Editor
from resolvers.defining.factor_sets import create_factor_set
from resolvers.defining.factors import create_factor
from resolvers.defining.models import create_model
from resolvers.desk import Desk
from resolvers.facts import Facts
from resolvers.importing import SAMPLE_MARKET, register_market
from resolvers.market_reading import MarketReading, read_market
from schema.lookups import CatalogLookups

SEGMENTS = GivenSegments(
    train=GivenPeriod(date(2005, 1, 3), date(2008, 12, 31)),
    valid=GivenPeriod(date(2009, 1, 2), date(2009, 12, 31)),
    test=GivenPeriod(date(2010, 1, 4), date(2013, 3, 1)),
)
LAST_DAY = date(2013, 3, 1)
"""Of the sample market's data."""

SMALL_MARKET = "small"
"""A Chinese market of 30 days in January and February 2024, with $pe and without $vwap."""

DAYS = np.arange(np.datetime64("2024-01-01"), np.datetime64("2024-01-31"))


@cache
def sample_reading(directory: Path) -> MarketReading:
    """The sample market, read once."""
    return read_market(directory, Region.US, "SPX")


def small_reading(target: Path) -> MarketReading:
    """A market that has another region and other fields than the sample market."""
    prices = np.linspace(10.0, 11.0, len(DAYS))
    change = np.append(np.nan, prices[1:] / prices[:-1] - 1)
    steady = dict.fromkeys(("open", "high", "low", "close", "pe"), prices)
    bars = {
        symbol: steady | {"volume": prices * 1e6, "factor": np.ones_like(prices), "change": change}
        for symbol in ("SH600000", "SH600004")
    }
    members = {symbol: (Span(date(2024, 1, 1)),) for symbol in bars}
    late = {"SH600000": (Span(date(2024, 1, 20)),)}
    write_market(target, DAYS, bars, {"both": members, "late": late})
    return read_market(target, Region.CN, None)


def editor_on(database: Database) -> Editor:
    """Ada, with a mind that remembers nothing."""
    return Editor(database, Desk(Facts(), CatalogLookups(database)), "ada")


async def register_sample(database: Database, directory: Path, name: str = SAMPLE_MARKET) -> None:
    """Import the sample market."""
    await register_market(database, name, sample_reading(directory), "ada")


async def register_small(database: Database, target: Path) -> None:
    """Import the other market."""
    await register_market(database, SMALL_MARKET, small_reading(target), "ada")


async def define_factors(database: Database) -> None:
    """Two factors that a set holds, and one that looks ahead."""
    texts = {
        "reversal": "1-$close/Ref($close,5)",
        "range": "$high/$low",
        "oracle": "Ref($close,-1)",
    }
    for name, text in texts.items():
        await create_factor(FactorDefinition(name=name, expression=text), editor_on(database))
    both = FactorSetDefinition(name="pair", factors=("reversal", "range"))
    await create_factor_set(both, editor_on(database))


async def define_model(database: Database) -> None:
    """A model on the set."""
    model = ModelDefinition(name="trees", parts=ModelParts(factor_set="pair", segments=SEGMENTS))
    await create_model(model, editor_on(database))


async def row_counts(database: Database) -> tuple[int, ...]:
    """How many names, versions, edges and tags are kept."""
    async with database.read() as session:
        tables = (NAME, ENTITY, EDGE, TAG)
        return tuple(
            [await session.scalar(select(func.count()).select_from(one)) or 0 for one in tables]
        )


def faults_of(error: QatlasError) -> dict[str, str]:
    """The sentence for each path of an input at fault."""
    if isinstance(error, InvalidInputError):
        return {issue.field: issue.message for issue in error.issues}
    assert isinstance(error, NameTakenError | NotFoundError) or error.code == "INVALID_EXPRESSION"
    assert error.field is not None
    return {error.field: error.message}
