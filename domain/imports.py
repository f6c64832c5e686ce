"""A market's data as an import hands it to the catalogue, in plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from domain.specs import JsonObject
from domain.work import Spans


@dataclass(frozen=True, slots=True)
class Company:
    """What a symbol stands for; None where that is not known, as an index has no sector."""

    name: str | None
    sector: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInstrument:
    """What is listed, with its first and last day that has data."""

    symbol: str
    first_date: date
    last_date: date
    company_name: str | None = None
    sector: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSnapshot:
    """One market's data as it stands now.

    Attributes:
        market: The market's name.
        region: Decides calendars, price limits and trade units.
        currency: In which prices are; None keeps what the market has.
        benchmark: Symbol of the market's benchmark; None keeps what the market has.
        directory: Where the bars lie.
        stamp: Tells whether the files there are still those registered.
        frequency: Of the bars, in Qlib's words.
        fingerprint: Equal for equal bars, calendar and memberships, wherever they lie.
        first_date: First day of the calendar.
        last_date: Last day of the calendar.
        trading_days: Days in the calendar.
        fields: Fields that the bars have.
        quality: What the checks found, as `SnapshotRecord.quality` describes it.
        instruments: Everything that has bars.
        universes: Name, then symbol, then the spans of its membership.
        author: Who imports.
    """

    market: str
    region: str
    currency: str | None = None
    benchmark: str | None = None
    directory: str
    stamp: str
    frequency: str
    fingerprint: str
    first_date: date
    last_date: date
    trading_days: int
    fields: tuple[str, ...]
    quality: JsonObject
    instruments: tuple[NewInstrument, ...]
    universes: Mapping[str, Mapping[str, Spans]]
    author: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """What a registration came to.

    Attributes:
        snapshot_id: The market's newest snapshot.
        is_new: Whether it was made now; False for data that was there already.
        universes: The versions that the snapshot prices, by name.
    """

    snapshot_id: int
    is_new: bool
    universes: Mapping[str, int]
