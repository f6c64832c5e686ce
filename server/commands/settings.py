"""`qatlas settings`: every setting, what it is now and what it means."""

from server.settings import Settings, masked, variable
from server.tables import table

HEADER = ("name", "value", "default", "meaning")


def show(settings: Settings) -> None:
    """Print all settings."""
    rows = [
        (variable(name), _current(settings, name), default, meaning)
        for name, default, meaning in described()
    ]
    print(table(HEADER, rows))


def described() -> list[tuple[str, str, str]]:
    """Name, default and meaning of every setting, in the order of documents."""
    rows = []
    for name, field in Settings.model_fields.items():
        extra, meaning = field.json_schema_extra, field.description
        assert isinstance(extra, dict)
        assert meaning is not None
        rows.append((name, str(extra["shown"]), meaning))
    return rows


def _current(settings: Settings, name: str) -> str:
    attribute = "catalogue_url" if name == "database_url" else name
    return masked(name, getattr(settings, attribute))
