"""How much a finding matters."""

from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters: INFO is worth knowing, WARNING worth a look, ERROR stops."""

    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"
