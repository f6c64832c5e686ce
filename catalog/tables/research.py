"""What researchers define: factors, sets of factors, models and backtests."""

from datetime import date
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel


class FactorRow(SQLModel, table=True):
    """A signal defined by an expression, or by values that were imported."""

    __tablename__ = "factor"

    entity_id: int = Field(foreign_key="entity.id", primary_key=True)
    origin: str = Field(max_length=16)
    expression: str | None = None
    canonical: str | None = None
    input_fields: list[str] = Field(sa_column=Column(JSON, nullable=False))
    lookback_days: int | None = None
    looks_ahead: bool = Field(index=True)
    is_cross_sectional: bool
    imported: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSON(none_as_null=True), nullable=True)
    )
    """Where imported values are and what they cover. Their files are the only ones there are."""


class FactorSetRow(SQLModel, table=True):
    """An ordered set of factors."""

    __tablename__ = "factor_set"

    entity_id: int = Field(foreign_key="entity.id", primary_key=True)
    size: int


class FactorSetMemberRow(SQLModel, table=True):
    """A factor's place in a set."""

    __tablename__ = "factor_set_member"

    factor_set_id: int = Field(foreign_key="factor_set.entity_id", primary_key=True)
    position: int = Field(primary_key=True)
    factor_id: int = Field(foreign_key="factor.entity_id", index=True)


class ModelRow(SQLModel, table=True):
    """What is trained, on what, and over which days."""

    __tablename__ = "model"

    entity_id: int = Field(foreign_key="entity.id", primary_key=True)
    kind: str = Field(max_length=24, index=True)
    parameters: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    seed: int
    factor_set_id: int = Field(foreign_key="factor_set.entity_id", index=True)
    universe_id: int = Field(foreign_key="universe.entity_id", index=True)
    label: str
    train_start: date
    train_end: date
    valid_start: date
    valid_end: date
    test_start: date
    test_end: date
    processors: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    purge_days: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    rolling: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSON(none_as_null=True), nullable=True)
    )
    derived_from_id: int | None = Field(default=None, foreign_key="entity.id", index=True)
    """The model that it continues."""
    rounds: int | None = None


class BacktestRow(SQLModel, table=True):
    """What is traded, when, and under which rules; every default resolved."""

    __tablename__ = "backtest"

    entity_id: int = Field(foreign_key="entity.id", primary_key=True)
    signal_id: int = Field(foreign_key="entity.id", index=True)
    universe_id: int = Field(foreign_key="universe.entity_id", index=True)
    start: date
    end: date
    benchmark: str | None = Field(default=None, max_length=64)
    account: float
    strategy: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    exchange: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
