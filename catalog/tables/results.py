"""The index of computed results, the runs that computed them, and figures for lists."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from catalog.tables.base import UtcMoment, now


class ResultRow(SQLModel, table=True):
    """One kept result under the key of what it means."""

    __tablename__ = "result"

    key: str = Field(max_length=64, primary_key=True)
    kind: str = Field(max_length=16)
    entity_id: int | None = Field(default=None, foreign_key="entity.id", index=True)
    """The entity it was first computed for; None for an expression that nobody saved."""
    snapshot_id: int = Field(foreign_key="snapshot.entity_id", index=True)
    universe_id: int | None = Field(default=None, foreign_key="universe.entity_id")
    run_id: int | None = Field(default=None, foreign_key="run.id")
    engine: str
    document: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    artifacts: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    bytes: int = Field(sa_column=Column(BigInteger, nullable=False))
    compute_seconds: float
    computed_at: datetime = Field(default_factory=now, sa_column=Column(UtcMoment, nullable=False))
    last_used_at: datetime = Field(default_factory=now, sa_column=Column(UtcMoment, nullable=False))


class HeadlineRow(SQLModel, table=True):
    """An entity's newest kept figures at default arguments, so that lists answer from SQL."""

    __tablename__ = "headline"

    entity_id: int = Field(foreign_key="entity.id", primary_key=True)
    result_key: str = Field(max_length=64, index=True)
    snapshot_id: int = Field(foreign_key="snapshot.entity_id")
    universe_id: int = Field(foreign_key="universe.entity_id")
    engine: str
    computed_at: datetime = Field(sa_column=Column(UtcMoment, nullable=False))
    ic: float | None = Field(default=None, index=True)
    icir: float | None = Field(default=None, index=True)
    rank_ic: float | None = Field(default=None, index=True)
    rank_icir: float | None = Field(default=None, index=True)
    annualized_excess_return: float | None = Field(default=None, index=True)
    information_ratio: float | None = Field(default=None, index=True)
    max_drawdown: float | None = Field(default=None, index=True)


class RunRow(SQLModel, table=True):
    """One computation of one result."""

    __tablename__ = "run"
    __table_args__ = (
        # One computation for one key, however many ask and from however many processes.
        Index(
            "uq_run_active_key",
            "key",
            unique=True,
            sqlite_where=text("state IN ('QUEUED', 'RUNNING')"),
            postgresql_where=text("state IN ('QUEUED', 'RUNNING')"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(max_length=64, index=True)
    kind: str = Field(max_length=16)
    state: str = Field(max_length=16, index=True)
    entity_id: int | None = Field(default=None, foreign_key="entity.id", index=True)
    snapshot_id: int | None = None
    """The data it reads. No foreign key, since the record of a run outlasts a snapshot."""
    is_default: bool = False
    """Whether it computes the entity's result at default arguments."""
    owner: str = Field(max_length=100)
    """The server that computes it."""
    requested_by: str = Field(max_length=200)
    attempt: int = 1
    queued_at: datetime = Field(default_factory=now, sa_column=Column(UtcMoment, nullable=False))
    started_at: datetime | None = Field(default=None, sa_column=Column(UtcMoment, nullable=True))
    finished_at: datetime | None = Field(default=None, sa_column=Column(UtcMoment, nullable=True))
    phase: str = Field(default="queued", max_length=100)
    done: int = 0
    total: int | None = None
    error_code: str | None = Field(default=None, max_length=64)
    error_message: str | None = None


class RunEventRow(SQLModel, table=True):
    """Something that happened during a run, in order."""

    __tablename__ = "run_event"
    __table_args__ = (UniqueConstraint("run_id", "sequence"),)

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="run.id")
    sequence: int
    at: datetime = Field(default_factory=now, sa_column=Column(UtcMoment, nullable=False))
    level: str = Field(max_length=8)
    message: str
    state: str = Field(max_length=16)
    phase: str | None = Field(default=None, max_length=100)
    done: int | None = None
    total: int | None = None
