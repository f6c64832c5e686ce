"""Risk figures where they are undefined, and the few that can be told by hand."""

import math

import numpy as np
import pytest

from compute.analysis.risk import RiskFigures, risk_analysis, sharpe, sortino, win_rate
from domain.errors import BadInputError
from domain.risk import AccumulationMode

BOTH = pytest.mark.parametrize("mode", list(AccumulationMode))


def _undefined(figures: RiskFigures) -> set[str]:
    return {name for name in RiskFigures.__slots__ if math.isnan(getattr(figures, name))}


@BOTH
@pytest.mark.parametrize("returns", [[], [np.nan, np.nan], [0.01, np.nan, 0.02]])
def test_an_empty_or_incomplete_series_has_no_figures(
    returns: list[float], mode: AccumulationMode
) -> None:
    assert _undefined(risk_analysis(np.array(returns), 238, mode)) == set(RiskFigures.__slots__)


@BOTH
def test_one_day_has_a_mean_but_no_spread(mode: AccumulationMode) -> None:
    figures = risk_analysis(np.array([-0.01]), 238, mode)

    assert figures.mean == pytest.approx(-0.01)
    assert figures.max_drawdown == 0
    # With one day the downside deviation is the loss itself: -1 times the root of 238.
    assert figures.sortino == pytest.approx(-math.sqrt(238))
    assert _undefined(figures) == {"std", "information_ratio", "calmar"}


@BOTH
def test_equal_returns_have_no_information_ratio(mode: AccumulationMode) -> None:
    # A mean of 0.1s is rounded, so that a naive deviation is about 1e-17 and not 0.
    figures = risk_analysis(np.full(10, 0.1), 238, mode)

    assert figures.std == 0
    assert _undefined(figures) == {"information_ratio", "sortino", "calmar"}
    assert math.isnan(sharpe(np.full(10, 0.1), 238))


def test_returns_that_differ_by_rounding_alone_have_no_spread() -> None:
    # 0.1 + 0.2 is the next number above 0.3.
    returns = np.array([0.3, 0.1 + 0.2] * 5)
    assert returns[0] != returns[1]

    assert math.isnan(risk_analysis(returns, 238, AccumulationMode.SUM).information_ratio)
    assert math.isnan(sharpe(returns, 238))


@BOTH
def test_gains_alone_have_neither_sortino_nor_calmar(mode: AccumulationMode) -> None:
    figures = risk_analysis(np.array([0.01, 0.0, 0.02]), 238, mode)

    assert figures.max_drawdown == 0
    assert _undefined(figures) == {"sortino", "calmar"}


def test_a_loss_on_the_first_day_is_no_drawdown() -> None:
    # The running sum starts with the first return and not with 0, as in Qlib.
    returns = np.array([-0.5, 0.25, -0.125])

    assert risk_analysis(returns, 238, AccumulationMode.SUM).max_drawdown == -0.125
    assert risk_analysis(returns, 238, AccumulationMode.PRODUCT).max_drawdown == -0.125


def test_losing_everything_or_more_gives_no_infinite_figures() -> None:
    lost = risk_analysis(np.array([0.1, -1.0, 0.1]), 238, AccumulationMode.PRODUCT)
    owing = risk_analysis(np.array([0.1, -1.5, 0.1]), 238, AccumulationMode.PRODUCT)

    assert (lost.mean, lost.annualized_return, lost.max_drawdown) == (-1.0, -1.0, -1.0)
    assert _undefined(lost) == {"std", "information_ratio"}
    assert {"mean", "std", "information_ratio", "annualized_return"} <= _undefined(owing)


def test_a_compounded_year_beyond_all_numbers_is_undefined() -> None:
    figures = risk_analysis(np.array([9e5, -0.1]), 1000, AccumulationMode.PRODUCT)

    assert math.isnan(figures.annualized_return)


def test_calmar_is_the_annual_return_over_the_drawdown_of_its_mode() -> None:
    returns = np.random.default_rng(7).normal(0.0005, 0.01, size=300)

    for mode in AccumulationMode:
        figures = risk_analysis(returns, 252, mode)
        assert figures.calmar == figures.annualized_return / -figures.max_drawdown


def test_days_that_hardly_move_neither_win_nor_lose() -> None:
    assert win_rate(np.array([0.01, -0.02, 0.0, 1e-13, -1e-13, 0.03])) == pytest.approx(2 / 3)
    assert math.isnan(win_rate(np.array([0.0, 1e-13])))
    assert math.isnan(win_rate(np.array([])))


def test_ratios_of_a_series_with_a_missing_day_are_undefined() -> None:
    returns = np.array([0.01, np.nan, -0.02])

    assert math.isnan(sharpe(returns, 238))
    assert math.isnan(sortino(returns, 238))


def test_a_year_without_periods_is_refused() -> None:
    with pytest.raises(BadInputError, match="give 1 or more"):
        risk_analysis(np.array([0.01, 0.02]), 0, AccumulationMode.SUM)
