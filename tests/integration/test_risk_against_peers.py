"""Risk figures against Qlib and quantstats."""

import importlib
import sys
from types import ModuleType

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from qlib.contrib.evaluate import risk_analysis as qlib_risk_analysis

from compute.analysis.risk import risk_analysis, sharpe, sortino
from domain.risk import AccumulationMode

YEARS = pytest.mark.parametrize("periods_per_year", [238, 252])


@pytest.fixture(scope="module")
def quantstats_stats() -> ModuleType:
    """quantstats' statistics; yfinance is only what it downloads with, so an empty one will do."""
    sys.modules.setdefault("yfinance", ModuleType("yfinance"))
    return importlib.import_module("quantstats.stats")


@pytest.fixture(params=["gaining", "losing", "still days", "short"])
def returns(request: pytest.FixtureRequest) -> npt.NDArray[np.float64]:
    random = np.random.default_rng(23)
    drift = -0.002 if request.param == "losing" else 0.0008
    daily = random.normal(drift, 0.013, size=5 if request.param == "short" else 750)
    if request.param == "still days":
        daily[random.random(750) < 0.3] = 0.0
    return daily


@YEARS
@pytest.mark.parametrize("mode", list(AccumulationMode))
def test_risk_figures_are_qlibs(
    returns: npt.NDArray[np.float64], mode: AccumulationMode, periods_per_year: int
) -> None:
    theirs = qlib_risk_analysis(
        pd.Series(returns), N=periods_per_year, freq=None, mode=mode.value.lower()
    )["risk"]

    figures = risk_analysis(returns, periods_per_year, mode)

    for name, expected in theirs.items():
        assert getattr(figures, str(name)) == pytest.approx(expected, rel=1e-10), name
    assert len(theirs) == 5


@YEARS
def test_sharpe_and_sortino_are_quantstatss(
    returns: npt.NDArray[np.float64], periods_per_year: int, quantstats_stats: ModuleType
) -> None:
    series = pd.Series(returns, index=pd.bdate_range("2020-01-01", periods=len(returns)))

    assert sharpe(returns, periods_per_year) == pytest.approx(
        quantstats_stats.sharpe(series, periods=periods_per_year), rel=1e-10
    )
    expected = quantstats_stats.sortino(series, periods=periods_per_year)
    assert sortino(returns, periods_per_year) == pytest.approx(expected, rel=1e-10)
    for mode in AccumulationMode:
        assert risk_analysis(returns, periods_per_year, mode).sortino == sortino(
            returns, periods_per_year
        )


def test_excess_over_a_benchmark_is_measured_as_any_series(
    returns: npt.NDArray[np.float64],
) -> None:
    benchmark = np.random.default_rng(29).normal(0, 0.01, size=len(returns))
    theirs = qlib_risk_analysis(pd.Series(returns - benchmark), N=238, freq=None)["risk"]

    figures = risk_analysis(returns - benchmark, 238, AccumulationMode.SUM)

    assert figures.information_ratio == pytest.approx(theirs["information_ratio"], rel=1e-10)
