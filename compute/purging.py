"""The last days of a segment, whose labels look into the segment that follows."""

import numpy as np

from bars.universes import Days
from domain.errors import EmptyDataError
from domain.expression import parse
from domain.period import MAX_PURGE_DAYS, Period, Segments


def learnt_segments(segments: Segments, purge_days: int, calendar: Days) -> Segments:
    """The segments with as many trading days fewer at the end of train and valid; test stays.

    Raises:
        EmptyDataError: No day is left of one.
    """
    train, valid = (
        _purged(name, getattr(segments, name), purge_days, calendar) for name in ("train", "valid")
    )
    return Segments(train, valid, segments.test)


def label_warnings(learnt: Segments, purge_days: int, label: str, calendar: Days) -> list[str]:
    """What is to be said of labels that look into the segment that follows; nothing if none does.

    Args:
        learnt: What `learnt_segments` left.
        purge_days: How many days it took.
        label: Canonical.
        calendar: All trading days, ascending.
    """
    ahead = parse(label).lookahead_days
    pairs = (("train", learnt.train, learnt.valid), ("valid", learnt.valid, learnt.test))
    looking = {
        name: days
        for name, period, following in pairs
        if (days := _looking(period, following, ahead, calendar)) > 0
    }
    if not looking:
        return []
    told = " and of ".join(f"{_last(days)} of {name}" for name, days in looking.items())
    needed = purge_days + max(looking.values())
    most = min(MAX_PURGE_DAYS, purge_days + min(_count(one, calendar) for _, one, _ in pairs) - 1)
    remedy = (
        f"purgeDays: {needed} leaves such days out."
        if needed <= most
        else f"leaving them out would take a purgeDays of {needed}, and {most} is the most here; "
        "take a label that looks less far ahead, or segments that are longer or lie apart."
    )
    return [f"The labels of {told} look into the segment that follows; {remedy}"]


def _last(days: int) -> str:
    return "the last day" if days == 1 else f"the last {days} days"


def _purged(name: str, period: Period, purge_days: int, calendar: Days) -> Period:
    if not purge_days:
        return period
    first, stop = _rows(period, calendar)
    if stop - first <= purge_days:
        raise EmptyDataError(
            f"The {name} segment {period.start} to {period.end} has {stop - first} trading days, "
            f"and purgeDays takes {purge_days} of them; take fewer, or widen the segment.",
            "input.purgeDays",
        )
    return Period(period.start, calendar[stop - purge_days - 1].astype(object))


def _looking(period: Period, following: Period, ahead: int, calendar: Days) -> int:
    """How many days at the end of a period have labels that read days of the next."""
    first, stop = _rows(period, calendar)
    return min(stop - 1 + ahead - _rows(following, calendar)[0] + 1, stop - first)


def _count(period: Period, calendar: Days) -> int:
    first, stop = _rows(period, calendar)
    return stop - first


def _rows(period: Period, calendar: Days) -> tuple[int, int]:
    first, last = np.datetime64(period.start), np.datetime64(period.end)
    rows = np.searchsorted(calendar, [first, last + 1]).tolist()
    return rows[0], rows[1]
