"""What is left out is filled in as Qlib fills it in, and as the contract says."""

import pytest

from domain.errors import BadInputError
from domain.expression import parse
from domain.regions import Region, parse_region
from domain.specs import DealPrice, ExchangeSpec, StrategyKind
from domain.strategy_parameters import check_strategy_parameters
from domain.trading_defaults import (
    DEFAULT_ACCOUNT,
    DEFAULT_LABEL,
    default_exchange,
    default_strategy,
)


def test_china_trades_in_hundreds_and_within_limits() -> None:
    expected = ExchangeSpec(DealPrice.CLOSE, 0.0005, 0.0015, 5.0, 0.095, 100)
    assert default_exchange("cn") == expected


def test_us_shares_have_neither_limit_nor_unit() -> None:
    expected = ExchangeSpec(DealPrice.CLOSE, 0.0005, 0.0015, 5.0, None, None)
    assert default_exchange("us") == expected


@pytest.mark.parametrize(
    ("names", "topk", "n_drop"),
    [
        (300, 50, 5),
        (250, 50, 5),
        (249, 49, 4),
        (88, 17, 1),
        (5, 1, 1),
        (4, 1, 1),
        (1, 1, 1),
        (0, 1, 1),
    ],
)
def test_a_fifth_is_held_and_a_tenth_of_it_replaced(names: int, topk: int, n_drop: int) -> None:
    strategy = default_strategy(names)
    assert (strategy.topk, strategy.n_drop) == (topk, n_drop)
    assert strategy.kind is StrategyKind.TOPK_DROPOUT
    assert strategy.parameters == check_strategy_parameters(None)


def test_the_label_is_the_return_that_a_signal_can_earn() -> None:
    assert parse(DEFAULT_LABEL).lookahead_days == 2
    assert DEFAULT_ACCOUNT == 100_000_000


def test_regions_know_their_money_and_their_index() -> None:
    assert (Region.CN.currency, Region.CN.usual_benchmark) == ("CNY", "SH000300")
    assert (Region.US.currency, Region.US.usual_benchmark) == ("USD", None)


@pytest.mark.parametrize("text", ["tw", "US", "", "china"])
def test_an_unknown_region_is_refused_with_those_that_are_known(text: str) -> None:
    with pytest.raises(BadInputError, match="cn and us are known"):
        parse_region(text)
    with pytest.raises(BadInputError, match="cn and us are known"):
        default_exchange(text)
