"""In which sectors a backtest was invested."""

from dataclasses import dataclass
from typing import cast

import numpy as np

from compute.analysis.sectors import Holdings, SectorWeights, sector_weights
from domain.arrays import DateArray
from domain.errors import EmptyDataError
from domain.records import BacktestRecord, UniverseRecord
from resolvers.inquiry import Answer, Inquiry
from resolvers.trading import history

_HOW = "sectors come with a file of them, given to `qatlas market import` as --sectors."


@dataclass(frozen=True, slots=True, eq=False)
class SectorsHeld:
    """The sectors of what a backtest held.

    Attributes:
        answer: What it did.
        dates: Its days, datetime64[D], ascending.
        weights: Of each sector on each of these days.
        sector_of: The sector of each symbol that was ever held, None of those without one.
    """

    answer: Answer
    dates: DateArray
    weights: SectorWeights
    sector_of: tuple[tuple[str, str | None], ...]


async def sectors_held(
    backtest: BacktestRecord, snapshot: str | None, inquiry: Inquiry
) -> SectorsHeld:
    """The weight of each sector that a backtest held, day by day.

    Raises:
        EmptyDataError: Nothing that was held has a sector.
        QatlasError: The backtest has no answer.
    """
    universe = cast(UniverseRecord, await inquiry.lookups.entity(backtest.spec.universe_id))
    sectors = await inquiry.lookups.sectors(universe.market_id)
    if not sectors:
        raise EmptyDataError(f"No instrument of the market {universe.market} has a sector; {_HOW}")
    answer = await history(backtest, snapshot, inquiry)
    artifacts, store = answer.result.artifacts, inquiry.services.store
    dates, symbols, weights = (
        np.asarray(store.open_array(artifacts[f"positions:{name}"]))
        for name in ("date", "symbol", "weight")
    )
    days = np.asarray(store.open_array(artifacts["report:date"]))
    found = sector_weights(Holdings(dates, symbols, weights), sectors, days)
    if all(sector is None for sector in found.sectors):
        raise EmptyDataError(f"Nothing that {backtest.name} held has a sector; {_HOW}")
    held = np.unique(symbols).tolist()
    return SectorsHeld(answer, days, found, tuple((name, sectors.get(name)) for name in held))
