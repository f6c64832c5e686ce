"""Who is looking."""

from enum import StrEnum


class Role(StrEnum):
    """What a viewer may do."""

    ADMIN = "ADMIN"
