"""What kind of values a series holds, and which kinds Qlib's operators can take.

Qlib computes truth values as booleans and whole numbers as integers, and raises, or answers
nonsense, for some mixtures: it cannot subtract booleans, join numbers with `&`, or raise an
integer to a negative power. Such mixtures are refused where they are written.
"""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Final

from domain.expression.arguments import lag
from domain.expression.operators import ARITHMETIC, COMPARISON, LOGIC, OPERATORS
from domain.expression.tree import Call, Node, Number


class Kind(IntEnum):
    """Kinds in the order in which arithmetic widens them."""

    TRUTH = 0
    WHOLE = 1
    REAL = 2
    GAPPED = 3
    """Truth values that Ref has moved: NaN stands where it reached past the data."""


_GAPPED_HELP: Final = (
    "Ref leaves gaps in truth values, which only comparisons, & and |, rolling operators and "
    "conditions take; write Ref(If(condition, 1, 0), N)"
)
_TRUTH_HELP: Final = "write If(condition, 1, 0) for a number"


def number_kind(number: Number) -> Kind:
    """The kind of a constant."""
    return Kind.WHOLE if isinstance(number.value, int) else Kind.REAL


def mismatch(call: Call, kinds: Sequence[Kind]) -> str | None:
    """Why Qlib could not compute the call on arguments of these kinds, or None where it can."""
    operator = OPERATORS[call.operator]
    if call.operator in ("And", "Or", "Not"):
        return _logic_mismatch(call, kinds)
    if operator.group == ARITHMETIC or call.operator in ("If", "Delta"):
        taken = kinds[1:] if call.operator == "If" else kinds
        if Kind.GAPPED in taken:
            return f"{call.operator} takes numbers; {_GAPPED_HELP}."
    match call.operator:
        case "Sub" | "Div" if set(kinds) == {Kind.TRUTH}:
            return f"{call.operator} takes numbers, not two truth values; {_TRUTH_HELP}."
        case "Delta" if kinds[0] is Kind.TRUTH:
            return f"Delta takes numbers, not truth values; {_TRUTH_HELP}."
        case "Ref" if kinds[0] is Kind.GAPPED and lag(call) == 0:
            return f"Ref(x, 0) takes numbers or truth values without gaps; {_GAPPED_HELP}."
        case "Power" if max(kinds) < Kind.REAL and not _is_natural(call.arguments[1]):
            return (
                "Power of whole numbers or truth values takes a literal exponent of 0, 1, 2 and "
                "so on; write one side as a float, such as 2.0 or 1.0*x."
            )
    return None


def _logic_mismatch(call: Call, kinds: Sequence[Kind]) -> str | None:
    taken = {Kind.TRUTH} if call.operator == "Not" else {Kind.TRUTH, Kind.GAPPED}
    if set(kinds) <= taken:
        return None
    if call.operator == "Not" and kinds[0] is Kind.GAPPED:
        return f"Not takes truth values without gaps; {_GAPPED_HELP}."
    return (
        f"{call.operator} takes truth values such as $close > $open; & and | bind tighter than "
        f"comparisons, so put each comparison in brackets."
    )


_FIXED: Final[Mapping[str, Kind]] = dict.fromkeys(("Sign", "Log", "Div", "SignedPower"), Kind.REAL)


def result_kind(call: Call, kinds: Sequence[Kind]) -> Kind:
    """The kind of what a call gives, its arguments having no mismatch."""
    operator = OPERATORS[call.operator]
    if call.operator in _FIXED:
        return _FIXED[call.operator]
    if operator.group == ARITHMETIC:
        return max(kinds)
    if call.operator == "If":
        return max(kinds[1:])
    if operator.group in (COMPARISON, LOGIC):
        return Kind.TRUTH
    if call.operator in ("Ref", "Delta"):
        return _moved_kind(kinds[0], lag(call))
    return Kind.REAL


def _moved_kind(kind: Kind, days: int | float) -> Kind:
    if days == 0:
        return kind
    return Kind.GAPPED if kind in (Kind.TRUTH, Kind.GAPPED) else Kind.REAL


def _is_natural(node: Node) -> bool:
    return isinstance(node, Number) and isinstance(node.value, int) and node.value >= 0
