"""alpha068 to alpha101 in plain pandas, written from the paper and not from ours."""

import numpy as np
from paper_operators import (
    Frame,
    Market,
    adv,
    blend,
    correlation,
    decay_linear,
    delta,
    holds,
    indneutralize,
    middle,
    product,
    rank,
    rolling,
    scale,
    signed_power,
    ts_argmax,
    ts_argmin,
    ts_rank,
)


def body_place(m: Market) -> Frame:
    return ((m["close"] - m["low"]) - (m["high"] - m["close"])) / (m["high"] - m["low"])


def alpha068(m: Market) -> Frame:
    both = ts_rank(correlation(rank(m["high"], m), rank(adv(m, 15), m), 8), 13)
    return -holds(both < rank(delta(blend(m["close"], m["low"], 0.518371), 1), m))


def alpha069(m: Market) -> Frame:
    peak = rank(rolling(delta(indneutralize(m["vwap"], m), 2), 4).max(), m)
    mixed = blend(m["close"], m["vwap"], 0.490655)
    return -(peak ** ts_rank(correlation(mixed, adv(m, 20), 4), 9))


def alpha070(m: Market) -> Frame:
    both = correlation(indneutralize(m["close"], m), adv(m, 50), 17)
    return -(rank(delta(m["vwap"], 1), m) ** ts_rank(both, 17))


def alpha071(m: Market) -> Frame:
    placed = correlation(ts_rank(m["close"], 3), ts_rank(adv(m, 180), 12), 18)
    below = rank(m["low"] + m["open"] - (m["vwap"] + m["vwap"]), m) ** 2
    first, second = ts_rank(decay_linear(placed, 4), 15), ts_rank(decay_linear(below, 16), 4)
    return np.maximum(first, second)


def alpha072(m: Market) -> Frame:
    slow = decay_linear(correlation(middle(m), adv(m, 40), 8), 10)
    placed = correlation(ts_rank(m["vwap"], 3), ts_rank(m["volume"], 18), 6)
    return rank(slow, m) / rank(decay_linear(placed, 2), m)


def alpha073(m: Market) -> Frame:
    mixed = blend(m["open"], m["low"], 0.147155)
    late = ts_rank(decay_linear(-(delta(mixed, 2) / mixed), 3), 16)
    return -np.maximum(rank(decay_linear(delta(m["vwap"], 4), 2), m), late)


def alpha074(m: Market) -> Frame:
    slow = rank(correlation(m["close"], rolling(adv(m, 30), 37).sum(), 15), m)
    mixed = rank(blend(m["high"], m["vwap"], 0.0261661), m)
    return -holds(slow < rank(correlation(mixed, rank(m["volume"], m), 11), m))


def alpha075(m: Market) -> Frame:
    slow = rank(correlation(rank(m["low"], m), rank(adv(m, 50), m), 12), m)
    return holds(rank(correlation(m["vwap"], m["volume"], 4), m) < slow)


def alpha076(m: Market) -> Frame:
    both = ts_rank(correlation(indneutralize(m["low"], m), adv(m, 81), 8), 19)
    moved = rank(decay_linear(delta(m["vwap"], 1), 11), m)
    return -np.maximum(moved, ts_rank(decay_linear(both, 17), 19))


def alpha077(m: Market) -> Frame:
    above = middle(m) + m["high"] - (m["vwap"] + m["high"])
    both = correlation(middle(m), adv(m, 40), 3)
    return np.minimum(rank(decay_linear(above, 20), m), rank(decay_linear(both, 5), m))


def alpha078(m: Market) -> Frame:
    mixed = rolling(blend(m["low"], m["vwap"], 0.352233), 19).sum()
    slow = rank(correlation(mixed, rolling(adv(m, 40), 19).sum(), 6), m)
    return slow ** rank(correlation(rank(m["vwap"], m), rank(m["volume"], m), 5), m)


def alpha079(m: Market) -> Frame:
    within = indneutralize(blend(m["close"], m["open"], 0.60733), m)
    placed = correlation(ts_rank(m["vwap"], 3), ts_rank(adv(m, 150), 9), 14)
    return holds(rank(delta(within, 1), m) < rank(placed, m))


def alpha080(m: Market) -> Frame:
    within = indneutralize(blend(m["open"], m["high"], 0.868128), m)
    side = rank(np.sign(delta(within, 4)), m)
    return -(side ** ts_rank(correlation(m["high"], adv(m, 10), 5), 5))


def alpha081(m: Market) -> Frame:
    powered = rank(correlation(m["vwap"], rolling(adv(m, 10), 49).sum(), 8), m) ** 4
    traded = rank(np.log(product(rank(powered, m), 14)), m)
    other = rank(correlation(rank(m["vwap"], m), rank(m["volume"], m), 5), m)
    return -holds(traded < other)


def alpha082(m: Market) -> Frame:
    mixed = blend(m["open"], m["open"], 0.634196)
    both = correlation(indneutralize(m["volume"], m), mixed, 17)
    moved = rank(decay_linear(delta(m["open"], 1), 14), m)
    return -np.minimum(moved, ts_rank(decay_linear(both, 6), 13))


def alpha083(m: Market) -> Frame:
    reach = (m["high"] - m["low"]) / (rolling(m["close"], 5).sum() / 5)
    weighted = rank(reach.shift(2), m) * rank(rank(m["volume"], m), m)
    return weighted / (reach / (m["vwap"] - m["close"]))


def alpha084(m: Market) -> Frame:
    place = ts_rank(m["vwap"] - rolling(m["vwap"], 15).max(), 20)
    return signed_power(place, delta(m["close"], 4))


