"""Falls, cost, the market line and sectors of backtests, in cases that can be reckoned by hand."""

import math
from datetime import date

import numpy as np
import pytest

from compute.analysis.drawdowns import Drawdown, drawdowns
from compute.analysis.market_line import market_line
from compute.analysis.risk import risk_analysis
from compute.analysis.sectors import (
    Holdings,
    SectorExposure,
    sector_exposure,
    sector_weights,
)
from domain.risk import AccumulationMode

DAYS = np.arange(np.datetime64("2020-01-01"), np.datetime64("2020-01-09"))
TWO_FALLS = np.array([-0.5, 0.25, -0.125, -0.125, 0.25, 0.5, -0.5, 0.25])


def day(number: int) -> date:
    return date(2020, 1, number)


def test_falls_of_summed_returns() -> None:
    found = drawdowns(TWO_FALLS, DAYS, AccumulationMode.SUM, 5)

    assert found == (
        Drawdown(day(6), day(7), None, -0.5, 1, None, 2),
        Drawdown(day(2), day(4), day(5), -0.25, 2, 1, 3),
    )
    assert drawdowns(TWO_FALLS, DAYS, AccumulationMode.SUM, 1) == found[:1]


def test_falls_of_compounded_returns() -> None:
    found = drawdowns(TWO_FALLS, DAYS, AccumulationMode.PRODUCT, 5)

    # The curve is 0.5, 0.625, 0.546875, 0.478515625, 0.59814453125, 0.897216796875, and then
    # half of that and 1.25 times the half.
    assert found == (
        Drawdown(day(6), day(7), None, -0.5, 1, None, 2),
        Drawdown(day(2), day(4), day(6), -0.234375, 2, 2, 4),
    )


@pytest.mark.parametrize("mode", list(AccumulationMode))
def test_the_deepest_fall_is_the_maximum_drawdown(mode: AccumulationMode) -> None:
    returns = np.random.default_rng(5).normal(0.0003, 0.01, 500)
    days = np.arange(np.datetime64("2020-01-01"), np.datetime64("2020-01-01") + 500)

    found = drawdowns(returns, days, mode, 500)

    assert found[0].depth == risk_analysis(returns, 238, mode).max_drawdown
    assert list(found) == sorted(found, key=lambda one: one.depth)
    assert len(found) > 10


def test_a_series_that_never_falls_has_no_drawdowns() -> None:
    assert drawdowns(np.full(8, 0.01), DAYS, AccumulationMode.SUM, 5) == ()


def test_the_market_line_of_three_days() -> None:
    # var(bench) = 0.0001, cov = 0.00015; means 0.02 and 0.01.
    line = market_line(np.array([0.01, 0.01, 0.04]), np.array([0.0, 0.01, 0.02]), 100)

    assert line.beta == pytest.approx(1.5)
    assert line.alpha == pytest.approx(100 * (0.02 - 1.5 * 0.01))


@pytest.mark.parametrize(
    ("net", "bench"), [([0.1], [0.2]), ([0.1, 0.2, 0.3], [0.1, 0.1, 0.1]), ([], [])]
)
def test_no_line_goes_through_a_benchmark_that_stands_still(
    net: list[float], bench: list[float]
) -> None:
    line = market_line(np.array(net), np.array(bench), 238)

    assert math.isnan(line.alpha)
    assert math.isnan(line.beta)


def test_weights_add_up_by_sector() -> None:
    holdings = Holdings(
        dates=DAYS[[0, 0, 0, 1, 3, 3]],
        symbols=np.array(["A", "B", "C", "A", "B", "X"]),
        weights=np.array([0.25, 0.5, -0.125, 0.125, 0.25, 0.0625]),
    )

    sectors = {"A": "tech", "B": "oil", "C": "tech", "Z": "no"}
    found = sector_weights(holdings, sectors, DAYS[:4])

    assert found.sectors == ("oil", "tech", None)
    assert found.net.tolist() == [[0.5, 0.125, 0], [0, 0.125, 0], [0, 0, 0], [0.25, 0, 0.0625]]
    assert found.gross[0].tolist() == [0.5, 0.375, 0]
    assert sector_exposure(found) == (
        SectorExposure("oil", 0.1875, 0.1875, 0.25),
        SectorExposure("tech", 0.0625, 0.125, 0.0),
        SectorExposure(None, 0.015625, 0.015625, 0.0625),
    )
