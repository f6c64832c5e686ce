"""35 of the 101 formulaic alphas in plain pandas, written from the paper and not from ours."""

from collections.abc import Callable, Mapping

import numpy as np
from paper_operators import (
    Frame,
    Market,
    adv,
    choose,
    correlation,
    decay_linear,
    delta,
    indneutralize,
    product,
    rank,
    returns,
    rolling,
    scale,
    signed_power,
    ts_argmax,
    ts_argmin,
    ts_rank,
)


def trend_bend(m: Market) -> Frame:
    close = m["close"]
    older, newer = close.shift(20) - close.shift(10), close.shift(10) - close
    return older / 10 - newer / 10


def body_place(m: Market) -> Frame:
    return ((m["close"] - m["low"]) - (m["high"] - m["close"])) / (m["high"] - m["low"])


def alpha001(m: Market) -> Frame:
    falling = choose(returns(m) < 0, rolling(returns(m), 20).std(), m["close"])
    return rank(ts_argmax(signed_power(falling, 2), 5), m) - 0.5


def alpha002(m: Market) -> Frame:
    growth = rank(delta(np.log(m["volume"]), 2), m)
    return -correlation(growth, rank((m["close"] - m["open"]) / m["open"], m), 6)


def alpha004(m: Market) -> Frame:
    return -ts_rank(rank(m["low"], m), 9)


def alpha007(m: Market) -> Frame:
    move = delta(m["close"], 7)
    return choose(adv(m, 20) < m["volume"], -ts_rank(abs(move), 60) * np.sign(move), -1)


def alpha008(m: Market) -> Frame:
    both = rolling(m["open"], 5).sum() * rolling(returns(m), 5).sum()
    return -rank(both - both.shift(10), m)


def alpha009(m: Market) -> Frame:
    move = delta(m["close"], 1)
    is_steady = (rolling(move, 5).min() > 0) | (rolling(move, 5).max() < 0)
    return choose(is_steady, move, -move)


def alpha012(m: Market) -> Frame:
    return np.sign(delta(m["volume"], 1)) * -delta(m["close"], 1)


def alpha013(m: Market) -> Frame:
    return -rank(rolling(rank(m["close"], m), 5).cov(rank(m["volume"], m)), m)


def alpha017(m: Market) -> Frame:
    bend = rank(delta(delta(m["close"], 1), 1), m)
    heavy = rank(ts_rank(m["volume"] / adv(m, 20), 5), m)
    return -rank(ts_rank(m["close"], 10), m) * bend * heavy


def alpha021(m: Market) -> Frame:
    long, short = rolling(m["close"], 8).sum() / 8, rolling(m["close"], 2).sum() / 2
    spread = rolling(m["close"], 8).std()
    quiet = choose(m["volume"] / adv(m, 20) >= 1, 1, -1)
    return choose(long + spread < short, -1, choose(short < long - spread, 1, quiet))


def alpha024(m: Market) -> Frame:
    slope = delta(rolling(m["close"], 100).sum() / 100, 100) / m["close"].shift(100)
    above = m["close"] - rolling(m["close"], 100).min()
    return choose(slope <= 0.05, -above, -delta(m["close"], 3))


def alpha026(m: Market) -> Frame:
    return -rolling(correlation(ts_rank(m["volume"], 5), ts_rank(m["high"], 5), 5), 3).max()


def alpha028(m: Market) -> Frame:
    middle = (m["high"] + m["low"]) / 2
    return scale(correlation(adv(m, 20), m["low"], 5) + middle - m["close"], m)


def alpha029(m: Market) -> Frame:
    inner = rank(rank(-rank(delta(m["close"] - 1, 5), m), m), m)
    summed = rolling(rolling(inner, 2).min(), 1).sum()
    ranked = rank(rank(scale(np.log(summed), m), m), m)
    late = (-returns(m)).shift(6)
    return rolling(product(ranked, 1), 5).min() + ts_rank(late, 5)


def alpha031(m: Market) -> Frame:
    decayed = decay_linear(-rank(rank(delta(m["close"], 10), m), m), 10)
    slow = rank(rank(rank(decayed, m), m), m)
    side = np.sign(scale(correlation(adv(m, 20), m["low"], 12), m))
    return slow + rank(-delta(m["close"], 3), m) + side


def alpha036(m: Market) -> Frame:
    body, late = m["close"] - m["open"], (-returns(m)).shift(6)
    first = 2.21 * rank(correlation(body, m["volume"].shift(1), 15), m)
    second = 0.7 * rank(m["open"] - m["close"], m) + 0.73 * rank(ts_rank(late, 5), m)
    third = rank(abs(correlation(m["vwap"], adv(m, 20), 6)), m)
    mean = rolling(m["close"], 200).sum() / 200
    return first + second + third + 0.6 * rank((mean - m["open"]) * body, m)


def alpha042(m: Market) -> Frame:
    return rank(m["vwap"] - m["close"], m) / rank(m["vwap"] + m["close"], m)


def alpha046(m: Market) -> Frame:
    bend = trend_bend(m)
    return choose(bend > 0.25, -1, choose(bend < 0, 1, -delta(m["close"], 1)))


