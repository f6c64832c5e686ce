"""The tables as plain columns: lists are read as rows, without the bookkeeping of the ORM."""

from catalog.tables import (
    BacktestRow,
    EdgeRow,
    EntityRow,
    FactorRow,
    FactorSetMemberRow,
    FactorSetRow,
    HeadlineRow,
    InstrumentRow,
    ListingRow,
    MarketRow,
    MembershipRow,
    ModelRow,
    NameRow,
    RunRow,
    SnapshotRow,
    TagRow,
    UniverseRow,
    metadata,
)

NAME = metadata.tables[NameRow.__tablename__]
TAG = metadata.tables[TagRow.__tablename__]
ENTITY = metadata.tables[EntityRow.__tablename__]
EDGE = metadata.tables[EdgeRow.__tablename__]
MARKET = metadata.tables[MarketRow.__tablename__]
INSTRUMENT = metadata.tables[InstrumentRow.__tablename__]
SNAPSHOT = metadata.tables[SnapshotRow.__tablename__]
LISTING = metadata.tables[ListingRow.__tablename__]
UNIVERSE = metadata.tables[UniverseRow.__tablename__]
MEMBERSHIP = metadata.tables[MembershipRow.__tablename__]
FACTOR = metadata.tables[FactorRow.__tablename__]
FACTOR_SET = metadata.tables[FactorSetRow.__tablename__]
FACTOR_SET_MEMBER = metadata.tables[FactorSetMemberRow.__tablename__]
MODEL = metadata.tables[ModelRow.__tablename__]
BACKTEST = metadata.tables[BacktestRow.__tablename__]
HEADLINE = metadata.tables[HeadlineRow.__tablename__]
RUN = metadata.tables[RunRow.__tablename__]
