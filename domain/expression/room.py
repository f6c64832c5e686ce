"""The memory that cross-sections take: each is a whole panel, where all else goes by tiles."""

from typing import Final

from domain.expression.operators import OPERATORS
from domain.expression.tree import Call, Node, walk

MOST_BYTES: Final = 2_000_000_000
"""Memory that the cross-sections of what is computed together may take."""
_BYTES_OF_CROSS_SECTION: Final = 16
"""Of each day and instrument: what is compared, and what comes of it."""


def cross_sections(tree: Node) -> int:
    """How many panels cross-sections of an expression take at most."""
    return sum(is_crossing(node) for node in walk(tree))


def is_crossing(node: Node) -> bool:
    """Whether the node compares the instruments of a day."""
    return isinstance(node, Call) and OPERATORS[node.operator].is_cross_sectional


def bytes_needed(tree: Node, days: int, instruments: int) -> int:
    """The bytes that the cross-sections of an expression take."""
    return cross_sections(tree) * _BYTES_OF_CROSS_SECTION * days * instruments


def lack_of_room(tree: Node, days: int, instruments: int) -> str | None:
    """Why the cross-sections of an expression do not fit into memory; None where they do."""
    needed = bytes_needed(tree, days, instruments)
    if needed <= MOST_BYTES:
        return None
    return (
        f"{cross_sections(tree)} cross-sections over {days:,} days and {instruments:,} "
        f"instruments take {needed / 1e9:.1f} GB of memory, and {MOST_BYTES / 1e9:.1f} GB is the "
        "most; write the expression with fewer, or take a smaller universe."
    )
