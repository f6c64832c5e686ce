"""What the kernels of trading read: the market, the rules, and what is held."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from compute.engine.compiled import kernel

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Market(NamedTuple):
    """Quotes and scores; panels are (days, names) with the names ascending by symbol.

    `scores` are ranks of a day's signal from 1, NaN without one; `signal_rows` says for each day
    which of their rows is traded on, -1 for none. `last_closes` is the last row with a close of
    each name, -1 without any.
    """

    close: Floats
    deal: Floats
    factor: Floats
    limit_buy: Flags
    limit_sell: Flags
    scores: Floats
    signal_rows: Places
    last_closes: Places


class Rules(NamedTuple):
    """How is traded; a `trade_unit` of 0 is none."""

    topk: int
    n_drop: int
    hold_thresh: int
    only_tradable: bool
    forbid_at_limit: bool
    strict_topk: bool
    liquidates: bool
    risk_degree: float
    open_cost: float
    close_cost: float
    min_cost: float
    trade_unit: int


class Holdings(NamedTuple):
    """What is held of each name, shape (names,), and the money.

    `purse` has the cash, all cost and all turnover so far, and the account at the last close.
    """

    is_held: Flags
    amount: Floats
    price: Floats
    held_days: Places
    purse: Floats


CASH, COST, TURNOVER, ACCOUNT = 0, 1, 2, 3
"""Places in a purse."""


@kernel
def can_trade(market: Market, row: int, name: int) -> bool:
    """Whether a name is neither suspended nor at a limit, whichever way one would trade."""
    return not (market.limit_buy[row, name] or market.limit_sell[row, name])


@kernel
def count_held(holdings: Holdings) -> int:
    """How many names are held."""
    count = 0
    for name in range(len(holdings.is_held)):
        if holdings.is_held[name]:
            count += 1
    return count
