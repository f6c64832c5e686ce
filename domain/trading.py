"""Words of trading."""

from enum import StrEnum


class Side(StrEnum):
    """Which way a trade goes."""

    BUY = "BUY"
    SELL = "SELL"
