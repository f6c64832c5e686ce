"""Settings that belong to the catalogue rather than to a server."""

from sqlmodel import Field, SQLModel


class CatalogueSettingRow(SQLModel, table=True):
    """One setting by name, such as the default universe."""

    __tablename__ = "catalogue_setting"

    name: str = Field(max_length=64, primary_key=True)
    value: str
