"""What a name earned after a day."""

import numpy as np
import numpy.typing as npt

from domain.arrays import FloatPanel
from domain.errors import BadInputError


def forward_returns(close: FloatPanel, horizon_days: int) -> npt.NDArray[np.float32]:
    """Return of holding each name over a horizon, bought at the close of the day after.

    Args:
        close: Adjusted closes, shape (days, instruments), one row for each trading day without
            a hole; NaN where a name has no close.
        horizon_days: Trading days from purchase to sale, at least 1.

    Returns:
        Fractions (0.01 is 1 %) as float32, same shape: row t holds close[t+1+h] / close[t+1] - 1.
        NaN where either close is missing, and in the last 1 + horizon_days rows.

    Raises:
        BadInputError: The horizon is below 1.

    Source:
        Ref($close,-1-h)/Ref($close,-1)-1, bit for bit what Qlib computes in float32 on the rows
        from a name's first bar to its last. The day before the first bar has a return too, which
        Qlib has no row for; no signal made of bars has a value there.
    """
    require_horizon(horizon_days)
    prices = close.astype(np.float32, copy=False)
    returns = np.full(prices.shape, np.nan, dtype=np.float32)
    known = prices.shape[0] - 1 - horizon_days
    if known > 0:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            np.divide(prices[1 + horizon_days :], prices[1:-horizon_days], out=returns[:known])
            returns[:known] -= np.float32(1)
    return returns


def require_horizon(horizon_days: int) -> None:
    """Refuse a horizon that does not lie ahead."""
    if horizon_days < 1:
        raise BadInputError(
            f"A horizon of {horizon_days} days does not lie ahead; give 1 or more.", "horizonDays"
        )
