"""The tables. Importing this package registers every one of them in the metadata."""

from catalog.tables.base import metadata
from catalog.tables.entities import EdgeRow, EntityRow, NameRow, TagRow
from catalog.tables.markets import (
    InstrumentRow,
    ListingRow,
    MarketRow,
    MembershipRow,
    SnapshotRow,
    UniverseRow,
)
from catalog.tables.research import (
    BacktestRow,
    FactorRow,
    FactorSetMemberRow,
    FactorSetRow,
    ModelRow,
)
from catalog.tables.results import HeadlineRow, ResultRow, RunEventRow, RunRow
from catalog.tables.settings import CatalogueSettingRow
from catalog.tables.standings import StandingRow

__all__ = [
    "BacktestRow",
    "CatalogueSettingRow",
    "EdgeRow",
    "EntityRow",
    "FactorRow",
    "FactorSetMemberRow",
    "FactorSetRow",
    "HeadlineRow",
    "InstrumentRow",
    "ListingRow",
    "MarketRow",
    "MembershipRow",
    "ModelRow",
    "NameRow",
    "ResultRow",
    "RunEventRow",
    "RunRow",
    "SnapshotRow",
    "StandingRow",
    "TagRow",
    "UniverseRow",
    "metadata",
]
