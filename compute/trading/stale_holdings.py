"""Holdings that have stopped having quotes: counted by day, and told of."""

import numpy as np
import numpy.typing as npt

from compute.portfolio_report import Columns
from compute.progress import ProgressReport, Report
from compute.trading.quote_checks import listed
from compute.trading.quotes import Quotes
from domain.severity import Severity


def count_stale(positions: Columns, quotes: Quotes) -> npt.NDArray[np.int64]:
    """How many holdings have no close on a day nor on a later one, shape (days,)."""
    rows = np.searchsorted(quotes.days, positions["date"])
    return np.bincount(rows[_is_stale(positions, quotes)], minlength=len(quotes.days))


def warn_of_stale(tables: dict[str, Columns], quotes: Quotes, report: Report) -> None:
    """Tell whose quotes stopped while they were held, and what becomes of them."""
    if not tables["report"]["stale_holdings"].any():
        return
    held = tables["positions"]
    symbols = np.unique(held["symbol"][_is_stale(held, quotes)]).tolist()
    first = tables["report"]["date"][np.flatnonzero(tables["report"]["stale_holdings"])[0]]
    message = (
        f"{listed(symbols)} had no quotes any more while held, the first from {first}: they stay "
        "at their last price and in their place, and once nDrop do, default TopkDropout may never "
        "trade again; delisted_policy LIQUIDATE_AT_LAST_PRICE sells them, only_tradable passes "
        "them over."
    )
    report(ProgressReport("trading", level=Severity.WARNING, message=message))


def _is_stale(positions: Columns, quotes: Quotes) -> npt.NDArray[np.bool_]:
    rows = np.searchsorted(quotes.days, positions["date"])
    columns = np.searchsorted(np.array(quotes.symbols), positions["symbol"])
    result: npt.NDArray[np.bool_] = rows > quotes.last_rows()[columns]
    return result
