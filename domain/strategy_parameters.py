"""The parameters of strategies beside how many names they hold and replace."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from domain.input_issues import InputIssue, InvalidInputError
from domain.parameters import (
    Parameter,
    Value,
    check_parameters,
    parameter_schema,
    shown_value,
)
from domain.specs import StrategyKind


class Executor(StrEnum):
    """What trades: our own loops, or Qlib's strategy, executor and exchange."""

    QATLAS = "QATLAS"
    QLIB = "QLIB"


class DelistedPolicy(StrEnum):
    """What becomes of a holding that has no close any more in the period."""

    KEEP = "KEEP"
    LIQUIDATE_AT_LAST_PRICE = "LIQUIDATE_AT_LAST_PRICE"


QLIB_PARAMETERS = (
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
    Parameter(
        "method_sell",
        "bottom",
        "Sell the names of the lowest scores (bottom), or any that are held (random).",
        choices=("bottom", "random"),
    ),
    Parameter(
        "method_buy",
        "top",
        "Buy the names of the highest scores (top), or any of the topk highest (random).",
        choices=("top", "random"),
    ),
)
"""Qlib's parameters with its defaults."""

_SEED = Parameter(
    "seed",
    0,
    "What draws at random begin from, the same draws for the same seed.",
    minimum=0,
    maximum=2**32 - 1,
    may_be_absent=True,
)

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

OWN_PARAMETERS = (
    Parameter(
        "strict_topk",
        False,
        "Never hold more than topk: where a sale fails, buy one less. Qlib buys all the same.",
    ),
    Parameter(
        "delisted_policy",
        str(DelistedPolicy.KEEP),
        "A holding without a close on a day and on all later ones of the period stays at its last "
        "price, as in Qlib (KEEP), or is sold at it (LIQUIDATE_AT_LAST_PRICE).",
        choices=tuple(DelistedPolicy),
    ),
    Parameter(
        "executor",
        str(Executor.QATLAS),
        "What trades: our own loops (QATLAS), or Qlib's executor as a reference (QLIB).",
        choices=tuple(Executor),
    ),
)
"""What Qlib's strategy does not know; at its defaults trading is Qlib's."""

STRATEGY_PARAMETERS = (*QLIB_PARAMETERS, _SEED, *OWN_PARAMETERS)

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
    """Read a client's parameters of a kind of strategy and fill in the defaults.

    Raises:
        InvalidInputError: Names are unknown or values out of range, or Qlib's executor is to do
            what it cannot; it tells all of them.
    """
    values = check_parameters(_PARAMETERS[kind], raw, field, _ELSEWHERE)
    if issues := [
        InputIssue(message, f"{field}.{name}") for name, message in _unfitting(values).items()
    ]:
        raise InvalidInputError.of(issues)
    return values


def _unfitting(values: Mapping[str, Value]) -> dict[str, str]:
    """What is wrong with values that are right by themselves, by name."""
    if "seed" in values and not draws_names(values):
        what = "nothing is drawn at random; leave it out, or make method_sell or method_buy random"
        return {"seed": f"seed is {values['seed']}, and {what}."}
    if draws_names(values):
        remedy = ", and only that one draws names at random; leave it out, or the random method"
    elif values.get("executor") == Executor.QLIB:
        remedy = "; leave it out, or the executor"
    else:
        return {}
    return {
        name: f"{name} is {shown_value(values[name])}, which Qlib's executor does not know{remedy}."
        for name in beyond_qlib(values)
    }


def draws_names(values: Mapping[str, Value]) -> bool:
    """Whether names are drawn at random, which our own executor does not do."""
    return "random" in (values.get("method_sell"), values.get("method_buy"))


def beyond_qlib(values: Mapping[str, Value]) -> tuple[str, ...]:
    """The names of parameters whose values only our own executor knows."""
    others = (one for one in OWN_PARAMETERS if one.name != "executor")
    return tuple(one.name for one in others if values[one.name] != one.default)


def qlib_parameters(raw: object | None) -> dict[str, Value]:
    """The parameters of Qlib's own strategy among a client's, defaults filled in."""
    values = check_strategy_parameters(raw)
    return {one.name: values[one.name] for one in QLIB_PARAMETERS}


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
