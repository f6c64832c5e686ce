"""Which days a value reads, counted from its own day."""

from dataclasses import dataclass

from domain.expression.operators import OPERATORS, Memory
from domain.expression.tree import Call, Grouping, Node, Number


@dataclass(frozen=True, slots=True)
class Reach:
    """The first and the last day read, in trading days after the value's own day.

    `first` is None where every earlier day counts, however long ago.
    """

    first: int | None
    last: int

    @property
    def lookback_days(self) -> int | None:
        """How many days before its own a value reads; None is all of them."""
        return None if self.first is None else max(0, -self.first)

    @property
    def lookahead_days(self) -> int:
        """How many days after its own a value reads."""
        return max(0, self.last)


_TODAY = Reach(0, 0)


def reach(node: Node) -> Reach:
    """The days that the value of a checked tree reads.

    Qlib's own count differs: it takes Delta(x, N) for N-1 days, EMA(x, N) for N-1, and a window
    of 0 for none.
    """
    if not isinstance(node, Call):
        return _TODAY
    series = [
        reach(argument)
        for argument in node.arguments
        if not isinstance(argument, Number | Grouping)
    ]
    return _through(node, _union(series))


def days_spanned(node: Node) -> int:
    """The trading days from the first to the last that a full value of an operator itself takes.

    1 where it takes today alone, or whatever there is.
    """
    if not isinstance(node, Call):
        return 1
    memory = OPERATORS[node.operator].memory
    if memory in (Memory.TODAY, Memory.EVERYTHING) or not isinstance(days := _days(node), int):
        return 1
    return max(1, days) if memory is Memory.WINDOW else abs(days) + 1


def _union(reaches: list[Reach]) -> Reach:
    firsts = [each.first for each in reaches if each.first is not None]
    is_bounded = len(firsts) == len(reaches)
    return Reach(min(firsts) if is_bounded else None, max(each.last for each in reaches))


def _through(node: Call, inner: Reach) -> Reach:
    memory = OPERATORS[node.operator].memory
    if memory is Memory.TODAY:
        return inner
    days = _days(node)
    if memory is Memory.EVERYTHING or not isinstance(days, int) or days == 0:
        return Reach(None, inner.last)
    match memory:
        case Memory.WINDOW:
            return Reach(_earlier(inner.first, days - 1), inner.last)
        case Memory.BOTH_ENDS:
            return Reach(_earlier(inner.first, days), inner.last)
        case Memory.LAG:
            return Reach(_earlier(inner.first, days), inner.last - days)


def _earlier(first: int | None, days: int) -> int | None:
    return None if first is None else first - days


def _days(node: Call) -> int | float:
    names = [parameter.name for parameter in OPERATORS[node.operator].parameters]
    argument = node.arguments[names.index("N")]
    assert isinstance(argument, Number)
    return argument.value
