"""How a backtest trades: holdings, prices, costs, rules and what it is held against."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from difflib import get_close_matches

from bars.layout import upper_case
from domain.definitions import LEFT_OUT, GivenExchange, GivenStrategy, LeftOut, stated
from domain.errors import BadInputError
from domain.input_issues import InputIssue
from domain.specs import DealPrice, ExchangeSpec, StrategyKind, StrategySpec
from domain.strategy_parameters import check_holdings, check_strategy_parameters
from domain.trading_defaults import (
    DEFAULT_ACCOUNT,
    LARGEST_TOPK,
    default_exchange,
    default_strategy,
)
from domain.work import Spans
from resolvers.defining.faults import Faults
from resolvers.defining.grounds import Ground
from resolvers.desk import Desk

_EXCHANGE = "input.exchange"
_STRATEGY = "input.strategy"
_NAMES_OFFERED = 3


def largest_membership(members: Mapping[str, Spans]) -> int:
    """How many are members on the day that has the most; stays are closed at both ends."""
    changes: dict[date, int] = {}
    for stays in members.values():
        for start, end in stays:
            changes[start] = changes.get(start, 0) + 1
            if end is not None and end < date.max:
                after = end + timedelta(days=1)
                changes[after] = changes.get(after, 0) - 1
    size = largest = 0
    for day in sorted(changes):
        size += changes[day]
        largest = max(largest, size)
    return largest


def read_strategy(
    given: GivenStrategy, size: int | None, universe: str, faults: Faults
) -> StrategySpec | None:
    """Check how a signal is turned into holdings, and fill in what was left out.

    Args:
        given: What was asked for.
        size: How many members there are at most on a day; None where that is unknown.
        universe: Their universe's name, for sentences.
        faults: Where to gather what is wrong.
    """
    kind = StrategyKind.TOPK_DROPOUT if given.kind is None else given.kind
    parameters = faults.attempt(check_strategy_parameters, given.parameters, kind)
    default = default_strategy(size if size is not None else 5 * LARGEST_TOPK)
    topk = default.topk if given.topk is None else given.topk
    replaced = max(1, topk // 10) if kind is StrategyKind.TOPK_DROPOUT else topk
    n_drop = replaced if given.n_drop is None else given.n_drop
    faults.attempt(check_holdings, topk, n_drop, kind, _STRATEGY)
    if size is not None and kind.sides * topk > size:
        most = f"{size // kind.sides} of them{' on each side' if kind.sides > 1 else ''}"
        faults.add(
            f"topk is {topk}, and {universe} has {size} members at most on a day of the period; "
            f"hold 1 to {most}.",
            f"{_STRATEGY}.topk",
        )
    if parameters is None or size is None:
        return None
    return StrategySpec(topk=topk, n_drop=n_drop, kind=kind, parameters=parameters)


def read_exchange(
    given: GivenExchange, kind: StrategyKind | None, ground: Ground | None, faults: Faults
) -> ExchangeSpec | None:
    """Check the rules of trading, and fill in those of the market's region.

    LONG_SHORT trades any part of a share whatever the region, and a unit given for it is refused.
    """
    if kind is StrategyKind.LONG_SHORT:
        if isinstance(given.trade_unit, int):
            faults.add(
                "LONG_SHORT trades any part of a share; leave tradeUnit out, or null.",
                f"{_EXCHANGE}.tradeUnit",
            )
        given = replace(given, trade_unit=None)
    is_sound = faults.extend(_exchange_issues(given))
    if ground is None:
        return None
    default = default_exchange(ground.snapshot.region)
    rules = replace(default, **stated(given)) if is_sound else default
    if rules.deal_price.bar_field in ground.snapshot.fields:
        return rules
    prices = [price.value for price in DealPrice if price.bar_field in ground.snapshot.fields]
    faults.add(
        f"The market {ground.market} has no ${rules.deal_price.bar_field}, so nothing could be "
        f"traded at {rules.deal_price.value}; choose {' or '.join(prices)}.",
        f"{_EXCHANGE}.dealPrice",
    )
    return None


def _exchange_issues(given: GivenExchange) -> Iterator[InputIssue]:
    for name, share in (("openCost", given.open_cost), ("closeCost", given.close_cost)):
        if share is not None and not 0 <= share <= 1:
            yield InputIssue(
                f"{name} is {share}; give a fraction of the value traded, from 0 to 1 (0.001 is "
                "0.1 %).",
                f"{_EXCHANGE}.{name}",
            )
    least = given.min_cost
    if least is not None and not (least >= 0 and math.isfinite(least)):
        yield InputIssue(
            f"minCost is {least}; give the least that an order costs in money, 0 or more.",
            f"{_EXCHANGE}.minCost",
        )
    limit = given.limit_threshold
    if isinstance(limit, int | float) and not 0 < limit <= 1:
        yield InputIssue(
            f"limitThreshold is {limit}; give a fraction above 0 and at most 1 (0.095 is 9.5 %), "
            "or null for no limit.",
            f"{_EXCHANGE}.limitThreshold",
        )
    unit = given.trade_unit
    if isinstance(unit, int) and unit < 1:
        yield InputIssue(
            f"tradeUnit is {unit}; give how many shares are traded at once, 1 or more, or null "
            "for no unit.",
            f"{_EXCHANGE}.tradeUnit",
        )


def read_account(given: float | None, faults: Faults) -> float:
    """Check the money at the start."""
    if given is None:
        return DEFAULT_ACCOUNT
    if not (given > 0 and math.isfinite(given)):
        faults.add(
            f"The account is {given}; give the money at the start, more than 0.", "input.account"
        )
    return float(given)


async def find_benchmark(given: str | LeftOut | None, ground: Ground, desk: Desk) -> str | None:
    """The symbol that a backtest is held against: the market's own if it was left out.

    Raises:
        BadInputError: The market does not list it.
    """
    if given is LEFT_OUT:
        return ground.snapshot.benchmark
    if given is None:
        return None
    symbols = await desk.facts.symbols(ground.snapshot, desk.lookups)
    if given in symbols:
        return given
    raise BadInputError(
        f"The market {ground.market} has no instrument {given!r}.{_near(given, symbols)}",
        "input.benchmark",
    )


def _near(symbol: str, symbols: tuple[str, ...]) -> str:
    near = get_close_matches(upper_case(symbol), symbols, n=_NAMES_OFFERED)
    if near:
        return f" Did you mean {' or '.join(near)}?"
    return " Choose the symbol of an instrument, or null for no benchmark."
