"""The legs of a rolling model: what each learns from, is stopped by and predicts."""

from domain.errors import BadInputError
from domain.period import Period, Segments
from domain.specs import Rolling
from resolvers.facts import Calendar, require_trading_days

MAX_LEGS = 500


def legs_of(segments: Segments, rolling: Rolling, calendar: Calendar) -> tuple[Segments, ...]:
    """The segments of each leg, by the days of test, which follow each other without a gap.

    Each predicts `step_days` trading days, the last perhaps fewer. All begin and end on trading
    days.

    Args:
        segments: The days of test are all that is predicted; no leg learns from a day before the
            first of train. Nothing else of them counts.
        rolling: Numbers of trading days, 1 or more.
        calendar: The trading days that there are.

    Raises:
        BadInputError: Test has no trading day, the first leg has too few days before it, or there
            would be more than `MAX_LEGS` legs.
    """
    test = require_trading_days(calendar.rows(segments.test), segments.test)
    _require_few(test.stop - test.start, rolling)
    earliest = calendar.rows(Period(segments.train.start, segments.test.end)).start
    _require_room(earliest, test.start, segments, rolling, calendar)
    firsts = range(test.start, test.stop, rolling.step_days)
    return tuple(
        _leg(first, min(first + rolling.step_days, test.stop), earliest, rolling, calendar)
        for first in firsts
    )


def _leg(first: int, stop: int, earliest: int, rolling: Rolling, calendar: Calendar) -> Segments:
    """The leg that predicts the rows from `first` to before `stop`."""
    valid = first - rolling.valid_days
    train = earliest if rolling.train_days is None else valid - rolling.train_days
    bounds = ((train, valid), (valid, first), (first, stop))
    return Segments(*(Period(calendar.day(a), calendar.day(b - 1)) for a, b in bounds))


def _require_few(days: int, rolling: Rolling) -> None:
    count = -(-days // rolling.step_days)
    if count > MAX_LEGS:
        fitting = -(-days // MAX_LEGS)
        raise BadInputError(
            f"stepDays {rolling.step_days} makes {count:,} legs of the {days:,} trading days of "
            f"test, and {MAX_LEGS} are the most; give {fitting} or more, which makes "
            f"{-(-days // fitting)} legs, or shorten test.",
            "input.rolling.stepDays",
        )


def _require_room(
    earliest: int, first: int, segments: Segments, rolling: Rolling, calendar: Calendar
) -> None:
    """Check that the first leg has its days to learn from and to be stopped by."""
    learnt = 1 if rolling.train_days is None else rolling.train_days
    short = rolling.valid_days + learnt - (first - earliest)
    if short <= 0:
        return
    ways = []
    if short <= earliest:
        ways.append(f"begin train on {calendar.day(earliest - short)} or earlier")
    if first + short < len(calendar.days):
        ways.append(f"begin test on {calendar.day(first + short)} or later")
    fewest = f"{_days(learnt)} (trainDays)"
    if rolling.train_days is None:
        fewest = f"at least {_days(learnt)}"
    raise BadInputError(
        f"The first leg learns from {fewest} and is stopped by "
        f"{_days(rolling.valid_days)} (validDays) before test begins on {segments.test.start}, "
        f"and since train begins on {segments.train.start} there {_are(first - earliest)}; "
        f"{', '.join(ways)}{', or ' if ways else ''}give fewer days.",
        "input.segments.train.start",
    )


def _are(count: int) -> str:
    return f"{'is' if count == 1 else 'are'} {_days(count)}"


def _days(count: int) -> str:
    return f"{count:,} trading {'day' if count == 1 else 'days'}"
