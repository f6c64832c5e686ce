"""How much of a portfolio lies in which sector."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.arrays import DateArray, FloatArray


@dataclass(frozen=True, slots=True)
class SectorExposure:
    """The weight of a sector; that of names sold short is negative.

    Attributes:
        sector: None for the names that have none.
        mean_weight: Mean over all days of the sum of the weights of its names.
        mean_gross_weight: The same of the weights without their signs.
        last_weight: The sum of the weights at the last close.
    """

    sector: str | None
    mean_weight: float
    mean_gross_weight: float
    last_weight: float


@dataclass(frozen=True, slots=True, eq=False)
class Holdings:
    """What was held, a row for each day and name; arrays have shape (rows,).

    Args:
        dates: datetime64[D].
        symbols: Fixed-width text.
        weights: Fractions of the account with its cash.
    """

    dates: DateArray
    symbols: NDArray[np.str_]
    weights: FloatArray


def sector_exposure(
    holdings: Holdings, sectors: Mapping[str, str], days: DateArray
) -> tuple[SectorExposure, ...]:
    """Add up weights by sector.

    Args:
        holdings: Of a backtest, at the close of its days.
        sectors: By symbol; names that are missing have none.
        days: All days of the backtest, ascending: one on which nothing is held counts as 0.

    Returns:
        The sectors that were ever held, the largest mean gross weight first, then by name; the
        names without a sector last. The mean weights and the mean share of cash add up to 1.
    """
    names, place = np.unique(holdings.symbols, return_inverse=True)
    kept = [sectors.get(str(name)) for name in names]
    groups: list[str | None] = [*sorted({one for one in kept if one is not None})]
    groups += [None] if None in kept else []
    group = np.array([groups.index(one) for one in kept], dtype=np.int64)[place]

    def added(weights: FloatArray) -> list[float]:
        sums: list[float] = np.bincount(group, weights, minlength=len(groups)).tolist()
        return sums

    on_last = holdings.dates == days[-1]
    net, gross = added(holdings.weights), added(np.abs(holdings.weights))
    last = added(np.where(on_last, holdings.weights, 0.0))
    found = [
        SectorExposure(sector, own / len(days), both / len(days), end)
        for sector, own, both, end in zip(groups, net, gross, last, strict=True)
    ]
    return tuple(
        sorted(found, key=lambda one: (one.sector is None, -one.mean_gross_weight, one.sector))
    )
