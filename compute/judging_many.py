"""Judges many factors at once: their values come from one plan, and no panel is kept."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import TypeVar

from bars.bins import read_bins
from compute.analysis.correlation import correlation_figures, daily_correlation
from compute.analysis.evaluation import HorizonIc, Yardstick, horizon_ic, judge, yardstick
from compute.analysis.quantiles import require_quantiles
from compute.analysis.ranks import ordered
from compute.analysis.returns import require_horizon
from compute.judging import kept_decay, kept_evaluation, nothing_to_compare, require_values
from compute.member_values import MemberValues, Valued
from compute.outcomes import finite, outcome
from compute.progress import ProgressReport, Report
from domain.arrays import Array, FloatPanel
from domain.artifacts import ArtifactStore
from domain.errors import QatlasError
from domain.work import CorrelationsWork, DecaysWork, EvaluationsWork, JudgedSignal, Outcome

T = TypeVar("T")
_RETURNS = 100_000_000
"""Returns that are held in order at a time; more horizons than that take several turns."""


def evaluate_many(work: EvaluationsWork, store: ArtifactStore, report: Report) -> Outcome:
    """Judge factors by the returns that followed them, all in one pass.

    Values are those of each factor's own panel, and figures those of `judging.evaluate`, to the
    last bit.

    Returns:
        `evaluated` and `refused` in the document count the factors. The parts have an evaluation
        as `judging.evaluate` makes it under the key of each factor, or `code` and `message` of
        what is wrong with it under its refusal key.

    Raises:
        BadInputError: The horizon or the number of quantiles is out of range.
        EmptyDataError: The period has no trading day, or no member.
        SnapshotChangedError: The files are not those that were registered.
    """
    require_quantiles(work.quantiles)
    begun = perf_counter()
    report(ProgressReport("reading prices"))
    values = MemberValues.over(work, work.signals, store)
    by, dates = measured_by(values, work.horizon_days), values.dates

    def evaluated(valued: Valued) -> tuple[str, Outcome]:
        signal, found = valued
        try:
            figures = judge(_present(found, work), by, work.quantiles)
            if not figures.days:
                raise nothing_to_compare(work.period, work.horizon_days)
        except QatlasError as error:
            return signal.refusal_key, _refusal(error, store)
        return signal.key, kept_evaluation(figures, dates, store)

    parts = dict(_each(evaluated, values, work.signals, report))
    return _all_of(parts, work, values, perf_counter() - begun)


def decay_many(work: DecaysWork, store: ArtifactStore, report: Report) -> Outcome:
    """Correlate factors with the returns of several horizons, all in one pass.

    Values are those of each factor's own panel, and figures those of `judging.decay`, to the last
    bit.

    Returns:
        As `evaluate_many`, but for the parts, which have decays as `judging.decay` makes them.

    Raises:
        BadInputError: A horizon is out of range.
        EmptyDataError: The period has no trading day, or no member.
        SnapshotChangedError: The files are not those that were registered.
    """
    for horizon in work.horizons_days:
        require_horizon(horizon)
    begun = perf_counter()
    report(ProgressReport("reading prices"))
    values = MemberValues.over(work, work.signals, store)
    close = _closes(values, max(work.horizons_days))
    points: dict[str, list[HorizonIc]] = {signal.key: [] for signal in work.signals}
    refused: dict[str, QatlasError] = {}
    size = max(1, _RETURNS // len(values.sections))
    for first in range(0, len(work.horizons_days), size):
        horizons = work.horizons_days[first : first + size]
        decayed = partial(_decayed, work=work, by=_yardsticks(values, close, horizons))
        for key, found in _each(decayed, values, work.signals, report):
            if isinstance(found, QatlasError):
                refused[key] = found
            else:
                points[key] += found

    def told(signal: JudgedSignal) -> tuple[str, Outcome]:
        try:
            if signal.key in refused:
                raise refused[signal.key]
            return signal.key, kept_decay(points[signal.key], work.period, store)
        except QatlasError as error:
            return signal.refusal_key, _refusal(error, store)

    parts = dict(told(signal) for signal in work.signals)
    return _all_of(parts, work, values, perf_counter() - begun)


def _yardsticks(
    values: MemberValues, close: FloatPanel, horizons_days: Sequence[int]
) -> list[tuple[int, Yardstick]]:
    return [(one, yardstick(values.sections, close, one)) for one in horizons_days]


def _decayed(
    valued: Valued, work: DecaysWork, by: Sequence[tuple[int, Yardstick]]
) -> tuple[str, list[HorizonIc] | QatlasError]:
    """The key of a signal, and its figures at some horizons or what is wrong with it."""
    signal, found = valued
    try:
        placed = ordered(_present(found, work), by[0][1].sections)
    except QatlasError as error:
        return signal.key, error
    return signal.key, [horizon_ic(placed, returns, horizon) for horizon, returns in by]


def _refusal(error: QatlasError, store: ArtifactStore) -> Outcome:
    return outcome({"code": error.code, "message": error.message}, {}, store)


def _all_of(
    parts: Mapping[str, Outcome],
    work: EvaluationsWork | DecaysWork,
    values: MemberValues,
    seconds: float,
) -> Outcome:
    """An outcome of parts, of which each has an equal share of the time."""
    count = sum(signal.key in parts for signal in work.signals)
    told = {"evaluated": count, "refused": len(work.signals) - count}
    # What the parts keep is named here, too: where a file of theirs is lost, this is not whole.
    files = {
        f"{key}:{name}": one for key, part in parts.items() for name, one in part.artifacts.items()
    }
    share = seconds / max(1, len(parts))
    return Outcome(
        document={**told, **values.ground.shadowed},
        artifacts=files,
        bytes=0,  # counted with the parts
        seconds=0.0,
        parts={key: replace(part, seconds=share) for key, part in parts.items()},
    )


def correlate(work: CorrelationsWork, store: ArtifactStore, report: Report) -> Outcome:
    """Correlate a factor with others day by day, over the members that have both values.

    Returns:
        `correlations` in the document tells by key `mean`, `max_abs` (None where undefined) and
        `days`, and `problem`: None, or why the other factor has no values.

    Raises:
        BadInputError: The factor itself cannot be computed.
        EmptyDataError: It has no value for any member, or there is no trading day or no member.
        SnapshotChangedError: The files are not those that were registered.
    """
    signals = (work.signal, *work.others)
    values = MemberValues.over(work, signals, store)
    ((_, found),) = [one for batch in values.values([work.signal], report) for one in batch]
    base = _present(found, work)

    def correlated(valued: Valued) -> tuple[str, dict[str, object]]:
        signal, other = valued
        if isinstance(other, QatlasError):
            return signal.key, _uncorrelated(other)
        figures = correlation_figures(daily_correlation(base, other, values.sections))
        plain = {"mean": finite(figures.mean), "max_abs": finite(figures.max_abs)}
        return signal.key, {**plain, "days": figures.days, "problem": None}

    told = {"correlations": dict(_each(correlated, values, work.others, report))}
    return outcome({**told, **values.ground.shadowed}, {}, store)


def measured_by(values: MemberValues, horizon_days: int) -> Yardstick:
    """What signals of these members are judged by over one horizon."""
    return yardstick(values.sections, _closes(values, horizon_days), horizon_days)


def _closes(values: MemberValues, longest_horizon: int) -> FloatPanel:
    """The closes of the period's days, and of those behind it that returns ask for."""
    market, rows = values.ground.market.directory, values.rows
    reach = slice(rows.start, min(rows.stop + 1 + longest_horizon, len(market.calendar)))
    return read_bins(market, "close", values.ground.symbols, reach)


def _present(
    found: Array | QatlasError, work: EvaluationsWork | DecaysWork | CorrelationsWork
) -> Array:
    """The values, if there are any.

    Raises:
        QatlasError: There are none, with the reason.
    """
    if isinstance(found, QatlasError):
        raise found
    require_values(found, work.period)
    return found


def _uncorrelated(error: QatlasError) -> dict[str, object]:
    return {"mean": None, "max_abs": None, "days": 0, "problem": error.message}


def _each(
    make: Callable[[Valued], T],
    values: MemberValues,
    signals: Sequence[JudgedSignal],
    report: Report,
) -> Iterator[T]:
    """What is made of each signal's values, on as many threads as there are cores."""
    done = 0
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for batch in values.values(signals, report):
            yield from pool.map(make, batch)
            done += len(batch)
            report(ProgressReport("judging the signals", done, len(signals)))
