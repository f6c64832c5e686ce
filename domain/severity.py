"""How much a remark about an input or about data weighs."""

from enum import StrEnum


class Severity(StrEnum):
    """INFO explains, WARNING asks to look, ERROR refuses."""

    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"
