"""Which days a backtest trades on, and on whose signals."""

from dataclasses import dataclass

import numpy as np

from bars.universes import Days
from domain.errors import BadInputError
from domain.period import Period


@dataclass(frozen=True, slots=True)
class TradingDays:
    """The days of a backtest, ascending.

    `signal_days` are those before them: Qlib trades each day on the signal of the trading day
    before. The first day of a calendar has none.
    """

    days: Days
    signal_days: Days


def trading_days(period: Period, calendar: Days) -> TradingDays:
    """The trading days of a period.

    Raises:
        BadInputError: There are none, there is no day before them, or the calendar ends with
            them: Qlib looks a day ahead for where each of them ends.
    """
    first, stop = np.searchsorted(
        calendar, [np.datetime64(period.start), np.datetime64(period.end) + 1]
    ).tolist()
    if first == stop:
        raise BadInputError(
            f"The period {period.start} to {period.end} has no trading day; the calendar runs "
            f"from {calendar[0]} to {calendar[-1]}.",
            "input.period",
        )
    if stop == len(calendar):
        raise BadInputError(
            f"The period ends on the last day of the calendar, {calendar[-1]}, or after it, and "
            f"an order needs a day that follows; end it on {calendar[-2:][0]} or earlier.",
            "input.period.end",
        )
    if stop < 2:
        raise BadInputError(
            f"{calendar[0]} is the first day of the calendar and has no day before it whose "
            "signal could be traded on; end the period later.",
            "input.period",
        )
    return TradingDays(calendar[first:stop], calendar[max(first - 1, 0) : stop - 1])
