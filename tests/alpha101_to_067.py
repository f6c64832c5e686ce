"""alpha034 to alpha067 in plain pandas, written from the paper and not from ours."""

import numpy as np
from paper_operators import (
    Frame,
    Market,
    adv,
    blend,
    choose,
    correlation,
    decay_linear,
    delta,
    holds,
    indneutralize,
    middle,
    rank,
    returns,
    rolling,
    scale,
    ts_argmax,
    ts_rank,
)


def trend_bend(m: Market) -> Frame:
    close = m["close"]
    older, newer = close.shift(20) - close.shift(10), close.shift(10) - close
    return older / 10 - newer / 10


def body_place(m: Market) -> Frame:
    return ((m["close"] - m["low"]) - (m["high"] - m["close"])) / (m["high"] - m["low"])


def alpha034(m: Market) -> Frame:
    spread = rolling(returns(m), 2).std() / rolling(returns(m), 5).std()
    return rank(1 - rank(spread, m) + (1 - rank(delta(m["close"], 1), m)), m)


def alpha035(m: Market) -> Frame:
    place = 1 - ts_rank(m["close"] + m["high"] - m["low"], 16)
    return ts_rank(m["volume"], 32) * place * (1 - ts_rank(returns(m), 32))


def alpha036(m: Market) -> Frame:
    body, late = m["close"] - m["open"], (-returns(m)).shift(6)
    first = 2.21 * rank(correlation(body, m["volume"].shift(1), 15), m)
    second = 0.7 * rank(m["open"] - m["close"], m) + 0.73 * rank(ts_rank(late, 5), m)
    third = rank(abs(correlation(m["vwap"], adv(m, 20), 6)), m)
    mean = rolling(m["close"], 200).sum() / 200
    return first + second + third + 0.6 * rank((mean - m["open"]) * body, m)


def alpha037(m: Market) -> Frame:
    body = m["open"] - m["close"]
    return rank(correlation(body.shift(1), m["close"], 200), m) + rank(body, m)


def alpha038(m: Market) -> Frame:
    return -rank(ts_rank(m["close"], 10), m) * rank(m["close"] / m["open"], m)


def alpha039(m: Market) -> Frame:
    calm = 1 - rank(decay_linear(m["volume"] / adv(m, 20), 9), m)
    year = rank(rolling(returns(m), 250).sum(), m)
    return -rank(delta(m["close"], 7) * calm, m) * (1 + year)


def alpha040(m: Market) -> Frame:
    return -rank(rolling(m["high"], 10).std(), m) * correlation(m["high"], m["volume"], 10)


def alpha041(m: Market) -> Frame:
    return np.sqrt(m["high"] * m["low"]) - m["vwap"]


def alpha042(m: Market) -> Frame:
    return rank(m["vwap"] - m["close"], m) / rank(m["vwap"] + m["close"], m)


def alpha043(m: Market) -> Frame:
    return ts_rank(m["volume"] / adv(m, 20), 20) * ts_rank(-delta(m["close"], 7), 8)


def alpha044(m: Market) -> Frame:
    return -correlation(m["high"], rank(m["volume"], m), 5)


def alpha045(m: Market) -> Frame:
    older = rank(rolling(m["close"].shift(5), 20).sum() / 20, m)
    short, long = rolling(m["close"], 5).sum(), rolling(m["close"], 20).sum()
    both = correlation(m["close"], m["volume"], 2)
    return -(older * both * rank(correlation(short, long, 2), m))


def alpha046(m: Market) -> Frame:
    bend = trend_bend(m)
    return choose(bend > 0.25, -1, choose(bend < 0, 1, -delta(m["close"], 1)))


def alpha047(m: Market) -> Frame:
    heavy = rank(1 / m["close"], m) * m["volume"] / adv(m, 20)
    place = m["high"] * rank(m["high"] - m["close"], m) / (rolling(m["high"], 5).sum() / 5)
    return heavy * place - rank(delta(m["vwap"], 5), m)


