"""Every operator of Qlib's alone, over windows short, long and of all history."""

from domain.expression import OPERATORS, check
from domain.expression.operators import Operator, Parameter, Role

_LITERALS: dict[Role, tuple[str, ...]] = {
    Role.WINDOW: ("20", "2", "3", "5", "60", "500", "0", "0.9"),
    Role.LAG: ("1", "3", "20", "0", "-2"),
    Role.SPAN: ("2", "5", "26", "0", "0.1"),
    Role.LEVEL: ("0.3", "0", "1"),
}
_SERIES = ("$close", "$volume", "$open")
_TRUTHS = ("$close>$open", "$volume>100000", "$high>$low")


def operators_alone() -> list[str]:
    """Texts that the language takes and Qlib computes, each of one operator."""
    return [text for one in OPERATORS.values() if one.is_qlibs for text in _calls(one)]


def _calls(operator: Operator) -> list[str]:
    """An operator over each literal that it takes in one place, the others at their first."""
    series = _TRUTHS if operator.name in ("And", "Or", "Not") else _SERIES
    choices = [
        _choices(parameter, operator, series[place])
        for place, parameter in enumerate(operator.parameters)
    ]
    firsts = [one[0] for one in choices]
    texts = {
        f"{operator.name}({','.join([*firsts[:place], choice, *firsts[place + 1 :]])})": None
        for place, those in enumerate(choices)
        for choice in those
    }
    return [text for text in texts if _is_taken(text)]


def _choices(parameter: Parameter, operator: Operator, series: str) -> tuple[str, ...]:
    if operator.name == "If" and parameter.name == "condition":
        return (_TRUTHS[0],)
    return _LITERALS.get(parameter.role, (series,))


def _is_taken(text: str) -> bool:
    return check(text)[0] is not None
