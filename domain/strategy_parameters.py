"""The parameters of strategies beside how many names they hold and replace."""

from types import MappingProxyType

from domain.input_issues import InputIssue, InvalidInputError
from domain.parameters import Parameter, Value, check_parameters, parameter_schema
from domain.specs import StrategyKind

STRATEGY_PARAMETERS = (
    Parameter(
        "hold_thresh",
        1,
        "A name is sold when it has been held for so many days at least.",
        minimum=0,
        maximum=10_000,
    ),
    Parameter(
        "only_tradable",
        False,
        "Choose among the names that can be traded on the day, and not among all.",
    ),
    Parameter(
        "risk_degree", 0.95, "Share of the money at hand that is put into names.", None, 0, 1
    ),
    Parameter(
        "forbid_all_trade_at_limit",
        True,
        "At a price limit trade neither way, though the rules would allow one.",
    ),
    Parameter("method_sell", "bottom", "Sell the names of the lowest scores.", choices=("bottom",)),
    Parameter("method_buy", "top", "Buy the names of the highest scores.", choices=("top",)),
)
"""Every parameter and Qlib's default for it. The methods that draw names at random are left out:
they draw from a state that whatever else a process does changes, so no result could be repeated."""

_REBALANCE_DAYS = Parameter(
    "rebalance_days",
    5,
    "Trading days from one rebalancing to the next, at least.",
    minimum=1,
    maximum=10_000,
)

WEIGHTED_PARAMETERS = (
    Parameter(
        "weighting",
        "RANK",
        "RANK weighs the lowest of the names held 1, the next 2 and so on; EQUAL all the same.",
        choices=("RANK", "EQUAL"),
    ),
    _REBALANCE_DAYS,
    Parameter("risk_degree", 0.95, "Share of the account that is put into names.", None, 0, 1),
)

LONG_SHORT_PARAMETERS = (
    Parameter(
        "gross", 1.0, "Value of each side at a rebalancing, as a share of the account.", None, 0, 10
    ),
    Parameter(
        "borrow_cost",
        0.03,
        "What borrowing the names sold short costs, a fraction of their value for 365 days.",
        0,
        None,
        1,
    ),
    _REBALANCE_DAYS,
)

_PARAMETERS = {
    StrategyKind.TOPK_DROPOUT: STRATEGY_PARAMETERS,
    StrategyKind.WEIGHTED: WEIGHTED_PARAMETERS,
    StrategyKind.LONG_SHORT: LONG_SHORT_PARAMETERS,
}

STRATEGY_PARAMETER_SCHEMA = parameter_schema(STRATEGY_PARAMETERS)

_ELSEWHERE = MappingProxyType(
    {
        "topk": "How many names are held is input.strategy.topk, beside the parameters.",
        "n_drop": "How many names are replaced is input.strategy.nDrop, beside the parameters.",
        "signal": "What is traded on is input.signal, beside the strategy.",
    }
)


def check_strategy_parameters(
    raw: object | None,
    kind: StrategyKind = StrategyKind.TOPK_DROPOUT,
    field: str = "input.strategy.parameters",
) -> dict[str, Value]:
    """Read a client's parameters of a strategy and fill in defaults, for TOPK_DROPOUT Qlib's.

    Raises:
        InvalidInputError: Names are unknown or values out of range; it tells all of them.
    """
    return check_parameters(_PARAMETERS[kind], raw, field, _ELSEWHERE)


def check_holdings(
    topk: int,
    n_drop: int,
    kind: StrategyKind = StrategyKind.TOPK_DROPOUT,
    field: str = "input.strategy",
) -> None:
    """Check how many names are held and replaced.

    Qlib takes a `n_drop` of 0 to mean every holding, and would sell all of them every day.

    Raises:
        InvalidInputError: `topk` is below 1, or `n_drop` below 1 or above `topk`, or not `topk`
            where the strategy replaces as many as it must.
    """
    issues = []
    if topk < 1:
        issues.append(InputIssue(f"topk is {topk}; hold one name at least.", f"{field}.topk"))
    elif kind is not StrategyKind.TOPK_DROPOUT and n_drop != topk:
        message = f"nDrop is {n_drop}; {kind.value} replaces what it must, so leave nDrop out."
        issues.append(InputIssue(message, f"{field}.nDrop"))
    elif not 1 <= n_drop <= topk:
        message = f"nDrop is {n_drop}; replace at least one and at most topk ({topk}) names a day."
        issues.append(InputIssue(message, f"{field}.nDrop"))
    if issues:
        raise InvalidInputError.of(issues)
