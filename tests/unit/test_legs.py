"""The legs of a rolling model: which days each learns from, is stopped by and predicts."""

from datetime import date

import numpy as np
import pytest

from domain.errors import BadInputError
from domain.period import Period, Segments
from domain.specs import Rolling
from resolvers.facts import Calendar
from resolvers.legs import MAX_LEGS, legs_of

HOLIDAYS = np.arange("2020-04-04", "2020-04-13", dtype="datetime64[D]")
DAYS = np.setdiff1d(
    np.busday_offset(np.datetime64("2020-01-01"), np.arange(160), roll="forward"), HOLIDAYS
)
CALENDAR = Calendar(DAYS)


def day(text: str) -> date:
    return date.fromisoformat(text)


def segments(train: str, test: str, end: str) -> Segments:
    """Segments of which only these days count."""
    middle = Period(day("2020-03-02"), day("2020-03-02"))
    return Segments(Period(day(train), day(train)), middle, Period(day(test), day(end)))


def plainly(given: Segments, rolling: Rolling) -> list[list[list[date]]]:
    """The trading days of each leg's segments, counted off one by one."""
    days = [one for one in DAYS.tolist() if given.train.start <= one <= given.test.end]
    before = [one for one in days if one < given.test.start]
    test = days[len(before) :]
    legs = []
    while test:
        valid = before[-rolling.valid_days :]
        train = before[: -rolling.valid_days]
        if rolling.train_days is not None:
            train = train[-rolling.train_days :]
        legs.append([train, valid, test[: rolling.step_days]])
        before, test = before + test[: rolling.step_days], test[rolling.step_days :]
    return legs


WHOLE = segments("2020-01-20", "2020-03-16", "2020-06-12")
CASES = {
    "the last leg is shorter": (WHOLE, Rolling(11, 5, 20)),
    "an exact multiple": (segments("2020-01-20", "2020-03-16", "2020-03-27"), Rolling(5, 5, 20)),
    "a leg a day": (segments("2020-01-20", "2020-03-16", "2020-04-24"), Rolling(1, 3, 9)),
    "one leg": (WHOLE, Rolling(1000, 5, 20)),
    "all days since train begins": (WHOLE, Rolling(11, 5)),
    "holidays at the edges": (segments("2020-01-20", "2020-04-04", "2020-04-13"), Rolling(1, 2, 3)),
    "days without trading": (segments("2020-01-18", "2020-03-14", "2020-06-14"), Rolling(7, 4)),
    "as many days as there are": (
        segments("2020-02-10", "2020-03-16", "2020-05-29"),
        Rolling(9, 5, 20),
    ),
}


@pytest.mark.parametrize(("given", "rolling"), CASES.values(), ids=list(CASES))
def test_each_leg_has_the_days_that_are_counted_off(given: Segments, rolling: Rolling) -> None:
    legs = legs_of(given, rolling, CALENDAR)

    def days(period: Period) -> list[date]:
        # The ends are trading days, so that equal legs have equal keys.
        assert {period.start, period.end} <= set(DAYS.tolist())
        return [one for one in DAYS.tolist() if one in period]

    found = [[days(leg.train), days(leg.valid), days(leg.test)] for leg in legs]
    assert found == plainly(given, rolling)


def test_a_longer_test_segment_leaves_the_whole_legs_as_they_are() -> None:
    longer = Segments(WHOLE.train, WHOLE.valid, Period(WHOLE.test.start, day("2020-07-31")))
    for train_days in (20, None):
        rolling = Rolling(11, 5, train_days)
        short, long = legs_of(WHOLE, rolling, CALENDAR), legs_of(longer, rolling, CALENDAR)
        assert long[: len(short) - 1] == short[:-1]
        assert len(long) > len(short)


def refusal(given: Segments, rolling: Rolling, calendar: Calendar = CALENDAR) -> BadInputError:
    with pytest.raises(BadInputError) as refused:
        legs_of(given, rolling, calendar)
    return refused.value


def test_a_first_leg_without_its_days_is_refused_with_days_that_would_do() -> None:
    given = segments("2020-02-10", "2020-03-16", "2020-05-29")
    refused = refusal(given, Rolling(5, 6, 20))
    assert refused.field == "input.segments.train.start"
    assert refused.message == (
        "The first leg learns from 20 trading days (trainDays) and is stopped by 6 trading days "
        "(validDays) before test begins on 2020-03-16, and since train begins on 2020-02-10 there "
        "are 25 trading days; begin train on 2020-02-07 or earlier, begin test on 2020-03-17 or "
        "later, or give fewer days."
    )
    for train, test in (("2020-02-07", "2020-03-16"), ("2020-02-10", "2020-03-17")):
        assert legs_of(segments(train, test, "2020-05-29"), Rolling(5, 6, 20), CALENDAR)


def test_what_no_other_day_would_mend_is_told_without_one() -> None:
    refused = refusal(segments("2020-01-01", "2020-01-02", "2020-05-29"), Rolling(5, 1000))
    assert (
        "learns from at least 1 trading day and is stopped by 1,000 trading days" in refused.message
    )
    assert refused.message.endswith("there is 1 trading day; give fewer days.")


def test_more_legs_than_are_taken_are_counted_with_a_step_that_fits() -> None:
    days = np.busday_offset(np.datetime64("2010-01-01"), np.arange(1300), roll="forward")
    calendar = Calendar(days)
    long = Segments(
        Period(day("2010-01-01"), day("2010-01-29")),
        Period(day("2010-02-01"), day("2010-02-26")),
        Period(days[100].item(), days[1100].item()),
    )
    refused = refusal(long, Rolling(2, 5, 20), calendar)
    assert refused.field == "input.rolling.stepDays"
    assert "stepDays 2 makes 501 legs of the 1,001 trading days of test" in refused.message
    assert "give 3 or more, which makes 334 legs" in refused.message
    assert len(legs_of(long, Rolling(3, 5, 20), calendar)) == 334
    shorter = Segments(long.train, long.valid, Period(days[100].item(), days[1099].item()))
    assert len(legs_of(shorter, Rolling(2, 5, 20), calendar)) == MAX_LEGS


def test_a_test_segment_without_a_trading_day_is_refused() -> None:
    given = segments("2020-01-20", "2020-04-04", "2020-04-12")
    assert "No trading day lies between" in refusal(given, Rolling(5, 5)).message
