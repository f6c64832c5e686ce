"""Spans of membership as they are stored: in order, apart from each other, open at the end."""

from collections.abc import Mapping
from datetime import date

from domain.work import Spans


def stored_spans(members: Mapping[str, Spans], last: date) -> dict[str, Spans]:
    """Spans by symbol in ascending order, overlapping ones made one.

    A span that reaches `last`, the last day of the data, is stored open: that the data end is no
    reason to leave, and more data of the same members is then the same universe.
    """
    return {symbol: _merged(members[symbol], last) for symbol in sorted(members)}


def _merged(spans: Spans, last: date) -> Spans:
    merged: list[tuple[date, date | None]] = []
    for start, end in sorted(spans, key=lambda span: span[0]):
        end = None if end is None or end >= last else end
        if merged and (merged[-1][1] is None or start <= merged[-1][1]):
            merged[-1] = (merged[-1][0], _later(merged[-1][1], end))
        else:
            merged.append((start, end))
    return tuple(merged)


def _later(one: date | None, other: date | None) -> date | None:
    return None if one is None or other is None else max(one, other)
