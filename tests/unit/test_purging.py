"""Which days are not learned from, and what is said where labels look too far."""

from datetime import date

import numpy as np
import pytest

from compute.purging import label_warnings, learnt_segments
from domain.errors import EmptyDataError
from domain.period import Period, Segments

CALENDAR = np.arange(np.datetime64("2024-01-01"), np.datetime64("2024-03-01"))
LABEL = "Sub(Div(Ref($close,-2),Ref($close,-1)),1)"


def january(first: int, last: int) -> Period:
    return Period(date(2024, 1, first), date(2024, 1, last))


ADJOINING = Segments(january(1, 10), january(11, 15), january(16, 31))


def test_train_and_valid_end_so_many_trading_days_earlier_and_test_stays() -> None:
    weekdays = CALENDAR[np.is_busday(CALENDAR)]
    learnt = learnt_segments(ADJOINING, 2, weekdays)
    assert learnt == Segments(january(1, 8), january(11, 11), ADJOINING.test)
    assert learnt_segments(ADJOINING, 0, weekdays) == ADJOINING


def test_a_segment_of_which_no_day_would_be_left_is_refused() -> None:
    with pytest.raises(EmptyDataError, match=r"valid segment .* has 5 trading days"):
        learnt_segments(ADJOINING, 5, CALENDAR)


@pytest.mark.parametrize("purged", [0, 1])
def test_the_days_that_are_said_to_be_right_are_just_enough(purged: int) -> None:
    [warning] = label_warnings(
        learnt_segments(ADJOINING, purged, CALENDAR), purged, LABEL, CALENDAR
    )
    assert "purgeDays: 2 leaves" in warning
    days = "the last 2 days" if purged == 0 else "the last day"
    assert f"The labels of {days} of train and of {days} of valid look" in warning
    assert label_warnings(learnt_segments(ADJOINING, 2, CALENDAR), 2, LABEL, CALENDAR) == []


def test_days_between_segments_count_as_days_that_are_not_learned_from() -> None:
    apart = Segments(january(1, 8), january(11, 15), january(17, 31))
    [warning] = label_warnings(apart, 0, LABEL, CALENDAR)
    assert "train" not in warning
    assert "of the last day of valid" in warning
    assert "purgeDays: 1 " in warning


@pytest.mark.parametrize("purged", [0, 1])
def test_no_purge_days_are_advised_that_would_be_refused(purged: int) -> None:
    learnt = learnt_segments(ADJOINING, purged, CALENDAR)
    enough, too_many = (
        label_warnings(learnt, purged, f"Ref($close,-{ahead})", CALENDAR)[0] for ahead in (4, 5)
    )
    assert enough.endswith("purgeDays: 4 leaves such days out.")
    assert "would take a purgeDays of 5, and 4 is the most here" in too_many
