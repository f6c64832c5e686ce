"""Membership, point in time."""

from datetime import date

import numpy as np
import pandas as pd

from bars.universes import Span, membership_mask

DAYS = np.array(["2020-01-02", "2020-01-03", "2020-01-06", "2020-01-07"], dtype="datetime64[D]")


def test_both_ends_of_a_span_belong_to_it_and_an_open_one_goes_on():
    spans = {
        "AAA": (Span(date(2020, 1, 3), date(2020, 1, 6)),),
        "BBB": (Span(date(2020, 1, 1), date(2020, 1, 2)), Span(date(2020, 1, 7))),
        "CCC": (Span(date(2020, 1, 4), date(2020, 1, 5)),),
        "DDD": (Span(date(1990, 1, 1), date(1999, 1, 1)), Span(date(2030, 1, 1))),
    }

    mask = membership_mask(spans, ["BBB", "AAA", "CCC", "DDD", "ZZZ"], DAYS)

    assert mask.dtype == np.bool_
    assert mask.tolist() == [
        [True, False, False, False, False],
        [False, True, False, False, False],
        [False, True, False, False, False],
        [True, False, False, False, False],
    ]


def test_the_mask_agrees_with_pandas_intervals():
    chance = np.random.default_rng(7)
    days = pd.bdate_range("2015-01-01", "2016-12-31")
    starts = pd.to_datetime("2014-06-01") + pd.to_timedelta(chance.integers(0, 900, 200), "D")
    ends = starts + pd.to_timedelta(chance.integers(0, 400, 200), "D")
    spans = {
        f"S{i}": (Span(a.date(), b.date()),)
        for i, (a, b) in enumerate(zip(starts, ends, strict=True))
    }

    mask = membership_mask(spans, list(spans), days.to_numpy().astype("datetime64[D]"))

    within = [(days >= a) & (days <= b) for a, b in zip(starts, ends, strict=True)]
    np.testing.assert_array_equal(mask, np.column_stack(within))
