"""The schedule by which a rolling model is trained anew."""

from domain.period import Period, Segments
from domain.specs import Rolling
from resolvers.defining.faults import Faults
from resolvers.defining.grounds import Ground
from resolvers.legs import legs_of

_PATH = "input.rolling"


def roll(
    rolling: Rolling,
    segments: Segments | None,
    purge_days: int,
    ground: Ground | None,
    faults: Faults,
) -> Segments | None:
    """The segments of a rolling model, if its legs have their days.

    Test and the first day of train are as they are written. Train ends and valid lies where the
    first leg has them, so that a definition says one thing in one way.
    """
    if not _check_numbers(rolling, faults) or segments is None or ground is None:
        return segments
    legs = faults.attempt(legs_of, segments, rolling, ground.calendar)
    if legs is None:
        return None
    first = legs[0]
    _check_purged(rolling, first, purge_days, ground, faults)
    train = Period(segments.train.start, first.train.end)
    return Segments(train, first.valid, segments.test)


def _check_numbers(rolling: Rolling, faults: Faults) -> bool:
    are_right = True
    given = {"stepDays": rolling.step_days, "validDays": rolling.valid_days}
    for name, days in given.items():
        if days < 1:
            are_right = False
            faults.add(f"{name} is {days}; give 1 trading day or more.", f"{_PATH}.{name}")
    if rolling.train_days is not None and rolling.train_days < 1:
        are_right = False
        faults.add(
            f"trainDays is {rolling.train_days}; give 1 trading day or more, or leave it out to "
            "learn from all days since train begins.",
            f"{_PATH}.trainDays",
        )
    return are_right


def _check_purged(
    rolling: Rolling, first: Segments, purge_days: int, ground: Ground, faults: Faults
) -> None:
    """Check that purging leaves days in the first leg; the others have as many or more."""
    rows = ground.calendar.rows(first.train)
    learnt = rows.stop - rows.start
    if learnt <= purge_days and rolling.train_days is None:
        faults.add(
            f"purgeDays is {purge_days}, and the first leg has {learnt} trading days to learn "
            "from, so none would be left; begin train earlier, or purge fewer.",
            "input.segments.train.start",
        )
    given = {"trainDays": rolling.train_days, "validDays": rolling.valid_days}
    for name, days in given.items():
        if days is not None and days <= purge_days:
            faults.add(
                f"purgeDays is {purge_days} and {name} is {days}, so none would be left; give "
                f"at least {purge_days + 1}, or purge fewer.",
                f"{_PATH}.{name}",
            )