def alpha085(m: Market) -> Frame:
    mixed = blend(m["high"], m["close"], 0.876703)
    placed = correlation(ts_rank(middle(m), 3), ts_rank(m["volume"], 10), 7)
    return rank(correlation(mixed, adv(m, 30), 9), m) ** rank(placed, m)


def alpha086(m: Market) -> Frame:
    both = correlation(m["close"], rolling(adv(m, 20), 14).sum(), 6)
    above = rank(m["open"] + m["close"] - (m["vwap"] + m["open"]), m)
    return -holds(ts_rank(both, 20) < above)


def alpha087(m: Market) -> Frame:
    moved = rank(decay_linear(delta(blend(m["close"], m["vwap"], 0.369701), 1), 2), m)
    both = abs(correlation(indneutralize(adv(m, 81), m), m["close"], 13))
    return -np.maximum(moved, ts_rank(decay_linear(both, 4), 14))


def alpha088(m: Market) -> Frame:
    ranks = {name: rank(m[name], m) for name in ("open", "low", "high", "close")}
    shape = ranks["open"] + ranks["low"] - (ranks["high"] + ranks["close"])
    placed = correlation(ts_rank(m["close"], 8), ts_rank(adv(m, 60), 20), 8)
    return np.minimum(rank(decay_linear(shape, 8), m), ts_rank(decay_linear(placed, 6), 2))


def alpha089(m: Market) -> Frame:
    both = correlation(blend(m["low"], m["low"], 0.967285), adv(m, 10), 6)
    moved = decay_linear(delta(indneutralize(m["vwap"], m), 3), 10)
    return ts_rank(decay_linear(both, 5), 3) - ts_rank(moved, 15)


def alpha090(m: Market) -> Frame:
    below = rank(m["close"] - rolling(m["close"], 4).max(), m)
    both = correlation(indneutralize(adv(m, 40), m), m["low"], 5)
    return -(below ** ts_rank(both, 3))


def alpha091(m: Market) -> Frame:
    both = correlation(indneutralize(m["close"], m), m["volume"], 9)
    slow = ts_rank(decay_linear(decay_linear(both, 16), 3), 4)
    return -(slow - rank(decay_linear(correlation(m["vwap"], adv(m, 30), 4), 2), m))


def alpha092(m: Market) -> Frame:
    weak = middle(m) + m["close"] < m["low"] + m["open"]
    first = ts_rank(decay_linear(weak.astype(float), 14), 18)
    both = correlation(rank(m["low"], m), rank(adv(m, 30), m), 7)
    return np.minimum(first, ts_rank(decay_linear(both, 6), 6))


def alpha093(m: Market) -> Frame:
    both = correlation(indneutralize(m["vwap"], m), adv(m, 81), 17)
    moved = delta(blend(m["close"], m["vwap"], 0.524434), 2)
    return ts_rank(decay_linear(both, 19), 7) / rank(decay_linear(moved, 16), m)


def alpha094(m: Market) -> Frame:
    lifted = rank(m["vwap"] - rolling(m["vwap"], 11).min(), m)
    placed = correlation(ts_rank(m["vwap"], 19), ts_rank(adv(m, 60), 4), 18)
    return -(lifted ** ts_rank(placed, 2))


def alpha095(m: Market) -> Frame:
    sums = rolling(middle(m), 19).sum(), rolling(adv(m, 40), 19).sum()
    both = rank(correlation(*sums, 12), m) ** 5
    return holds(rank(m["open"] - rolling(m["open"], 12).min(), m) < ts_rank(both, 11))


def alpha096(m: Market) -> Frame:
    ranked = correlation(rank(m["vwap"], m), rank(m["volume"], m), 3)
    placed = correlation(ts_rank(m["close"], 7), ts_rank(adv(m, 60), 4), 3)
    latest = ts_rank(decay_linear(ts_argmax(placed, 12), 14), 13)
    return -np.maximum(ts_rank(decay_linear(ranked, 4), 8), latest)


def alpha097(m: Market) -> Frame:
    within = indneutralize(blend(m["low"], m["vwap"], 0.721001), m)
    moved = rank(decay_linear(delta(within, 3), 20), m)
    placed = ts_rank(correlation(ts_rank(m["low"], 7), ts_rank(adv(m, 60), 17), 4), 18)
    return -(moved - ts_rank(decay_linear(placed, 15), 6))


def alpha098(m: Market) -> Frame:
    traded = correlation(m["vwap"], rolling(adv(m, 5), 26).sum(), 4)
    opened = correlation(rank(m["open"], m), rank(adv(m, 15), m), 20)
    lowest = decay_linear(ts_rank(ts_argmin(opened, 8), 6), 8)
    return rank(decay_linear(traded, 7), m) - rank(lowest, m)


def alpha099(m: Market) -> Frame:
    sums = rolling(middle(m), 19).sum(), rolling(adv(m, 60), 19).sum()
    slow = rank(correlation(*sums, 8), m)
    return -holds(slow < rank(correlation(m["low"], m["volume"], 6), m))


def alpha100(m: Market) -> Frame:
    weighted = rank(body_place(m) * m["volume"], m)
    first = 1.5 * scale(indneutralize(indneutralize(weighted, m), m), m)
    lowest = rank(ts_argmin(m["close"], 30), m)
    inner = correlation(m["close"], rank(adv(m, 20), m), 5) - lowest
    return -(first - scale(indneutralize(inner, m), m)) * (m["volume"] / adv(m, 20))


def alpha101(m: Market) -> Frame:
    return (m["close"] - m["open"]) / (m["high"] - m["low"] + 0.001)
