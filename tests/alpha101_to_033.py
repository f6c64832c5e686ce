"""alpha001 to alpha033 in plain pandas, written from the paper and not from ours."""

import numpy as np
from paper_operators import (
    Frame,
    Market,
    adv,
    choose,
    correlation,
    decay_linear,
    delta,
    middle,
    product,
    rank,
    returns,
    rolling,
    scale,
    signed_power,
    ts_argmax,
    ts_rank,
)


def alpha001(m: Market) -> Frame:
    falling = choose(returns(m) < 0, rolling(returns(m), 20).std(), m["close"])
    return rank(ts_argmax(signed_power(falling, 2), 5), m) - 0.5


def alpha002(m: Market) -> Frame:
    growth = rank(delta(np.log(m["volume"]), 2), m)
    return -correlation(growth, rank((m["close"] - m["open"]) / m["open"], m), 6)


def alpha003(m: Market) -> Frame:
    return -correlation(rank(m["open"], m), rank(m["volume"], m), 10)


def alpha004(m: Market) -> Frame:
    return -ts_rank(rank(m["low"], m), 9)


def alpha005(m: Market) -> Frame:
    above = rank(m["open"] - rolling(m["vwap"], 10).sum() / 10, m)
    return above * -abs(rank(m["close"] - m["vwap"], m))


def alpha006(m: Market) -> Frame:
    return -correlation(m["open"], m["volume"], 10)


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


def alpha010(m: Market) -> Frame:
    move = delta(m["close"], 1)
    is_steady = (rolling(move, 4).min() > 0) | (rolling(move, 4).max() < 0)
    return rank(choose(is_steady, move, -move), m)


def alpha011(m: Market) -> Frame:
    above = rolling(m["vwap"] - m["close"], 3)
    return (rank(above.max(), m) + rank(above.min(), m)) * rank(delta(m["volume"], 3), m)


def alpha012(m: Market) -> Frame:
    return np.sign(delta(m["volume"], 1)) * -delta(m["close"], 1)


def alpha013(m: Market) -> Frame:
    return -rank(rolling(rank(m["close"], m), 5).cov(rank(m["volume"], m)), m)


def alpha014(m: Market) -> Frame:
    return -rank(delta(returns(m), 3), m) * correlation(m["open"], m["volume"], 10)


def alpha015(m: Market) -> Frame:
    both = correlation(rank(m["high"], m), rank(m["volume"], m), 3)
    return -rolling(rank(both, m), 3).sum()


def alpha016(m: Market) -> Frame:
    return -rank(rolling(rank(m["high"], m), 5).cov(rank(m["volume"], m)), m)


def alpha017(m: Market) -> Frame:
    bend = rank(delta(delta(m["close"], 1), 1), m)
    heavy = rank(ts_rank(m["volume"] / adv(m, 20), 5), m)
    return -rank(ts_rank(m["close"], 10), m) * bend * heavy


def alpha018(m: Market) -> Frame:
    body = m["close"] - m["open"]
    return -rank(rolling(abs(body), 5).std() + body + correlation(m["close"], m["open"], 10), m)


def alpha019(m: Market) -> Frame:
    week = m["close"] - m["close"].shift(7) + delta(m["close"], 7)
    return -np.sign(week) * (1 + rank(1 + rolling(returns(m), 250).sum(), m))


def alpha020(m: Market) -> Frame:
    gaps = [rank(m["open"] - m[name].shift(1), m) for name in ("high", "close", "low")]
    return -gaps[0] * gaps[1] * gaps[2]


def alpha021(m: Market) -> Frame:
    long, short = rolling(m["close"], 8).sum() / 8, rolling(m["close"], 2).sum() / 2
    spread = rolling(m["close"], 8).std()
    quiet = choose(m["volume"] / adv(m, 20) >= 1, 1, -1)
    return choose(long + spread < short, -1, choose(short < long - spread, 1, quiet))


def alpha022(m: Market) -> Frame:
    turn = delta(correlation(m["high"], m["volume"], 5), 5)
    return -(turn * rank(rolling(m["close"], 20).std(), m))


def alpha023(m: Market) -> Frame:
    return choose(rolling(m["high"], 20).sum() / 20 < m["high"], -delta(m["high"], 2), 0)


def alpha024(m: Market) -> Frame:
    slope = delta(rolling(m["close"], 100).sum() / 100, 100) / m["close"].shift(100)
    above = m["close"] - rolling(m["close"], 100).min()
    return choose(slope <= 0.05, -above, -delta(m["close"], 3))


def alpha025(m: Market) -> Frame:
    return rank(-returns(m) * adv(m, 20) * m["vwap"] * (m["high"] - m["close"]), m)


def alpha026(m: Market) -> Frame:
    return -rolling(correlation(ts_rank(m["volume"], 5), ts_rank(m["high"], 5), 5), 3).max()


def alpha027(m: Market) -> Frame:
    both = correlation(rank(m["volume"], m), rank(m["vwap"], m), 6)
    return choose(rank(rolling(both, 2).sum() / 2, m) > 0.5, -1, 1)


def alpha028(m: Market) -> Frame:
    return scale(correlation(adv(m, 20), m["low"], 5) + middle(m) - m["close"], m)


def alpha029(m: Market) -> Frame:
    inner = rank(rank(-rank(delta(m["close"] - 1, 5), m), m), m)
    summed = rolling(rolling(inner, 2).min(), 1).sum()
    ranked = rank(rank(scale(np.log(summed), m), m), m)
    late = (-returns(m)).shift(6)
    return rolling(product(ranked, 1), 5).min() + ts_rank(late, 5)


def alpha030(m: Market) -> Frame:
    signs = sum(np.sign(delta(m["close"], 1)).shift(days) for days in range(3))
    traded = rolling(m["volume"], 5).sum() / rolling(m["volume"], 20).sum()
    return (1 - rank(signs, m)) * traded


def alpha031(m: Market) -> Frame:
    decayed = decay_linear(-rank(rank(delta(m["close"], 10), m), m), 10)
    slow = rank(rank(rank(decayed, m), m), m)
    side = np.sign(scale(correlation(adv(m, 20), m["low"], 12), m))
    return slow + rank(-delta(m["close"], 3), m) + side


def alpha032(m: Market) -> Frame:
    below = scale(rolling(m["close"], 7).sum() / 7 - m["close"], m)
    return below + 20 * scale(correlation(m["vwap"], m["close"].shift(5), 230), m)


def alpha033(m: Market) -> Frame:
    return rank(m["open"] / m["close"] - 1, m)
