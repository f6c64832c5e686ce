"""Which kept result stands for an entity at default arguments."""

from datetime import datetime

from sqlalchemy import Column
from sqlmodel import Field, SQLModel

from catalog.tables.base import UtcMoment


class StandingRow(SQLModel, table=True):
    """The newest kept result of an entity at default arguments, over one universe."""

    __tablename__ = "standing"

    entity_id: int = Field(foreign_key="entity.id", primary_key=True)
    universe_name_id: int = Field(foreign_key="name.id", primary_key=True)
    result_key: str = Field(max_length=64, index=True)
    computed_at: datetime = Field(sa_column=Column(UtcMoment, nullable=False))