def alpha048(m: Market) -> Frame:
    move = delta(m["close"], 1)
    repeated = correlation(move, delta(m["close"].shift(1), 1), 250) * move / m["close"]
    squares = rolling((move / m["close"].shift(1)) ** 2, 250).sum()
    return indneutralize(repeated, m) / squares


def alpha054(m: Market) -> Frame:
    above = -((m["low"] - m["close"]) * m["open"] ** 5)
    return above / ((m["low"] - m["high"]) * m["close"] ** 5)


def alpha055(m: Market) -> Frame:
    low, high = rolling(m["low"], 12).min(), rolling(m["high"], 12).max()
    place = rank((m["close"] - low) / (high - low), m)
    return -correlation(place, rank(m["volume"], m), 6)


def alpha056(m: Market) -> Frame:
    older = rolling(rolling(returns(m), 2).sum(), 3).sum()
    recent = rank(rolling(returns(m), 10).sum() / older, m)
    return -(recent * rank(returns(m) * m["market_cap"], m))


def alpha057(m: Market) -> Frame:
    return -(m["close"] - m["vwap"]) / decay_linear(rank(ts_argmax(m["close"], 30), m), 2)


def alpha058(m: Market) -> Frame:
    within = correlation(indneutralize(m["vwap"], m), m["volume"], 3)
    return -ts_rank(decay_linear(within, 7), 5)


def alpha060(m: Market) -> Frame:
    weighted = scale(rank(body_place(m) * m["volume"], m), m)
    return -(2 * weighted - scale(rank(ts_argmax(m["close"], 10), m), m))


def alpha062(m: Market) -> Frame:
    traded = rank(correlation(m["vwap"], rolling(adv(m, 20), 22).sum(), 9), m)
    opened = 2 * rank(m["open"], m)
    above = opened < rank((m["high"] + m["low"]) / 2, m) + rank(m["high"], m)
    return (traded < rank(above, m)).astype(float) * -1


def alpha067(m: Market) -> Frame:
    rise = rank(m["high"] - rolling(m["high"], 2).min(), m)
    within = correlation(indneutralize(m["vwap"], m), indneutralize(adv(m, 20), m), 6)
    return -(rise ** rank(within, m))


def alpha071(m: Market) -> Frame:
    placed = correlation(ts_rank(m["close"], 3), ts_rank(adv(m, 180), 12), 18)
    below = rank(m["low"] + m["open"] - (m["vwap"] + m["vwap"]), m) ** 2
    first, second = ts_rank(decay_linear(placed, 4), 15), ts_rank(decay_linear(below, 16), 4)
    return np.maximum(first, second)


def alpha081(m: Market) -> Frame:
    powered = rank(correlation(m["vwap"], rolling(adv(m, 10), 49).sum(), 8), m) ** 4
    traded = rank(np.log(product(rank(powered, m), 14)), m)
    other = rank(correlation(rank(m["vwap"], m), rank(m["volume"], m), 5), m)
    return (traded < other).astype(float) * -1


def alpha084(m: Market) -> Frame:
    place = ts_rank(m["vwap"] - rolling(m["vwap"], 15).max(), 20)
    return signed_power(place, delta(m["close"], 4))


def alpha092(m: Market) -> Frame:
    weak = (m["high"] + m["low"]) / 2 + m["close"] < m["low"] + m["open"]
    first = ts_rank(decay_linear(weak.astype(float), 14), 18)
    both = correlation(rank(m["low"], m), rank(adv(m, 30), m), 7)
    return np.minimum(first, ts_rank(decay_linear(both, 6), 6))


def alpha096(m: Market) -> Frame:
    ranked = correlation(rank(m["vwap"], m), rank(m["volume"], m), 3)
    placed = correlation(ts_rank(m["close"], 7), ts_rank(adv(m, 60), 4), 3)
    latest = ts_rank(decay_linear(ts_argmax(placed, 12), 14), 13)
    return -np.maximum(ts_rank(decay_linear(ranked, 4), 8), latest)


def alpha098(m: Market) -> Frame:
    traded = correlation(m["vwap"], rolling(adv(m, 5), 26).sum(), 4)
    opened = correlation(rank(m["open"], m), rank(adv(m, 15), m), 20)
    lowest = decay_linear(ts_rank(ts_argmin(opened, 8), 6), 8)
    return rank(decay_linear(traded, 7), m) - rank(lowest, m)


def alpha100(m: Market) -> Frame:
    weighted = rank(body_place(m) * m["volume"], m)
    first = 1.5 * scale(indneutralize(indneutralize(weighted, m), m), m)
    lowest = rank(ts_argmin(m["close"], 30), m)
    inner = correlation(m["close"], rank(adv(m, 20), m), 5) - lowest
    return -(first - scale(indneutralize(inner, m), m)) * (m["volume"] / adv(m, 20))


def alpha101(m: Market) -> Frame:
    return (m["close"] - m["open"]) / (m["high"] - m["low"] + 0.001)


REFERENCES: Mapping[str, Callable[[Market], Frame]] = {
    name: value for name, value in sorted(globals().items()) if name.startswith("alpha")
}
"""The alphas that are written here, by name."""
