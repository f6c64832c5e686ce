"""Markets, what is listed on them, snapshots of their data, and who belongs to a universe."""

from datetime import date
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

_IDS_STAY_UNIQUE = {"sqlite_autoincrement": True}
"""Markets can be dropped, and SQLite would give the ids of the last ones again."""


class MarketRow(SQLModel, table=True):
    """One market: its region decides calendars, price limits and trade units."""

    __tablename__ = "market"
    __table_args__ = _IDS_STAY_UNIQUE

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=100, unique=True)
    region: str = Field(max_length=8)
    currency: str | None = Field(default=None, max_length=8)
    benchmark: str | None = Field(default=None, max_length=64)
    default_universe: str | None = Field(default=None, max_length=100)


class InstrumentRow(SQLModel, table=True):
    """A share, fund or index of a market."""

    __tablename__ = "instrument"
    __table_args__ = (UniqueConstraint("market_id", "symbol"), _IDS_STAY_UNIQUE)

    id: int | None = Field(default=None, primary_key=True)
    market_id: int = Field(foreign_key="market.id")
    symbol: str = Field(max_length=64, index=True)
    company_name: str | None = None
    sector: str | None = Field(default=None, max_length=100)


class SnapshotRow(SQLModel, table=True):
    """A market's data as it stood after one import."""

    __tablename__ = "snapshot"

    entity_id: int = Field(foreign_key="entity.id", primary_key=True)
    market_id: int = Field(foreign_key="market.id", index=True)
    directory: str
    stamp: str = Field(max_length=64)
    """Tells whether the files are still those registered."""
    region: str = Field(max_length=8)
    frequency: str = Field(max_length=8)
    fingerprint: str = Field(max_length=64)
    benchmark: str | None = Field(default=None, max_length=64)
    first_date: date
    last_date: date
    trading_days: int
    fields: list[str] = Field(sa_column=Column(JSON, nullable=False))
    quality: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class ListingRow(SQLModel, table=True):
    """An instrument's first and last day with data in a snapshot."""

    __tablename__ = "listing"

    snapshot_id: int = Field(foreign_key="snapshot.entity_id", primary_key=True)
    instrument_id: int = Field(foreign_key="instrument.id", primary_key=True, index=True)
    first_date: date
    last_date: date


class UniverseRow(SQLModel, table=True):
    """A set of instruments whose membership changes over time."""

    __tablename__ = "universe"

    entity_id: int = Field(foreign_key="entity.id", primary_key=True)
    market_id: int = Field(foreign_key="market.id", index=True)


class MembershipRow(SQLModel, table=True):
    """An instrument's stay in a universe, both ends included; no end means it still stays."""

    __tablename__ = "membership"
    __table_args__ = (Index("ix_membership_universe_id_start", "universe_id", "start"),)

    universe_id: int = Field(foreign_key="universe.entity_id", primary_key=True)
    instrument_id: int = Field(foreign_key="instrument.id", primary_key=True, index=True)
    start: date = Field(primary_key=True)
    end: date | None = None
