"""The ways in which data or a definition flows from one entity into another."""

from enum import StrEnum


class LineageRelation(StrEnum):
    """What the source of an edge is to its target."""

    PRICES = "PRICES"
    MEMBER_OF = "MEMBER_OF"
    INPUT_OF = "INPUT_OF"
    UNIVERSE_OF = "UNIVERSE_OF"
    SIGNAL_OF = "SIGNAL_OF"
    BASE_OF = "BASE_OF"
