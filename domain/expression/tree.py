"""The tree of an expression; every node knows which characters it was written with."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Field:
    """A column of the market's bars, named without its dollar sign and in lower case."""

    name: str
    start: int
    end: int
    depth: ClassVar[int] = 1
    size: ClassVar[int] = 1


@dataclass(frozen=True, slots=True)
class Number:
    """A constant. Whole numbers stay `int`: Qlib promotes the two kinds differently."""

    value: int | float
    start: int
    end: int
    depth: ClassVar[int] = 1
    size: ClassVar[int] = 1


@dataclass(frozen=True, slots=True)
class Grouping:
    """The bare name of what divides the instruments into groups."""

    name: str
    start: int
    end: int
    depth: ClassVar[int] = 1
    size: ClassVar[int] = 1


SECTOR = "sector"
"""The one grouping that there is."""


@dataclass(frozen=True, slots=True)
class Call:
    """An operator with its arguments, whether it was written by name or by symbol.

    `at` is where the name or symbol stands; start and end include brackets around the whole.
    """

    operator: str
    at: int
    arguments: tuple["Node", ...]
    start: int
    end: int
    depth: int
    size: int


Node = Field | Number | Grouping | Call


def call(operator: str, at: int, arguments: tuple[Node, ...], start: int, end: int) -> Call:
    """A call whose depth and size follow from its arguments."""
    depth = 1 + max((argument.depth for argument in arguments), default=0)
    size = 1 + sum(argument.size for argument in arguments)
    return Call(operator, at, arguments, start, end, depth, size)


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, in the order of writing for calls by name."""
    yield node
    if isinstance(node, Call):
        for argument in node.arguments:
            yield from walk(argument)