def alpha048(m: Market) -> Frame:
    move = delta(m["close"], 1)
    repeated = correlation(move, delta(m["close"].shift(1), 1), 250) * move / m["close"]
    squares = rolling((move / m["close"].shift(1)) ** 2, 250).sum()
    return indneutralize(repeated, m) / squares


def alpha049(m: Market) -> Frame:
    return choose(trend_bend(m) < -0.1, 1, -delta(m["close"], 1))


def alpha050(m: Market) -> Frame:
    both = correlation(rank(m["volume"], m), rank(m["vwap"], m), 5)
    return -rolling(rank(both, m), 5).max()


def alpha051(m: Market) -> Frame:
    return choose(trend_bend(m) < -0.05, 1, -delta(m["close"], 1))


def alpha052(m: Market) -> Frame:
    lowest = rolling(m["low"], 5).min()
    long = rolling(returns(m), 240).sum() - rolling(returns(m), 20).sum()
    return -delta(lowest, 5) * rank(long / 220, m) * ts_rank(m["volume"], 5)


def alpha053(m: Market) -> Frame:
    below = m["close"] - m["low"]
    return -delta((below - (m["high"] - m["close"])) / below, 9)


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


def alpha059(m: Market) -> Frame:
    within = indneutralize(blend(m["vwap"], m["vwap"], 0.728317), m)
    return -ts_rank(decay_linear(correlation(within, m["volume"], 4), 16), 8)


def alpha060(m: Market) -> Frame:
    weighted = scale(rank(body_place(m) * m["volume"], m), m)
    return -(2 * weighted - scale(rank(ts_argmax(m["close"], 10), m), m))


def alpha061(m: Market) -> Frame:
    lifted = rank(m["vwap"] - rolling(m["vwap"], 16).min(), m)
    return holds(lifted < rank(correlation(m["vwap"], adv(m, 180), 17), m))


def alpha062(m: Market) -> Frame:
    traded = rank(correlation(m["vwap"], rolling(adv(m, 20), 22).sum(), 9), m)
    opened = 2 * rank(m["open"], m)
    above = opened < rank(middle(m), m) + rank(m["high"], m)
    return -holds(traded < rank(above, m))


def alpha063(m: Market) -> Frame:
    moved = rank(decay_linear(delta(indneutralize(m["close"], m), 2), 8), m)
    mixed = blend(m["vwap"], m["open"], 0.318108)
    both = correlation(mixed, rolling(adv(m, 180), 37).sum(), 13)
    return -(moved - rank(decay_linear(both, 12), m))


def alpha064(m: Market) -> Frame:
    mixed = rolling(blend(m["open"], m["low"], 0.178404), 12).sum()
    both = rank(correlation(mixed, rolling(adv(m, 120), 12).sum(), 16), m)
    moved = delta(blend(middle(m), m["vwap"], 0.178404), 3)
    return -holds(both < rank(moved, m))


def alpha065(m: Market) -> Frame:
    mixed = blend(m["open"], m["vwap"], 0.00817205)
    both = rank(correlation(mixed, rolling(adv(m, 60), 8).sum(), 6), m)
    return -holds(both < rank(m["open"] - rolling(m["open"], 13).min(), m))


def alpha066(m: Market) -> Frame:
    moved = rank(decay_linear(delta(m["vwap"], 3), 7), m)
    below = blend(m["low"], m["low"], 0.96633) - m["vwap"]
    return -(moved + ts_rank(decay_linear(below / (m["open"] - middle(m)), 11), 6))


def alpha067(m: Market) -> Frame:
    rise = rank(m["high"] - rolling(m["high"], 2).min(), m)
    within = correlation(indneutralize(m["vwap"], m), indneutralize(adv(m, 20), m), 6)
    return -(rise ** rank(within, m))
