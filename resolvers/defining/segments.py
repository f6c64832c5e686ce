"""The segments of a model, and the days at their ends that are not learned from."""

from domain.definitions import GivenPeriod, GivenSegments
from domain.period import MAX_PURGE_DAYS, Period, Segments
from resolvers.defining.faults import Faults
from resolvers.defining.grounds import Ground, member_issues, period_issues
from resolvers.desk import Desk


async def read_segments(
    given: GivenSegments, ground: Ground | None, desk: Desk, faults: Faults
) -> Segments | None:
    """The segments, if each has days and members and they follow each other."""
    path = "input.segments"
    in_order = _check_order(given, path, faults)
    if ground is None:
        return None
    periods = []
    for name in ("train", "valid", "test"):
        days: GivenPeriod = getattr(given, name)
        what, where = f"{name} segment", f"{path}.{name}"
        if faults.extend(period_issues(days, what, where, ground)):
            period = Period(days.start, days.end)
            faults.extend(await member_issues(period, what, where, ground, desk))
            periods.append(period)
    return Segments(*periods) if in_order and len(periods) == 3 else None


def _check_order(given: GivenSegments, path: str, faults: Faults) -> bool:
    in_order = True
    pairs = (
        ("train", given.train, "valid", given.valid),
        ("valid", given.valid, "test", given.test),
    )
    for earlier, before, later, after in pairs:
        if after.start <= before.end:
            in_order = False
            faults.add(
                f"The {later} segment begins on {after.start}, and the {earlier} segment ends on "
                f"{before.end}; begin it on a later day, since train, valid and test follow each "
                "other and share no day.",
                f"{path}.{later}.start",
            )
    return in_order


def check_purge_days(
    given: int,
    segments: Segments | None,
    ground: Ground | None,
    faults: Faults,
    path: str = "input.purgeDays",
) -> int:
    """How many days are dropped, if train and valid have more than that."""
    if not 0 <= given <= MAX_PURGE_DAYS:
        faults.add(f"purgeDays is {given}; give 0 to {MAX_PURGE_DAYS}.", path)
    elif segments and ground:
        for name, period in (("train", segments.train), ("valid", segments.valid)):
            rows = ground.calendar.rows(period)
            if (days := rows.stop - rows.start) <= given:
                faults.add(
                    f"purgeDays is {given}, and the {name} segment has {days} trading days, so "
                    f"none would be left; give at most {days - 1}, or widen the segment.",
                    path,
                )
    return given
