"""Names, their versions, and the edges along which data flows between versions."""

from datetime import datetime

from sqlalchemy import Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from catalog.tables.base import UtcMoment, now


class NameRow(SQLModel, table=True):
    """One name of one kind. Tags and archival belong to it; everything else to a version."""

    __tablename__ = "name"
    __table_args__ = (UniqueConstraint("kind", "scope", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=16)
    scope: str = Field(default="", max_length=100)
    """The market of a universe; empty for kinds whose names are unique everywhere."""
    name: str = Field(max_length=100, index=True)
    latest_version: int = 0
    """The newest version there is, 0 for none. Whoever writes a version holds this row meanwhile,
    so two writers never give the same number."""
    archived_at: datetime | None = Field(default=None, sa_column=Column(UtcMoment, nullable=True))


class TagRow(SQLModel, table=True):
    """One tag on one name."""

    __tablename__ = "tag"

    name_id: int = Field(foreign_key="name.id", primary_key=True, ondelete="CASCADE")
    tag: str = Field(max_length=100, primary_key=True, index=True)


class EntityRow(SQLModel, table=True):
    """One version of one name. It never changes.

    A snapshot or universe that was dropped leaves this row, and nothing else: so neither its
    number nor its id is ever given to another.
    """

    __tablename__ = "entity"
    __table_args__ = (
        UniqueConstraint("name_id", "version"),
        Index("ix_entity_name_id_content", "name_id", "content"),
    )

    id: int | None = Field(default=None, primary_key=True)
    name_id: int = Field(foreign_key="name.id")
    kind: str = Field(max_length=16, index=True)
    version: int
    content: str = Field(max_length=64)
    """Hash of the definition: an edit that changes nothing finds the version that is there."""
    description: str | None = None
    created_at: datetime = Field(default_factory=now, sa_column=Column(UtcMoment, nullable=False))
    created_by: str = Field(max_length=200)


class EdgeRow(SQLModel, table=True):
    """Data or a definition flows from `source_id` into `target_id`."""

    __tablename__ = "edge"

    source_id: int = Field(foreign_key="entity.id", primary_key=True)
    target_id: int = Field(foreign_key="entity.id", primary_key=True, index=True)
    relation: str = Field(max_length=16, primary_key=True)
