"""Operators that stand for a longer expression, which is what the tree holds."""

from domain.expression.arguments import objection
from domain.expression.operators import OPERATORS
from domain.expression.tree import Call, Field, Node, call


def written_out(read: Call) -> Call:
    """`Adv(N)` as `Mean(Mul($close,$volume),N)`; every other call as it is.

    A call that does not fit its operator stays too, so that checks can say what is wrong with it.
    The new nodes stand where the call was written.
    """
    if read.operator != "Adv" or not _fits(read):
        return read
    start, end = read.start, read.end
    traded: tuple[Node, ...] = (Field("close", start, end), Field("volume", start, end))
    money = call("Mul", start, traded, start, end)
    return call("Mean", start, (money, *read.arguments), start, end)


def _fits(read: Call) -> bool:
    parameters = OPERATORS[read.operator].parameters
    return len(read.arguments) == len(parameters) and all(
        objection(read.operator, parameter, argument) is None
        for parameter, argument in zip(parameters, read.arguments, strict=True)
    )
