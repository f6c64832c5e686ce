"""What a model or backtest is given where its author leaves something out.

The figures are those of Qlib's own `backtest_daily` and handlers, stated here in full: Qlib takes
what is left out from the region that it was last started with, and other figures elsewhere.
"""

from domain.regions import Region, parse_region
from domain.specs import DealPrice, ExchangeSpec, StrategySpec
from domain.strategy_parameters import check_strategy_parameters

DEFAULT_LABEL = "Ref($close,-2)/Ref($close,-1)-1"
"""The return from the close of the next day to that of the day after, as in Qlib's handlers.

A signal of today is traded at tomorrow's close, so this is the first return it can earn.
"""

DEFAULT_ACCOUNT = 1e8
"""Money at the start, as in Qlib's `backtest_daily`: enough for 50 names in units of 100 shares."""

LARGEST_TOPK = 50
"""How many names Qlib's own benchmarks hold."""


def default_exchange(region: str) -> ExchangeSpec:
    """The rules of trading in a region.

    Orders are filled at the close; buying costs 0.05 %, selling 0.15 % and an order at least 5, as
    in Qlib's `backtest_daily`. Chinese shares trade in units of 100, and not beyond a change of
    9.5 %, just inside the legal 10 %; US shares have no daily limit, and any part of one trades.

    Raises:
        BadInputError: The region is unknown.
    """
    is_limited = Region.CN is parse_region(region)
    return ExchangeSpec(
        deal_price=DealPrice.CLOSE,
        open_cost=0.0005,
        close_cost=0.0015,
        min_cost=5.0,
        limit_threshold=0.095 if is_limited else None,
        trade_unit=100 if is_limited else None,
    )


def default_strategy(universe_size: int) -> StrategySpec:
    """Hold the best fifth of a universe, 50 names at most, and replace a tenth of them a day.

    In a universe as large as the CSI 300 these are the 50 and 5 of Qlib's own benchmarks; a smaller
    one would hardly be chosen from by so many. Neither number is below 1. The other parameters are
    Qlib's.

    Args:
        universe_size: How many names there are to choose from.
    """
    topk = max(1, min(LARGEST_TOPK, universe_size // 5))
    return StrategySpec(
        topk=topk, n_drop=max(1, topk // 10), parameters=check_strategy_parameters(None)
    )
