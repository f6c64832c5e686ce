"""How much of a portfolio lies in which sector."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.arrays import DateArray, FloatArray, FloatPanel


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


@dataclass(frozen=True, slots=True, eq=False)
class SectorWeights:
    """How much lay in which sector at the close of each day.

    Attributes:
        sectors: A name for each column; None for the names that have none. The largest mean gross
            weight comes first, then the name; None is last.
        net: Shape (days, sectors), fractions of the account with its cash: sums of weights, 0 where
            nothing was held.
        gross: The same of weights without their signs.
    """

    sectors: tuple[str | None, ...]
    net: FloatPanel
    gross: FloatPanel


def sector_weights(
    holdings: Holdings, sectors: Mapping[str, str], days: DateArray
) -> SectorWeights:
    """Add up the weights of each day by sector.

    Args:
        holdings: Of a backtest, at the close of its days.
        sectors: By symbol; names that are missing have none.
        days: All days of the backtest, ascending.

    Returns:
        The sectors that were ever held. On each day their net weights and the share of cash add up
        to 1.
    """
    names, place = np.unique(holdings.symbols, return_inverse=True)
    kept = [sectors.get(str(name)) for name in names]
    groups: list[str | None] = [*sorted({one for one in kept if one is not None})]
    groups += [None] if None in kept else []
    group = np.array([groups.index(one) for one in kept], dtype=np.int64)[place]
    day = np.searchsorted(days, holdings.dates)

    def added(weights: FloatArray) -> FloatPanel:
        sums = np.zeros((len(days), len(groups)))
        np.add.at(sums, (day, group), weights)
        return sums

    net, gross = added(holdings.weights), added(np.abs(holdings.weights))
    sizes = gross.sum(axis=0).tolist()
    order = sorted(range(len(groups)), key=lambda one: (groups[one] is None, -sizes[one], one))
    return SectorWeights(tuple(groups[one] for one in order), net[:, order], gross[:, order])


def sector_exposure(weights: SectorWeights) -> tuple[SectorExposure, ...]:
    """The mean over all days and the last day of each sector, in the order of its columns.

    The mean weights and the mean share of cash add up to 1.
    """
    means = weights.net.mean(axis=0).tolist(), weights.gross.mean(axis=0).tolist()
    found = zip(weights.sectors, *means, weights.net[-1].tolist(), strict=True)
    return tuple(SectorExposure(*one) for one in found)
