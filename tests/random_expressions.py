"""Expressions drawn at random, with every operator of Qlib's among them."""

from hypothesis import assume
from hypothesis import strategies as st

from domain.expression import OPERATORS, STANDARD_FIELDS, check
from domain.expression.operators import Operator, Parameter, Role

_FIELDS = st.sampled_from(sorted(f"${name}" for name in STANDARD_FIELDS))
_NUMBERS = st.sampled_from(["0", "1", "2", "-1", "3", "0.5", "1.5", "-0.25", "1e-12", "100"])
_LITERALS = {
    Role.WINDOW: st.sampled_from(
        ["4", "5", "7", "10", "20", "33", "60", "1", "2", "3", "0", "500"]
    ),
    Role.LAG: st.sampled_from(["1", "2", "5", "20", "0", "-1", "-3", "200"]),
    Role.SPAN: st.sampled_from(["1", "2", "5", "12", "26", "0", "0.1", "0.5", "0.9"]),
    Role.LEVEL: st.sampled_from(["0", "0.2", "0.25", "0.5", "0.8", "1", "0.333"]),
}
_OPERATORS = st.sampled_from([one for one in OPERATORS.values() if one.is_qlibs])
_TRUTHFUL = st.sampled_from(
    [OPERATORS[name] for name in ("Gt", "Ge", "Lt", "Le", "Eq", "Ne", "And")]
)


def without_vwap(text: str) -> str:
    """The expression over a market that has no vwap, which Qlib answers with nothing."""
    return text.replace("$vwap", "$close")


@st.composite
def expressions(draw: st.DrawFn, depth: int = 4) -> str:
    """A text that the language takes and Qlib computes."""
    text = _call(draw, draw(_OPERATORS), draw(st.integers(1, depth)))
    assume(check(text)[0] is not None)
    return text


def _series(draw: st.DrawFn, depth: int) -> str:
    if depth == 0 or draw(st.booleans()):
        return draw(_FIELDS)
    text = _call(draw, draw(_OPERATORS), depth)
    return text if check(text)[0] is not None else draw(_FIELDS)


def _call(draw: st.DrawFn, operator: Operator, depth: int) -> str:
    arguments = [_argument(draw, operator, one, depth - 1) for one in operator.parameters]
    return f"{operator.name}({','.join(arguments)})"


def _argument(draw: st.DrawFn, operator: Operator, parameter: Parameter, depth: int) -> str:
    if parameter.role in _LITERALS:
        return draw(_LITERALS[parameter.role])
    if operator.name in ("And", "Or", "Not") or parameter.name == "condition":
        return _call(draw, draw(_TRUTHFUL), max(depth, 1))
    if parameter.role is Role.VALUE and draw(st.integers(0, 3)) == 0:
        return draw(_NUMBERS)
    return _series(draw, depth)
