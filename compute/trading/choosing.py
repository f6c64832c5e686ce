"""Chooses names as Qlib's TopkDropout does, from scores that are distinct ranks."""

import numpy as np

from compute.engine.compiled import kernel
from compute.trading.market import Flags, Floats, Holdings, Market, Places, Rules, can_trade


@kernel
def by_score(scores: Floats, order: Places) -> int:
    """Write the names with a score into `order`, the highest first.

    Args:
        scores: Ranks from 1, all distinct; NaN without one.
        order: As long as `scores`.

    Returns:
        How many there are.
    """
    count = 0
    for name in range(len(scores)):
        if not np.isnan(scores[name]):
            count += 1
    for name in range(len(scores)):
        if not np.isnan(scores[name]):
            order[count - int(scores[name])] = name
    return count


@kernel
def prefix(length: int, stop: int) -> int:
    """How long `sequence[:stop]` is in Python, where a negative stop leaves out the last ones."""
    return min(length, stop) if stop >= 0 else max(0, length + stop)


@kernel
def candidates(
    market: Market,
    rules: Rules,
    holdings: Holdings,
    row: int,
    order: Places,
    scored: int,
    held: int,
    today: Places,
) -> int:
    """Write the best names that are not held into `today`, the best first; at most those wanted.

    Qlib looks whether it has enough only after it has taken a tradable one, so it takes one where
    none is wanted.

    Returns:
        How many there are.
    """
    wanted = rules.n_drop + rules.topk - held
    count = 0
    for place in range(scored):
        name = order[place]
        if holdings.is_held[name]:
            continue
        if rules.only_tradable and not can_trade(market, row, name):
            continue
        today[count] = name
        count += 1
        if rules.only_tradable and count >= wanted:
            break
    return count if rules.only_tradable else prefix(count, wanted)


@kernel
def drop_worst(
    market: Market,
    rules: Rules,
    holdings: Holdings,
    row: int,
    order: Places,
    scored: int,
    today: Places,
    found: int,
    is_dropped: Flags,
) -> int:
    """Mark the holdings among the worst `n_drop` of holdings and candidates together.

    Holdings without a score are the worst, of them the last symbol first.

    Returns:
        How many are marked.
    """
    names = len(is_dropped)
    is_ranked = np.zeros(names, dtype=np.bool_)
    is_candidate = np.zeros(names, dtype=np.bool_)
    is_dropped[:] = False
    for place in range(scored):
        is_ranked[order[place]] = True
    for place in range(found):
        is_candidate[today[place]] = True
    taken, dropped = 0, 0
    for step in range(names + scored):
        if taken >= rules.n_drop:
            break
        if step < names:
            name = names - 1 - step
            is_in = holdings.is_held[name] and not is_ranked[name]
        else:
            name = order[scored - 1 - (step - names)]
            is_in = holdings.is_held[name] or is_candidate[name]
        if not is_in or (rules.only_tradable and not can_trade(market, row, name)):
            continue
        taken += 1
        if holdings.is_held[name]:
            is_dropped[name] = True
            dropped += 1
    return dropped
