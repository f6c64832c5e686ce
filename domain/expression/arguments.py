"""Which arguments each role of an operator's parameter accepts."""

from domain.expression.limits import MAX_WINDOW, MIN_FRACTION
from domain.expression.operators import Parameter, Role
from domain.expression.tree import SECTOR, Call, Grouping, Node, Number

_SERIES_ROLES = (Role.SERIES, Role.VALUE, Role.BY)
_EXPECTED = {Role.SERIES: "an expression", Role.VALUE: "an expression or a number"}


def objection(operator: str, parameter: Parameter, argument: Node) -> str | None:
    """Why the argument does not fit the parameter, as a sentence, or None where it does."""
    if isinstance(argument, Grouping):
        return _grouping_objection(operator, parameter)
    if parameter.role is Role.VALUE:
        return None
    if parameter.role in (Role.SERIES, Role.BY):
        return _series_objection(operator, parameter, argument)
    if not isinstance(argument, Number):
        return f"{operator} takes a literal number as {parameter.name}, not an expression."
    limits = _number_objection(parameter, argument.value)
    return f"{operator} takes {limits}, not {argument.value!r}." if limits else None


def is_series(parameter: Parameter, argument: Node) -> bool:
    """Whether the argument stands for values of instruments and days, or a number for all."""
    return parameter.role in _SERIES_ROLES and not isinstance(argument, Grouping)


def _grouping_objection(operator: str, parameter: Parameter) -> str | None:
    if parameter.role is Role.BY:
        return None
    return (
        f"{operator} takes {_EXPECTED.get(parameter.role, 'a literal number')} as "
        f"{parameter.name}, not the word {SECTOR}, which has its place in "
        f"CSNeutralize(x, {SECTOR}); a field is written ${SECTOR}."
    )


def _series_objection(operator: str, parameter: Parameter, argument: Node) -> str | None:
    if not isinstance(argument, Number):
        return None
    word = f", or the word {SECTOR}," if parameter.role is Role.BY else ""
    return (
        f"{operator} takes an expression with a field{word} as {parameter.name}, "
        f"not the number {argument.value!r}."
    )


def _number_objection(parameter: Parameter, value: int | float) -> str | None:
    match parameter.role:
        case Role.LEVEL:
            return None if 0 <= value <= 1 else f"a {parameter.name} from 0 to 1"
        case Role.TAIL:
            return None if 0 <= value < 0.5 else f"a {parameter.name} from 0 to below 0.5"
        case Role.LAG:
            return _lag_objection(value)
        case Role.SPAN if MIN_FRACTION <= value < 1:
            return None
        case Role.SPAN:
            return _window_objection(
                parameter, value, f", or a weight from {MIN_FRACTION} to below 1"
            )
    if 0 < value < 1:
        return f"{_window_range(parameter)} (only Mean and EMA take a weight between 0 and 1)"
    return _window_objection(parameter, value, "")


def _lag_objection(value: int | float) -> str | None:
    if isinstance(value, int) and abs(value) <= MAX_WINDOW:
        return None
    return f"a whole N from -{MAX_WINDOW} to {MAX_WINDOW}"


def _window_objection(parameter: Parameter, value: int | float, otherwise: str) -> str | None:
    is_whole = isinstance(value, int)
    if is_whole and (parameter.smallest <= value <= MAX_WINDOW):
        return None
    if is_whole and value == 0 and parameter.takes_zero:
        return None
    ahead = " (only Ref looks ahead)" if value < 0 else ""
    return f"{_window_range(parameter)}{otherwise}{ahead}"


def _window_range(parameter: Parameter) -> str:
    zero = ", or 0 for the whole past" if parameter.takes_zero else ""
    return f"a whole {parameter.name} from {parameter.smallest} to {MAX_WINDOW}{zero}"


def lag(call: Call) -> int | float:
    """The literal number that ends a checked call, such as the N of Ref and Delta."""
    number = call.arguments[-1]
    assert isinstance(number, Number)
    return number.value
