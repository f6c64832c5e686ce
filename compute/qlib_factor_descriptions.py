"""What the factors of Alpha158 and Alpha360 measure, in a sentence each."""

import re

_BARS = {
    "KMID": "The day's move from open to close, over the open.",
    "KLEN": "The day's range from low to high, over the open.",
    "KMID2": "The day's move from open to close, over its range.",
    "KUP": "The upper shadow, from the body to the high, over the open.",
    "KUP2": "The upper shadow, from the body to the high, over the day's range.",
    "KLOW": "The lower shadow, from the low to the body, over the open.",
    "KLOW2": "The lower shadow, from the low to the body, over the day's range.",
    "KSFT": "Twice how far the close lies above the middle of the day's range, over the open.",
    "KSFT2": "Twice how far the close lies above the middle of the day's range, over the range.",
}

_ROLLING = {
    "ROC": "The close {n} days ago, over today's.",
    "MA": "The mean close of {n} days, over today's.",
    "STD": "The standard deviation of the close over {n} days, over today's close.",
    "BETA": "The slope of the close over {n} days, a day, over today's close.",
    "RSQR": "How well a straight line fits the close of {n} days: R squared.",
    "RESI": "How far today's close lies off the straight line through {n} days, over the close.",
    "MAX": "The highest high of {n} days, over today's close.",
    "MIN": "The lowest low of {n} days, over today's close.",
    "QTLU": "The 80 % quantile of the close over {n} days, over today's close.",
    "QTLD": "The 20 % quantile of the close over {n} days, over today's close.",
    "RANK": "The rank of today's close among those of {n} days, as a fraction.",
    "RSV": "Where the close stands between the lowest low and the highest high of {n} days.",
    "IMAX": "Where in the last {n} days the highest high fell: 1 is today.",
    "IMIN": "Where in the last {n} days the lowest low fell: 1 is today.",
    "IMXD": "By how much the highest high of {n} days is later than the lowest low, over {n}.",
    "CORR": "The correlation over {n} days of the close with the logarithm of the volume.",
    "CORD": "The correlation over {n} days of the close's change with the volume's.",
    "CNTP": "The share of {n} days on which the close rose.",
    "CNTN": "The share of {n} days on which the close fell.",
    "CNTD": "The share of {n} days on which the close rose, less that on which it fell.",
    "SUMP": "The sum of the close's rises over {n} days, over the sum of all its moves.",
    "SUMN": "The sum of the close's falls over {n} days, over the sum of all its moves.",
    "SUMD": "The close's rises over {n} days less its falls, over the sum of all its moves.",
    "VMA": "The mean volume of {n} days, over today's.",
    "VSTD": "The standard deviation of the volume over {n} days, over today's volume.",
    "WVMA": "The standard deviation over {n} days of moves weighted by volume, over their mean.",
    "VSUMP": "The sum of the volume's rises over {n} days, over the sum of all its moves.",
    "VSUMN": "The sum of the volume's falls over {n} days, over the sum of all its moves.",
    "VSUMD": "The volume's rises over {n} days less its falls, over the sum of all its moves.",
}

_LAGGED = ("OPEN", "HIGH", "LOW", "CLOSE", "VWAP", "VOLUME")
_NUMBERED = re.compile(r"([A-Z]+)(\d+)")


def describe(name: str) -> str:
    """A sentence about a factor of Alpha158 or Alpha360, by its name.

    Raises:
        KeyError: Neither has such a factor.
    """
    if name in _BARS:
        return _BARS[name]
    match = _NUMBERED.fullmatch(name)
    if match is None:
        raise KeyError(name)
    kind, days = match[1], int(match[2])
    return _describe_lag(kind, days) if kind in _LAGGED else _ROLLING[kind].format(n=days)


def _describe_lag(kind: str, days: int) -> str:
    ago = {0: "today", 1: "yesterday"}.get(days, f"{days} days ago")
    whole = "volume" if kind == "VOLUME" else "close"
    return f"The {kind.lower()} of {ago}, over today's {whole}."
