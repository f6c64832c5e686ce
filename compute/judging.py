"""Judges signals: puts a kept signal beside the closes and members it is judged by."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from bars.bins import read_bins
from bars.universes import Members, Span, membership_mask
from compute.analysis import evaluation
from compute.analysis.evaluation import HorizonIc, SignalEvaluationFigures
from compute.open_market import open_market
from compute.outcomes import finite, outcome
from compute.progress import ProgressReport, Report
from domain.arrays import Array, BoolPanel, DateArray, FloatPanel
from domain.artifacts import ArtifactStore
from domain.errors import EmptyDataError
from domain.period import Period
from domain.work import DecayWork, EvaluationWork, Outcome, StoredPanel

_FIGURES = (
    "ic",
    "icir",
    "rank_ic",
    "rank_icir",
    "coverage",
    "autocorrelation",
    "turnover",
    "long_short_return",
)


@dataclass(frozen=True, slots=True, eq=False)
class _Sample:
    """What a signal is judged on; arrays have shape (days, instruments).

    The first `judged` rows are the period's days, the others those whose closes its returns ask
    for. Instruments are those that are members on a day of the period.
    """

    signal: FloatPanel
    close: FloatPanel
    members: BoolPanel
    dates: DateArray
    judged: slice


def evaluate(work: EvaluationWork, store: ArtifactStore, report: Report) -> Outcome:
    """Judge a signal by the returns that followed it.

    Returns:
        The document has the figures of `SignalEvaluationFigures`, None where undefined, and
        `quantile_returns` as objects of `quantile`, `mean_return` and `count`. The artifacts
        `dates` (datetime64[D]), `ic` and `rank_ic` (float64) have a value for each trading day
        of the period, NaN where undefined.

    Raises:
        EmptyDataError: No day has two members that can be compared; the sentence says why.
        SnapshotChangedError: The files are not those that were registered.
    """
    sample = _sample(work, work.horizon_days, store, report)
    figures = evaluation.evaluate(
        sample.signal,
        sample.close,
        sample.members,
        work.horizon_days,
        work.quantiles,
        sample.judged,
    )
    if not figures.days:
        raise nothing_to_compare(work.period, work.horizon_days)
    return kept_evaluation(figures, sample.dates, store)


def decay(work: DecayWork, store: ArtifactStore, report: Report) -> Outcome:
    """Correlate a signal with the returns of several horizons.

    Returns:
        `decay` in the document lists `horizon_days`, `ic` and `rank_ic` in the order asked, None
        where undefined. There are no artifacts.

    Raises:
        EmptyDataError: No day has two members that can be compared, at any horizon.
        SnapshotChangedError: The files are not those that were registered.
    """
    sample = _sample(work, max(work.horizons_days), store, report)
    horizons = evaluation.decay(
        sample.signal, sample.close, sample.members, work.horizons_days, sample.judged
    )
    return kept_decay(horizons, work.period, store)


def kept_decay(horizons: Sequence[HorizonIc], period: Period, store: ArtifactStore) -> Outcome:
    """What is kept of a decay, whoever made it; see `decay`.

    Raises:
        EmptyDataError: No horizon has a correlation.
    """
    if all(np.isnan(one.ic) for one in horizons):
        raise nothing_to_compare(period, min(one.horizon_days for one in horizons))
    points = [
        {
            "horizon_days": one.horizon_days,
            "ic": finite(one.ic),
            "rank_ic": finite(one.rank_ic),
        }
        for one in horizons
    ]
    return outcome({"decay": points}, {}, store)


def kept_evaluation(
    figures: SignalEvaluationFigures, dates: DateArray, store: ArtifactStore
) -> Outcome:
    """What is kept of an evaluation, whoever made it; see `evaluate`."""
    artifacts = {
        "dates": store.put_array(dates),
        "ic": store.put_array(figures.daily_ic),
        "rank_ic": store.put_array(figures.daily_rank_ic),
    }
    return outcome(_document(figures), artifacts, store)


def _document(figures: SignalEvaluationFigures) -> dict[str, Any]:
    quantiles = [
        asdict(one) | {"mean_return": finite(one.mean_return)} for one in figures.quantile_returns
    ]
    plain = {name: finite(getattr(figures, name)) for name in _FIGURES}
    return plain | {"days": figures.days, "quantile_returns": quantiles}


def _sample(
    work: EvaluationWork | DecayWork, longest_horizon: int, store: ArtifactStore, report: Report
) -> _Sample:
    report(ProgressReport("reading prices"))
    market = open_market(work.bars)
    period = trading_days(work.period, market.calendar)
    rows = slice(period.start, min(period.stop + 1 + longest_horizon, len(market.calendar)))
    judged = slice(0, period.stop - period.start)
    days = market.calendar[rows]
    spans = _members(work, days[judged])
    symbols = sorted(spans)
    members = membership_mask(spans, symbols, days)
    signal = stored_signal(work.signal, store, days[judged], symbols, len(days))
    require_values(signal[members], work.period)
    close = read_bins(market, "close", symbols, rows)
    report(ProgressReport("judging the signal"))
    return _Sample(signal, close, members, days[judged], judged)


def trading_days(period: Period, calendar: DateArray) -> slice:
    """The calendar rows of a period.

    Raises:
        EmptyDataError: There is none.
    """
    rows = Span(period.start, period.end).rows(calendar)
    if rows.start == rows.stop:
        raise EmptyDataError(
            f"No trading day lies from {period.start} to {period.end}; the snapshot has "
            f"{calendar[0]} to {calendar[-1]}.",
            "period",
        )
    return rows


def _members(work: EvaluationWork | DecayWork, days: DateArray) -> Members:
    """The spans of those that are members on one of the days."""
    spans = {symbol: tuple(Span(*span) for span in stays) for symbol, stays in work.members.items()}
    present = {symbol: stays for symbol, stays in spans.items() if _is_member(stays, days)}
    if not present:
        raise EmptyDataError(
            f"The universe has no member from {work.period.start} to {work.period.end}; give a "
            "period in which it has some.",
            "period",
        )
    return present


def _is_member(stays: tuple[Span, ...], days: DateArray) -> bool:
    return any(rows.start < rows.stop for rows in (stay.rows(days) for stay in stays))


def stored_signal(
    panel: StoredPanel, store: ArtifactStore, days: DateArray, symbols: list[str], length: int
) -> FloatPanel:
    """The signal on the days and instruments asked for, with empty rows below; NaN without one."""
    values = store.open_array(panel.values)
    known = {str(symbol): column for column, symbol in enumerate(store.open_array(panel.symbols))}
    columns = [column for column, symbol in enumerate(symbols) if symbol in known]
    kept_columns = [known[symbols[column]] for column in columns]
    _, rows, kept_rows = np.intersect1d(
        days, store.open_array(panel.dates), assume_unique=True, return_indices=True
    )
    signal = np.full((length, len(symbols)), np.nan, dtype=values.dtype)
    signal[rows[:, None], columns] = values[kept_rows[:, None], kept_columns]
    return signal


def require_values(values: Array, period: Period) -> None:
    """Check that a signal has a value for some member.

    Raises:
        EmptyDataError: It has none.
    """
    if not np.isfinite(values).any():
        raise EmptyDataError(
            f"The signal has no value for any member from {period.start} to {period.end}; give a "
            "period that it covers, or look whether its input fields have values.",
            "period",
        )


def nothing_to_compare(period: Period, horizon_days: int) -> EmptyDataError:
    """Why a signal with values has no figures."""
    return EmptyDataError(
        f"No day from {period.start} to {period.end} has two members whose signals differ and "
        f"whose returns over {horizon_days} days differ; a return needs closes 1 and "
        f"{1 + horizon_days} trading days after its day. Give an earlier or longer period, or a "
        "larger universe.",
        "period",
    )
