"""The alphas, and the operators they need, are what the paper's formulas give in plain pandas."""

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd
import pytest
from alpha101_references import REFERENCES
from paper_operators import (
    Frame,
    Market,
    adv,
    decay_linear,
    demean,
    indneutralize,
    product,
    rank,
    residual,
    scale,
    signed_power,
    ts_argmax,
    ts_argmin,
    winsorize,
    zscore,
)

from compute.engine.cross_sections import Universe, evaluate_all
from compute.engine.panel_evaluation import FieldPanel
from compute.engine.spans import Spans
from compute.engine.turns import Series
from domain.alpha101.expressions import ALPHA101
from domain.expression import parse

DAYS, NAMES = 320, 24


@pytest.fixture(scope="module")
def market() -> Market:
    """Walks with gaps, days without trade, late listings, names that leave the universe.

    Some shares cost a few cents, so that their volume exceeds the money, and some rise.
    """
    chance = np.random.default_rng(17)
    shape = (DAYS, NAMES)
    level = np.exp(chance.normal(0, 0.02, shape).cumsum(axis=0)) * chance.uniform(5, 90, NAMES)
    level[:, 11:14] /= 200
    level[:, 14:18] *= np.exp(0.0015 * np.arange(DAYS))[:, None]
    prices = {
        name: level * np.exp(chance.normal(0, 0.01, shape)) for name in ("open", "close", "vwap")
    }
    prices["high"] = np.maximum(prices["open"], prices["close"]) * (1 + chance.random(shape) / 50)
    prices["low"] = np.minimum(prices["open"], prices["close"]) * (1 - chance.random(shape) / 50)
    prices["volume"] = np.round(chance.lognormal(12, 1, shape))
    prices["market_cap"] = level * chance.uniform(1e6, 1e8, NAMES)
    gone = chance.random(shape) < 0.02
    gone[:40, 3] = True
    gone[100:130, 5] = True
    for name in prices:
        prices[name][gone] = np.nan
    prices["volume"][200:203, 7] = 0
    prices["close"][::11, 2] = prices["open"][::11, 2]
    members = np.ones(shape, dtype=np.bool_)
    members[150:220, :6], members[:60, 8], members[:, 23] = False, False, False
    sectors = pd.Series(["a", "b", "c", "d"] * (NAMES // 4)).where(np.arange(NAMES) != 10)
    frames = {name: pd.DataFrame(values.astype(np.float32)) for name, values in prices.items()}
    return {**frames, "members": pd.DataFrame(members), "sectors": sectors}


OPERATORS: dict[str, Callable[[Market], Frame]] = {
    "CSRank($close/$open)": lambda m: rank(m["close"] / m["open"], m),
    "CSZScore($close/$open)": lambda m: zscore(m["close"] / m["open"], m),
    "CSDemean($close/$open)": lambda m: demean(m["close"] / m["open"], m),
    "CSScale($close-$open)": lambda m: scale(m["close"] - m["open"], m),
    "CSWinsorize($close/$open, 0.1)": lambda m: winsorize(m["close"] / m["open"], 0.1, m),
    "CSNeutralize($close/$open, sector)": lambda m: indneutralize(m["close"] / m["open"], m),
    "CSNeutralize($close/$open, Log($market_cap))": lambda m: residual(
        m["close"] / m["open"], np.log(m["market_cap"]), m
    ),
    "SignedPower($close-$open, 0.5)": lambda m: signed_power(m["close"] - m["open"], 0.5),
    "SignedPower($close-$open, $open)": lambda m: signed_power(
        (m["close"] - m["open"]).astype(float), m["open"].astype(float)
    ),
    "DecayLinear($close, 12)": lambda m: decay_linear(m["close"], 12),
    "TsArgMax($close, 12)": lambda m: ts_argmax(m["close"], 12),
    "TsArgMin($volume, 12)": lambda m: ts_argmin(m["volume"], 12),
    "Product($close/$open, 12)": lambda m: product(m["close"] / m["open"], 12),
    "Adv(12)": lambda m: adv(m, 12),
}


def engine_values(texts: Iterable[str], market: Market) -> list[Frame]:
    """What the engine computes, float64."""
    universe = Universe(
        np.array(market["members"], order="C"), pd.factorize(market["sectors"])[0].astype(np.int32)
    )
    spans = Spans(np.zeros(NAMES, dtype=np.int64), np.full(NAMES, DAYS))
    trees = [parse(text).tree for text in texts]
    outs = np.full((len(trees), DAYS, NAMES), np.nan)

    def keep(place: int, columns: slice, series: Series) -> None:
        outs[place][:, columns] = series.values

    def read(names: Iterable[str]) -> dict[str, FieldPanel]:
        return {name: FieldPanel(market[name].to_numpy(), spans) for name in names}

    evaluate_all(trees, read, universe, keep)
    return [pd.DataFrame(out) for out in outs]


TIES = {
    "alpha067": 0.997,
    "alpha076": 0.99,
    "alpha092": 0.998,
    "alpha097": 0.998,
    "alpha098": 0.96,
}
"""The share of cells that must agree where it is less than usual.

067 ranks correlations over two days, which are 1 or -1 but for a last bit; the others rank decays
of ranks, which tie but for one.
"""


def require_near(ours: Frame, theirs: Frame, share: float = 0.9998) -> None:
    """Equal but for cells that hang on the last bit of a comparison."""
    ours, theirs = ours.to_numpy(), theirs.to_numpy(np.float64)
    assert np.isfinite(theirs).mean() > 0.1
    np.testing.assert_array_equal(np.isnan(ours), np.isnan(theirs))
    near = np.isclose(ours, theirs, rtol=1e-5, atol=1e-7, equal_nan=True)
    assert near.mean() > share, f"{(~near).sum()} of {near.size} cells differ"


@pytest.mark.parametrize("text", OPERATORS)
def test_an_operator_beyond_qlib_is_its_reference(text: str, market: Market) -> None:
    [ours] = engine_values([text], market)
    with np.errstate(all="ignore"):
        require_near(ours, OPERATORS[text](market))


@pytest.mark.parametrize("name", REFERENCES)
def test_an_alpha_is_the_papers_formula(name: str, market: Market) -> None:
    [ours] = engine_values([ALPHA101[name]], market)
    with np.errstate(all="ignore"):
        theirs = REFERENCES[name](market)
    require_near(ours, theirs, TIES.get(name, 0.9998))


def test_every_alpha_has_values(market: Market) -> None:
    values = engine_values(ALPHA101.values(), market)
    known = {
        name: np.isfinite(frame.to_numpy()[-30:]).mean()
        for name, frame in zip(ALPHA101, values, strict=True)
    }

    assert {name for name, share in known.items() if share < 0.3} == set()
