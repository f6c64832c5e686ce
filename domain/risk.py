"""How daily returns add up."""

from enum import StrEnum


class AccumulationMode(StrEnum):
    """SUM adds daily returns as if the stake stayed the same; PRODUCT compounds them."""

    SUM = "SUM"
    PRODUCT = "PRODUCT"
