"""Panels in the artifact store, and those among them that came from a file."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class StoredPanel:
    """A panel [day, instrument] in the artifact store: digests of three `.npy` files.

    `values` is (days, instruments), float32 for expressions, float64 for predictions, and either
    for what was imported; `dates` is datetime64[D], `symbols` fixed-width text.
    """

    values: str
    dates: str
    symbols: str


@dataclass(frozen=True, slots=True)
class ImportedValues:
    """Values of a factor that came from a file, and that nobody here can compute again.

    Attributes:
        factor: The factor's name, for sentences.
        market: Whose instruments and days they are of.
        panel: Where they are.
        start: The first day with a value.
        end: The last one.
        instruments: How many instruments have any.
    """

    factor: str
    market: str
    panel: StoredPanel
    start: date
    end: date
    instruments: int


Feature = str | StoredPanel
"""What the values of a factor are made of: a canonical expression, or a panel that was imported."""


def expressions_of(features: Iterable[tuple[str, Feature]]) -> tuple[str | None, ...]:
    """The expression of each of some named features; None for what was imported."""
    return tuple(feature if isinstance(feature, str) else None for _, feature in features)
