"""In which sectors a backtest was invested."""

from typing import cast

import numpy as np

from compute.analysis.sectors import Holdings, SectorExposure, sector_exposure
from domain.errors import EmptyDataError
from domain.records import BacktestRecord, UniverseRecord
from resolvers.inquiry import Inquiry
from resolvers.trading import history


async def exposure(
    backtest: BacktestRecord, snapshot: str | None, inquiry: Inquiry
) -> tuple[SectorExposure, ...]:
    """The weight of each sector that a backtest held.

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
    found = sector_exposure(Holdings(dates, symbols, weights), sectors, days)
    if all(one.sector is None for one in found):
        raise EmptyDataError(f"Nothing that {backtest.name} held has a sector; {_HOW}")
    return found


_HOW = "sectors come with a file of them, given to `qatlas market import` as --sectors."
