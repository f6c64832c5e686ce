"""Calls of Qlib's operators, each alone, in every way that behaves in one of its own."""

from domain.expression import OPERATORS

_CALLS = {
    "Power": "Power($close,2.5)",
    "If": "If($close>$open,$high,$low)",
    "Ref": "Ref($close,3)",
    "Delta": "Delta($close,3)",
    "Quantile": "Quantile($close,8,0.3)",
    "And": "And($close>$open,$volume>1000)",
    "Or": "Or($close>$open,$volume>1000)",
    "Not": "Not($close>$open)",
}
_WINDOWS = (1, 2, 3, 5, 20, 60, 500, 0)


def calls_of(name: str) -> list[str]:
    """Every way to call an operator that behaves in one of its own."""
    if name in _CALLS:
        return [_CALLS[name]]
    operator = OPERATORS[name]
    arguments = ["$close", "$volume"][: operator.arity]
    if operator.parameters[-1].name != "N":
        return [f"{name}({','.join(arguments)})"]
    series = arguments[: operator.arity - 1]
    smallest, takes_zero = operator.parameters[-1].smallest, operator.parameters[-1].takes_zero
    fitting = [one for one in _WINDOWS if one >= smallest or (one == 0 and takes_zero)]
    weights = [0.2, 0.9] if name in ("Mean", "EMA") else []
    return [f"{name}({','.join([*series, repr(one)])})" for one in [*fitting, *weights]]
